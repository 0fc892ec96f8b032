"""The cookie of a running sign-in: encrypted and authenticated, so that every replica can read it and nobody else."""

import base64
from datetime import timedelta
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from servicekit.clock import Clock
from servicekit.identity import private_key_in
from servicekit.moments import to_seconds
from services.gateway.domain.provider import LASTS, RunningSignIn, SignInFailed, Why

PURPOSE = b"parley: cookie of a running sign-in"


class SealedCookie:
    """The key is derived from the gateway's private key, which all replicas have. After a rotation of that key the sign-ins that ran
    then are expired, and people begin again."""

    def __init__(self, key_file: Path, clock: Clock, lasts: timedelta = LASTS) -> None:
        self._fernet, self._clock, self._lasts = fernet_of(key_file, PURPOSE), clock, lasts

    def seal(self, running: RunningSignIn) -> str:
        return self._fernet.encrypt_at_time(msgspec.json.encode(running), to_seconds(self._clock.now())).decode()

    def open(self, sealed: str) -> RunningSignIn:
        """Raises SignInFailed for any other text, and after the time that a sign-in may take."""
        try:
            content = self._fernet.decrypt_at_time(sealed.encode(), int(self._lasts.total_seconds()), to_seconds(self._clock.now()))
            return msgspec.json.decode(content, type=RunningSignIn)
        except (InvalidToken, msgspec.DecodeError):
            raise SignInFailed(Why.EXPIRED, "cookie") from None


def fernet_of(key_file: Path, purpose: bytes) -> Fernet:
    """With a key that is derived from the private key in the file, another one for each purpose."""
    secret = private_key_in(key_file).private_bytes_raw()
    derived = HKDF(SHA256(), length=32, salt=None, info=purpose).derive(secret)
    return Fernet(base64.urlsafe_b64encode(derived))
