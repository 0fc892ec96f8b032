"""The ID token of a sign-in, encrypted for the directory, which keeps it until the person signs out at the provider."""

from pathlib import Path

from cryptography.fernet import InvalidToken

from services.gateway.outbound.sealed_cookie import fernet_of

PURPOSE = b"parley: ID token of a sign-in"
# An encrypted one has fewer than 12,000 characters, the most that the directory takes.
MAX_TOKEN = 8_000


class SealedToken:
    """The port TokenSeal. After a rotation of the gateway's private key, earlier tokens are not opened any more, and signing out leaves the
    session at the provider open."""

    def __init__(self, key_file: Path) -> None:
        self._fernet = fernet_of(key_file, PURPOSE)

    def seal(self, token: str) -> str:
        return self._fernet.encrypt(token.encode()).decode() if len(token) <= MAX_TOKEN else ""

    def open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return ""
