"""The caller of a call: short-lived EdDSA tokens, signed with the key of a service and checked against a folder of public keys.

Only the services in `mints_people` may sign tokens of people; any other key only signs tokens of its own service. The permissions of a
service are beside its public key (accounts.py).
"""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from jwt.types import Options

from servicekit.accounts import INTERNAL as INTERNAL
from servicekit.accounts import NO_GRANT, Grant, grants_in
from servicekit.clock import Clock
from servicekit.errors import PermissionDenied, Unauthenticated
from servicekit.moments import to_ms, to_seconds
from servicekit.token_claims import audiences, expiry, text, texts

SERVICE_TOKEN_SECONDS = 300
MAX_CACHED = 20_000
# Companies and boards in a token. Tokens travel as metadata, which gRPC limits to 8 KB.
MAX_LISTED = 32
_REREAD_UNKNOWN = timedelta(seconds=1)
_REREAD_ALWAYS = timedelta(seconds=30)
_PUBLIC = ".pub.pem"


CallerKind: TypeAlias = Literal["engineer", "customer", "service"]
_KINDS: dict[str, CallerKind] = {"e": "engineer", "c": "customer", "s": "service"}


@dataclass(frozen=True)
class Caller:
    """A service with `desk_id` "" works for all desks. None for `companies` or `boards` means all of them.

    `unlisted`: the engineer has access to more companies and boards than a token lists. As long as a service has not read them from its
    copy of the directory (grpc_access.py), the engineer may see none.
    """

    kind: CallerKind
    id: str
    name: str
    desk_id: str
    role: str = ""
    company_id: str = ""
    companies: frozenset[str] | None = None
    boards: frozenset[str] | None = None
    scopes: frozenset[str] = frozenset()
    sign_in_id: str = ""
    unlisted: bool = False

    def with_access_of(self, person: "Caller") -> "Caller":
        """The same caller with the access that the directory gives the person."""
        return replace(self, companies=person.companies, boards=person.boards, unlisted=False)

    @property
    def whole_desk(self) -> bool:
        """Whether the caller's access is limited to no companies and no boards."""
        return self.companies is None and self.boards is None

    def may_see(self, company_id: str, board_id: str) -> bool:
        """An engineer needs access to company and board, a customer must belong to the company, a service may see all."""
        if self.kind == "engineer":
            return (self.companies is None or company_id in self.companies) and (self.boards is None or board_id in self.boards)
        return self.kind == "service" or company_id == self.company_id


def require_scope(caller: Caller, scope: str) -> None:
    """Raises PermissionDenied."""
    if scope not in caller.scopes:
        raise PermissionDenied(f"The scope {scope} is needed.", scope=scope)


def require_service(caller: Caller) -> None:
    """Raises PermissionDenied for people and for services without the scope `internal`."""
    if caller.kind != "service" or INTERNAL not in caller.scopes:
        raise PermissionDenied("Only a service may call this.")


def new_id() -> str:
    """128 random bits as 22 URL-safe characters."""
    return secrets.token_urlsafe(16)


def private_key_in(key_file: Path) -> Ed25519PrivateKey:
    """Raises OSError or ValueError."""
    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except (TypeError, UnsupportedAlgorithm) as error:  # encrypted, or of an unknown algorithm
        raise ValueError(f"{key_file.name} holds no readable key") from error
    if not isinstance(key, Ed25519PrivateKey) or key_file.suffix != ".pem":
        raise ValueError(f"{key_file.name} holds no Ed25519 key")
    return key


class TokenSigner:
    """Signs with one private key. The name of its file, `<service>-<number>.pem`, is the key id."""

    def __init__(self, key_file: Path, clock: Clock) -> None:
        self.kid = key_file.name.removesuffix(".pem")
        self.service = service_of(self.kid)
        self._key, self._clock = private_key_in(key_file), clock
        self._own, self._renew_at = "", clock.now()

    def token(self, caller: Caller, seconds: int = 60) -> str:
        """A token for `caller`, valid for `seconds`."""
        companies, boards = caller.companies, caller.boards
        unlisted = caller.kind == "engineer" and len(companies or ()) + len(boards or ()) > MAX_LISTED
        if unlisted:
            # Empty and not absent: a service of an earlier version then lets the engineer see none, not all.
            companies, boards = (None if ids is None else frozenset() for ids in (companies, boards))
        claims: dict[str, Any] = {
            "k": caller.kind[0],
            "sub": caller.id,
            "n": caller.name,
            "d": caller.desk_id,
            "r": caller.role,
            "c": caller.company_id,
            "cs": None if companies is None else sorted(companies),
            "bs": None if boards is None else sorted(boards),
            "s": sorted(caller.scopes),
            "si": caller.sign_in_id,
            "u": "1" if unlisted else "",
        }
        short = {name: value for name, value in claims.items() if value not in ("", None) and (value or name in ("cs", "bs"))}
        short["exp"] = to_seconds(self._clock.now()) + seconds
        return jwt.encode(short, self._key, algorithm="EdDSA", headers={"kid": self.kid})

    def service_token(self) -> str:
        """This service's token with all its scopes, renewed after half of its lifetime."""
        now = self._clock.now()
        if now >= self._renew_at:
            own = Caller(kind="service", id=self.service, name=self.service, desk_id="")
            self._own = self.token(own, SERVICE_TOKEN_SECONDS)
            self._renew_at = now + timedelta(seconds=SERVICE_TOKEN_SECONDS / 2)
        return self._own


class TokenVerifier:
    """Checks tokens against the public keys in a folder and caches checked ones until they expire (a check costs 100 us).

    Keys are added and removed without a restart: an unknown key id rereads the folder (once a second at most); removed keys and changed
    scopes take effect within 30 s. A token that names audiences is accepted if `audience` is one of them, one that names none always.
    """

    def __init__(self, folder: Path, clock: Clock, audience: str = "", mints_people: frozenset[str] = frozenset({"gateway"})) -> None:
        self._folder, self._clock, self._audience, self._mints_people = folder, clock, audience, mints_people
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._grants: dict[str, Grant] = {}
        self._read_at: datetime | None = None
        self._cache: dict[str, tuple[Caller, float]] = {}

    def verify(self, token: str) -> Caller:
        """Raises Unauthenticated, without details."""
        now = self._clock.now()
        self._reread(now, _REREAD_ALWAYS)
        cached = self._cache.get(token)
        if cached is None:
            cached = self._check(token, now)
            self._store(token, cached)
        caller, expires = cached
        if to_ms(now) >= expires:
            raise Unauthenticated("The token has expired.")
        return caller

    def _check(self, token: str, now: datetime) -> tuple[Caller, float]:
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            key = self._key(kid, now)
            # `verify` checks the expiry on every use, with the injected clock.
            options: Options = {"require": ["exp", "sub"], "verify_exp": False, "verify_aud": False}
            claims = jwt.decode(token, key, algorithms=["EdDSA"], options=options)
            if "aud" in claims and self._audience not in audiences(claims):
                raise ValueError("the token is for others")
            return self._caller(claims, kid), expiry(claims["exp"], now)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise Unauthenticated("The token is not valid.") from error

    def _caller(self, claims: dict[str, Any], kid: str) -> Caller:
        signer = service_of(kid)
        kind = _KINDS[text(claims, "k")]
        by_itself = kind == "service" and claims["sub"] == signer
        if not (by_itself or (kind != "service" and signer in self._mints_people)):
            raise ValueError("the key may not sign this token")
        id, desk_id, asked = text(claims, "sub"), text(claims, "d"), texts(claims, "s")
        scopes = asked or frozenset()
        if by_itself:
            scopes, desk_id = self._grants.get(kid, NO_GRANT).narrowed(asked, desk_id)
        return Caller(
            kind=kind,
            id=id,
            name=text(claims, "n") or id,
            desk_id=desk_id,
            role=text(claims, "r"),
            company_id=text(claims, "c"),
            companies=texts(claims, "cs"),
            boards=texts(claims, "bs"),
            scopes=scopes,
            sign_in_id=text(claims, "si"),
            unlisted=bool(text(claims, "u")),
        )

    def _key(self, kid: str, now: datetime) -> Ed25519PublicKey:
        if kid not in self._keys:
            self._reread(now, _REREAD_UNKNOWN)
        return self._keys[kid]

    def _reread(self, now: datetime, after: timedelta) -> None:
        if self._read_at is not None and now - self._read_at < after:
            return
        found: dict[str, Ed25519PublicKey] = {}
        for file in self._folder.glob(f"*{_PUBLIC}"):
            try:
                key = load_pem_public_key(file.read_bytes())
            except (OSError, ValueError):
                continue  # half written: the next read finds it complete
            if isinstance(key, Ed25519PublicKey):
                found[file.name.removesuffix(_PUBLIC)] = key
        grants = grants_in(self._folder)
        if (found, grants) != (self._keys, self._grants):
            self._cache.clear()
        self._keys, self._grants, self._read_at = found, grants, now

    def _store(self, token: str, cached: tuple[Caller, float]) -> None:
        # The oldest is the first to expire, or nearly.
        while len(self._cache) >= MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[token] = cached


def service_of(kid: str) -> str:
    """`gateway-1` -> `gateway`."""
    return re.sub(r"-\d+$", "", kid)
