"""Tokens of a sign-in, encrypted for the directory: the ID token for signing out at the provider, and what a refresh needs."""

from pathlib import Path

import msgspec
from cryptography.fernet import InvalidToken

from services.gateway.domain.provider import KeptRefresh
from services.gateway.outbound.sealed_cookie import fernet_of

PURPOSE = b"parley: ID token of a sign-in"
REFRESH_PURPOSE = b"parley: refresh of a sign-in"
# An encrypted one has fewer than 12,000 characters, the most that the directory takes.
MAX_TOKEN = 8_000


class SealedToken:
    """The port TokenSeal. After a rotation of the gateway's private key, earlier tokens are not opened any more, and signing out leaves the
    session at the provider open."""

    def __init__(self, key_file: Path, purpose: bytes = PURPOSE) -> None:
        self._fernet = fernet_of(key_file, purpose)

    def seal(self, token: str) -> str:
        return self._fernet.encrypt(token.encode()).decode() if len(token) <= MAX_TOKEN else ""

    def open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return ""


class SealedRefresh:
    """The port RefreshSeal. After a rotation of the gateway's private key, sign-ins from before cannot be refreshed, and end after the
    directory's grace."""

    def __init__(self, key_file: Path) -> None:
        self._text = SealedToken(key_file, REFRESH_PURPOSE)

    def seal(self, kept: KeptRefresh) -> str:
        return self._text.seal(msgspec.json.encode(kept).decode())

    def open(self, sealed: str) -> KeptRefresh | None:
        opened = self._text.open(sealed)
        try:
            return msgspec.json.decode(opened, type=KeptRefresh) if opened else None
        except msgspec.DecodeError:
            return None
