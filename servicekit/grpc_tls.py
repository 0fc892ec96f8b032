"""TLS between services with certificates on both sides. The files are read again after they change, without a restart."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from servicekit.logs import log

# Seconds between two checks of the files' modification times.
LOOK_EVERY = 10.0


@dataclass(frozen=True)
class TlsFiles:
    """PEM files: this service's certificate and its private key, and the authorities that sign all services' certificates."""

    cert: str
    key: str
    ca: str

    def stamp(self) -> tuple[tuple[int, int], ...]:
        """Differs after a file has changed. Raises OSError."""
        return tuple((found.st_mtime_ns, found.st_ino) for found in map(os.stat, (self.cert, self.key, self.ca)))

    def contents(self) -> tuple[bytes, bytes, bytes]:
        """Certificate, key, authorities. Raises OSError."""
        cert, key, ca = (_read(file) for file in (self.cert, self.key, self.ca))
        return cert, key, ca


class Watched:
    """Detects changes of the files, at most once in LOOK_EVERY seconds. A missing file counts as unchanged."""

    def __init__(self, files: TlsFiles) -> None:
        self.files = files
        self._stamp, self._next_look = files.stamp(), 0.0

    def changed(self) -> bool:
        """Whether they have changed since the last call that returned true."""
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + LOOK_EVERY
        try:
            stamp = self.files.stamp()
        except OSError as error:
            log.warning("certificates_unreadable", reason=type(error).__name__)
            return False
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        log.info("certificates_changed", file=self.files.cert)
        return True


def server_credentials(files: TlsFiles) -> grpc.ServerCredentials:
    """A caller without a certificate of the authorities is refused. Raises OSError."""
    watched = Watched(files)

    def renewed() -> grpc.ServerCertificateConfiguration | None:
        """Called by gRPC for each connection; None keeps the certificate."""
        if not watched.changed():
            return None
        try:
            return _configuration(files)
        except OSError as error:
            log.warning("certificates_unreadable", reason=type(error).__name__)
            return None

    fetch: Any = renewed  # the stubs don't know that it may return None
    return grpc.dynamic_ssl_server_credentials(_configuration(files), fetch, require_client_authentication=True)


def secure_channels(targets: Sequence[str], name: str, options: Sequence[tuple[str, int | str]], files: TlsFiles) -> list[grpc.aio.Channel]:
    """Channels whose servers must have a certificate for `name`; empty: for the host of their target. Raises OSError."""
    cert, key, ca = files.contents()
    credentials = grpc.ssl_channel_credentials(ca, key, cert)
    named = [*options, ("grpc.ssl_target_name_override", name)] if name else list(options)
    return [grpc.aio.secure_channel(target, credentials, options=named) for target in targets]


def _configuration(files: TlsFiles) -> grpc.ServerCertificateConfiguration:
    cert, key, ca = files.contents()
    return grpc.ssl_server_certificate_configuration([(key, cert)], ca)


def _read(file: str) -> bytes:
    return Path(file).read_bytes()
