"""Signing keys of services and service accounts: created once, the private key readable only by its owner."""

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def keep_private(folder: Path) -> None:
    """Takes others' rights from an existing folder of keys: an earlier version created some files with wider permissions."""
    for file in folder.iterdir():
        if file.is_file():
            file.chmod(0o600)


def key_of(folder: Path, service: str) -> Path:
    """The private key file of one of Parley's services, `<service>-1.pem`. Creates it with its `.pub.pem` and `.scopes` if missing."""
    if not _scopes(folder, f"{service}-1").exists():
        return account_of(folder, service, ["internal"])
    return _key(folder, f"{service}-1")


def account_of(folder: Path, name: str, grant: Sequence[str], number: int = 1) -> Path:
    """The private key file of a service account. `grant` holds the lines of its `<name>-<number>.scopes` file (servicekit/accounts.py)."""
    kid = f"{name}-{number}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The scopes are written before the key, and atomically, so that no service reads the key without its restrictions.
    written = folder / f".{kid}.writing"
    _write(written, "".join(f"{line}\n" for line in grant).encode())
    written.replace(_scopes(folder, kid))
    return _key(folder, kid)


def _scopes(folder: Path, kid: str) -> Path:
    return folder / f"{kid}.scopes"


def _key(folder: Path, kid: str) -> Path:
    private, public = folder / f"{kid}.pem", folder / f"{kid}.pub.pem"
    if not (private.exists() and public.exists()):
        key = Ed25519PrivateKey.generate()
        _write(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private


def _write(file: Path, data: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(data)
