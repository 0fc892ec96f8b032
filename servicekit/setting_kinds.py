"""Conditions on settings beyond their type, checked when settings are loaded."""

import re
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from servicekit.identity import private_key_in

_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[^\s,/:@\[\]]+)"
_ADDRESS = re.compile(rf"{_HOST}:(\d{{1,5}})")
_CONTACT = re.compile(r"(?:mailto:[^\s@]+@|https://)(?:localhost|[\w-]+(?:\.[\w-]+)+)")
# gRPC takes names in lower case, and values of visible ASCII characters and spaces.
_HEADER = re.compile(r"[a-z0-9_.-]+\s*=[\x20-\x7e]*")
_WORD = re.compile(r"[\w.-]{1,100}")


@dataclass(frozen=True)
class Kind:
    """`wanted` follows "It must be ". `fits` gets a value of the setting's type; it returns False or raises ValueError or OSError."""

    wanted: str
    fits: Callable[[Any], bool]


def _is_address(text: str, lowest_port: int) -> bool:
    found = _ADDRESS.fullmatch(text)
    return found is not None and lowest_port <= int(found[1]) <= 65_535


def _is_host(entry: str) -> bool:
    return entry == entry.lower() and (re.fullmatch(_HOST, entry) is not None or _is_address(entry, 1))


def _are_addresses(listed: str | Sequence[str]) -> bool:
    each = [part.strip() for part in listed.split(",")] if isinstance(listed, str) else listed
    return len(each) > 0 and all(_is_address(address, 1) for address in each)


def _is_url(text: str, schemes: Sequence[str], *, bare: bool = True) -> bool:
    parts = urlsplit(text)
    port = parts.port if bare else None  # raises ValueError for an invalid port
    whole = bool(parts.hostname) and port != 0 and not re.search(r"\s", text)
    return whole and parts.scheme in schemes and not (bare and (parts.path.strip("/") or parts.query or parts.fragment or parts.username))


def _is_web(text: str) -> bool:
    return _is_url(text, ("http", "https"))


def _is_key(file: Path) -> bool:
    private_key_in(file)
    return True


def _is_pem(file: str) -> bool:
    return file == "" or b"-----BEGIN " in Path(file).read_bytes()


def _is_ca(file: str) -> bool:
    if file:
        ssl.create_default_context(cafile=file)  # raises SSLError, an OSError
    return True


def _is_cert_and_key(file: str) -> bool:
    if file:
        ssl.create_default_context().load_cert_chain(file, password="")  # raises SSLError; the password keeps it from asking for one
    return True


LISTENS = Kind("host:port, with a port up to 65535", lambda text: _is_address(text, 0))
ADDRESSES = Kind("host:port, at least one, comma between them, with ports from 1 to 65535", _are_addresses)
HOST = Kind("a host's name or address, without a port", lambda text: re.fullmatch(_HOST, text) is not None)
HOSTS = Kind("a comma-separated list of host or host:port, in lower case", lambda listed: all(_is_host(entry) for entry in listed))
CONTACT = Kind("mailto:name@example.com or https://example.com", lambda text: _CONTACT.fullmatch(text) is not None)
PORT = Kind("a port from 0 (any that is free) to 65535", lambda port: 0 <= port <= 65_535)
KEY_FILE = Kind("a readable file with an Ed25519 private key (PEM), named <kid>.pem", _is_key)
PEM_FILE = Kind("a readable PEM file, or empty", _is_pem)
CA_FILE = Kind("a readable file with certificates (PEM), or empty", _is_ca)
CERT_AND_KEY_FILE = Kind("a readable file with a certificate and its private key (PEM, not encrypted), or empty", _is_cert_and_key)
HEADERS = Kind(
    "NAME=VALUE, comma between them, with names in lower case",
    lambda listed: all(_HEADER.fullmatch(header) is not None for header in listed),
)
FOLDER = Kind("a folder that exists", Path.is_dir)
MONGO_URL = Kind("a URL that begins with mongodb:// or mongodb+srv://", lambda text: _is_url(text, ("mongodb", "mongodb+srv"), bare=False))
WEB_URL = Kind("http://host:port or https://host:port, or empty", lambda text: text == "" or _is_web(text))
ORIGINS = Kind("a comma-separated list of http://host or https://host", lambda listed: all(_is_web(origin) for origin in listed))
NAME = Kind("letters, digits, _ . -, at most 100", lambda text: _WORD.fullmatch(text) is not None)
# The limit of a database's name is 63 bytes.
NAME_PART = Kind("letters, digits, _ -, at most 40, or empty", lambda text: re.fullmatch(r"[A-Za-z0-9_-]{0,40}", text) is not None)
RATE = Kind("COUNT/SECONDS, both above 0, such as 30/60", lambda text: re.fullmatch(r"0*[1-9]\d{0,8}/0*[1-9]\d{0,8}", text) is not None)
ABOVE_0 = Kind("a number above 0", lambda number: number > 0)
NOT_BELOW_0 = Kind("a number from 0 up", lambda number: number >= 0)
WHOLE_ABOVE_0 = Kind("a whole number above 0", lambda number: number > 0)
