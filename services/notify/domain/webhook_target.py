"""Which addresses webhooks may be sent to (spec 5.13): https, no address of a private network unless the operator allows the host, and only
hosts that the operator has listed, if there is such a list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from services.notify.domain.errors import WrongArgument

MAX_URL = 1000
PORTS = {"https": 443, "http": 80}
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})?(\.[a-z0-9_-]{1,63})*")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `host` is a name in ASCII or an address; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str


def target_of(url: str, allow: Sequence[str], hosts: Sequence[str] = ()) -> Target:
    """`allow` lists host or host:port, and so does `hosts`, which is empty or has the only other ones. Raises WrongArgument for the field
    url."""
    if not 1 <= len(url) <= MAX_URL:
        raise _wrong(f"An address has 1 to {MAX_URL} characters")
    if _UNSAFE.search(url):
        raise _wrong("An address has no spaces, backslashes or control codes")
    try:
        parts = urlsplit(url)
        host, port = _host(parts.hostname or ""), parts.port or PORTS.get(parts.scheme, 0)
        path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe="/?:@!$&'()*+,;=-._~%[]")
    except ValueError:
        raise _wrong("This is not a valid address") from None
    if parts.scheme not in PORTS:
        raise _wrong("An address begins with https://")
    if "@" in parts.netloc or parts.fragment:
        raise _wrong("An address has no user name, password or fragment")
    allowed = is_listed(host, port, allow)
    if parts.scheme != "https" and not allowed:
        raise _wrong("An address begins with https://")
    if hosts and not allowed and not is_listed(host, port, hosts):
        raise _wrong("Webhooks are only sent to the hosts that the operator of Parley has listed")
    return Target(parts.scheme, host, port, path)


def is_listed(host: str, port: int, hosts: Sequence[str]) -> bool:
    """Whether the list has the host, or the host with this port."""
    shown = f"[{host}]" if ":" in host else host
    return any(entry.lower() in (host, shown, f"{shown}:{port}") for entry in hosts)


def _host(name: str) -> str:
    """A name in ASCII or an address, in lower case. Raises ValueError."""
    try:
        return str(ip_address(name))
    except ValueError:
        ascii_name = name.encode("idna").decode().removesuffix(".").lower()
    if not _NAME.fullmatch(ascii_name):
        raise ValueError(name)
    return ascii_name


def _wrong(message: str) -> WrongArgument:
    return WrongArgument(message, field="url")
