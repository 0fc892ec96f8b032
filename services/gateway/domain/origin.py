"""Where browsers reach us, and which pages may write and open sockets: those of this origin, and those that the operator names."""

from collections.abc import Iterable
from urllib.parse import urlsplit

# A host's name has 253 letters.
LONGEST_ORIGIN = 300
DEFAULT_PORTS = {"http": 80, "https": 443}


class Site:
    """`public_url` is where browsers reach us; empty: wherever a request's Host header says. `origins`: further ones whose pages may write.

    `trust_proxy`: a proxy in front says by X-Forwarded-Proto how it was reached.
    """

    def __init__(self, public_url: str, origins: Iterable[str] = (), trust_proxy: bool = False) -> None:
        self._own = _origin(public_url)
        self._others = frozenset(filter(None, map(_origin, origins)))
        self._trust_proxy = trust_proxy

    def is_https(self, forwarded_proto: str) -> bool:
        """Whether the browser reached us by https, as far as that is known."""
        return self._own.startswith("https://") or (self._trust_proxy and forwarded_proto == "https")

    def serves(self, host: str) -> bool:
        """Whether a request for this Host header is meant for us. With a public URL only its host and those of the other origins are."""
        if not self._own:
            return True
        return any(_origin(f"{origin.partition('://')[0]}://{host}") == origin for origin in (self._own, *self._others))

    def may_write(self, origin: str, host: str, forwarded_proto: str) -> bool:
        """Whether a page of a browser's `Origin` header may write.

        A missing or `null` origin may not: every browser sends one with a write and with an upgrade.
        """
        page = _origin(origin)
        if not page or page in self._others:
            return bool(page)
        if self._own:
            return page == self._own
        # Without a public URL a proxy may speak https to the browser without our knowing.
        schemes = ("https",) if self.is_https(forwarded_proto) else ("http", "https")
        return page in {_origin(f"{scheme}://{host}") for scheme in schemes}


def _origin(text: str) -> str:
    """scheme://host:port in lower case, without a default port; empty for what is no origin of the web."""
    if len(text) > LONGEST_ORIGIN:
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
