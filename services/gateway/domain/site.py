"""The site that browsers see: its two apps with their cookies, its origin, and which pages may write and open sockets."""

from collections.abc import Iterable
from enum import StrEnum
from urllib.parse import urlsplit

# A host name has up to 253 characters.
MAX_ORIGIN = 300
DEFAULT_PORTS = {"http": 80, "https": 443}


class App(StrEnum):
    """The two apps of the one origin. The value is the first part of every path of the app."""

    TECH = "tech"
    PORTAL = "portal"

    def cookie(self, https: bool) -> str:
        """The cookie's name. Browsers accept `__Host-` only from this host by https, so no sibling host can plant one."""
        return f"__Host-parley_{self.value}" if https else f"parley_{self.value}"

    def cookie_path(self, https: bool) -> str:
        """`__Host-` requires the path `/`: the apps' cookies then differ by name only."""
        return "/" if https else self.path

    @property
    def path(self) -> str:
        """The path of the app's start page."""
        return f"/{self.value}"

    @property
    def kind(self) -> str:
        """The kind of its people: `engineer` or `customer`."""
        return "engineer" if self is App.TECH else "customer"


def app_of(kind: str) -> App:
    """The app of an `engineer` or a `customer`."""
    return App.TECH if kind == App.TECH.kind else App.PORTAL


class Site:
    """`public_url` is the URL of this site; empty: the request's Host header decides. `origins` are further ones whose pages may write.

    `trust_proxy`: a proxy in front reports its own scheme by X-Forwarded-Proto.
    """

    def __init__(self, public_url: str, origins: Iterable[str] = (), trust_proxy: bool = False) -> None:
        self._own = _origin(public_url)
        self._others = frozenset(filter(None, map(_origin, origins)))
        self._trust_proxy = trust_proxy

    def is_https(self, forwarded_proto: str) -> bool:
        """Whether the browser is known to have connected by https."""
        return self._own.startswith("https://") or (self._trust_proxy and forwarded_proto == "https")

    def serves(self, host: str) -> bool:
        """Whether this site serves the Host header: with a public URL only its host and those of the other origins."""
        if not self._own:
            return True
        return any(_origin(f"{origin.partition('://')[0]}://{host}") == origin for origin in (self._own, *self._others))

    def may_write(self, origin: str, host: str, forwarded_proto: str) -> bool:
        """Whether a page with this `Origin` header may write.

        A missing or `null` origin may not: every browser sends one with a write and with an upgrade.
        """
        page = _origin(origin)
        if not page or page in self._others:
            return bool(page)
        if self._own:
            return page == self._own
        # Without a public URL a proxy may use https toward the browser without telling us.
        schemes = ("https",) if self.is_https(forwarded_proto) else ("http", "https")
        return page in {_origin(f"{scheme}://{host}") for scheme in schemes}


def _origin(text: str) -> str:
    """scheme://host:port in lower case, without a default port; empty if the text is not a web origin."""
    if len(text) > MAX_ORIGIN:
        return ""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, DEFAULT_PORTS[parts.scheme]) else "")
