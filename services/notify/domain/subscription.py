"""A browser's Web Push subscription, and which ones are accepted (spec 5.8).

The endpoint is a URL that a client chose and that this service connects to later. So it must have a narrow form, and its host must be a
known push service or one of the operator's own.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from services.notify.domain.errors import WrongArgument

MAX_PER_PERSON = 20
MAX_ENDPOINT = 1000
MAX_BROWSER_ID = 64
PUSH_HOSTS = frozenset({"fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com"})
PUSH_HOST_SUFFIXES = (".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com")
DEFAULT_PORTS = {"https": 443, "http": 80}
# Without credentials, fragment, space or backslash, so that every parser finds the same host in it.
_ENDPOINT = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::([0-9]{1,5}))?/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*"
)
# Of subscriptions that were stored without their sign-in: they have expired.
UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")
# The curve P-256: y² = x³ - 3x + B modulo P.
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


@dataclass(frozen=True, slots=True)
class Subscription:
    """`endpoint` and `auth` are secrets: who has them can push to the browser. Keys are base64url without padding.

    It is valid until its sign-in ends or expires; the browser's pages store it again under the next sign-in.
    """

    endpoint: str = field(repr=False)
    person_id: str
    desk_id: str
    p256dh: str
    auth: str = field(repr=False)
    browser_id: str
    created_at: datetime
    sign_in_id: str = ""
    sign_in_expires_at: datetime = UNKNOWN

    @property
    def host(self) -> str:
        """The part of the endpoint that logs may show, with the port if it has one."""
        return self.endpoint.split("/", 3)[2]

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return "/".join(self.endpoint.split("/", 3)[:3])


@dataclass(frozen=True, slots=True)
class PushHosts:
    """`own`: hosts that the operator allows beyond the known services, `host` or `host:port`."""

    own: frozenset[str] = frozenset()

    def check(self, endpoint: str) -> None:
        """Raises WrongArgument."""
        if len(endpoint) > MAX_ENDPOINT:
            raise WrongArgument(f"It must have at most {MAX_ENDPOINT} characters", field="endpoint")
        found = _ENDPOINT.fullmatch(endpoint)
        if found is None:
            raise WrongArgument("It must be the https URL of a push service, without credentials", field="endpoint")
        scheme, host, port = found[1], found[2], int(found[3] or DEFAULT_PORTS[found[1]])
        own = self.allows(host, port, scheme)
        if scheme == "http" and not (own and _LOOPBACK.fullmatch(host)):
            raise WrongArgument("It must be on https", field="endpoint")
        if not own and (port != DEFAULT_PORTS["https"] or not _is_push_service(host)):
            raise WrongArgument("Its host is not a known push service", field="endpoint")

    def allows(self, host: str, port: int, scheme: str = "https") -> bool:
        """Whether it is one of the operator's own, which may have a private address."""
        return f"{host}:{port}" in self.own or (port == DEFAULT_PORTS[scheme] and host in self.own)


def new_subscription(
    person_id: str,
    desk_id: str,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    browser_id: str,
    sign_in_id: str,
    sign_in_expires_at: datetime,
    hosts: PushHosts,
    at: datetime,
) -> Subscription:
    """Raises WrongArgument, which names the field, unless everything is valid."""
    hosts.check(endpoint)
    point, secret = _decoded(p256dh, 65), _decoded(auth, 16)
    if point is None or not _on_curve(point):
        raise WrongArgument("It must be an uncompressed point of P-256, 65 bytes in base64url", field="p256dh")
    if secret is None:
        raise WrongArgument("It must be 16 bytes in base64url", field="auth")
    if not 1 <= len(browser_id) <= MAX_BROWSER_ID:
        raise WrongArgument(f"It must have 1 to {MAX_BROWSER_ID} characters", field="browser_id")
    if sign_in_expires_at <= at:
        raise WrongArgument("It must be in the future", field="sign_in_expires_at")
    return Subscription(
        endpoint=endpoint,
        person_id=person_id,
        desk_id=desk_id,
        p256dh=to_base64url(point),
        auth=to_base64url(secret),
        browser_id=browser_id,
        created_at=at,
        sign_in_id=sign_in_id,
        sign_in_expires_at=sign_in_expires_at,
    )


def endpoint_id(endpoint: str) -> str:
    """The id under which a subscription is stored: SHA-256 of its endpoint, in hex."""
    return sha256(endpoint.encode()).hexdigest()


def to_base64url(raw: bytes) -> str:
    """Without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _is_push_service(host: str) -> bool:
    return host in PUSH_HOSTS or host.endswith(PUSH_HOST_SUFFIXES)


def _decoded(text: str, size: int) -> bytes | None:
    """None unless it is `size` bytes in base64url, with or without padding."""
    bare = text.rstrip("=")
    if len(bare) != -(-size * 4 // 3) or not _BASE64URL.fullmatch(text):
        return None
    return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def _on_curve(point: bytes) -> bool:
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return point[0] == 4 and x < _P and y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0
