"""Which pages may write and open sockets: those of this origin, and those that the operator names."""

from collections.abc import Collection
from urllib.parse import urlsplit


def is_allowed(origin: str, host: str, also: Collection[str]) -> bool:
    """Whether a browser's `Origin` may write here. `host` is the request's Host header; `also` holds whole origins.

    A missing or `null` origin may not: every browser sends one with a write and with an upgrade.
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
        return False
    return parts.netloc.lower() == host.lower() or origin.lower() in {each.rstrip("/").lower() for each in also}
