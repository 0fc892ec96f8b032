"""The settings of every service: those of broker and store, keys, certificates, traces; and the kinds that several repeat."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from servicekit.back_ends import BackEndSettings
from servicekit.grpc_tls import TlsFiles
from servicekit.setting_kinds import ADDRESSES, CA_FILE, FOLDER, HEADERS, KEY_FILE, LISTENS, NAME, NOT_BELOW_0, PEM_FILE, WEB_URL
from servicekit.settings import SettingsError, setting
from servicekit.tracing import TraceExport


@dataclass(frozen=True, kw_only=True)
class CommonSettings(BackEndSettings):
    """Shared by all services; each adds its own fields in its `config.py`, and the `prefix` of their variables."""

    prefix: ClassVar[str]
    keys: Path = setting("Folder with every service's public key, `<kid>.pub.pem`", env="PARLEY_KEYS", kind=FOLDER)
    otlp_endpoint: str = setting(
        "Where traces go, http://host:port or https://host:port (OTLP over gRPC); empty: none",
        env="PARLEY_OTLP_ENDPOINT",
        default="",
        kind=WEB_URL,
    )
    otlp_headers: tuple[str, ...] = setting(
        "Headers of each export of traces, NAME=VALUE, comma between them, such as an API key",
        env="PARLEY_OTLP_HEADERS",
        default=(),
        kind=HEADERS,
        secret=True,
    )
    otlp_ca: str = setting(
        "File of the certificates (PEM) that sign the one of an https PARLEY_OTLP_ENDPOINT, read at the start only; empty: those of gRPC",
        env="PARLEY_OTLP_CA",
        default="",
        kind=CA_FILE,
    )
    replica: str = setting(
        "Name of this replica, unlike that of any other of the same service",
        env="PARLEY_REPLICA",
        default=socket.gethostname(),
        kind=NAME,
        shown="the host's name",
    )
    tls_cert: str = setting(
        "File of this service's certificate (PEM) for calls between services, by the name that others call it; empty: no TLS. It is reread"
        " when it changes, as are PARLEY_TLS_KEY and PARLEY_TLS_CA",
        env="PARLEY_TLS_CERT",
        default="",
        kind=PEM_FILE,
    )
    tls_key: str = setting(
        "File of the private key of PARLEY_TLS_CERT (PEM, not encrypted)", env="PARLEY_TLS_KEY", default="", kind=PEM_FILE
    )
    tls_ca: str = setting(
        "File of the certificates (PEM) that sign those of all services; a caller without such a certificate is refused",
        env="PARLEY_TLS_CA",
        default="",
        kind=CA_FILE,
    )
    stop_delay: float = setting(
        "Seconds after SIGTERM in which this replica is not ready but still accepts calls, for balancers that learn it late",
        env="PARLEY_STOP_DELAY",
        default=0.0,
        kind=NOT_BELOW_0,
    )

    def __post_init__(self) -> None:
        """Raises SettingsError for a setting that needs another one."""
        super().__post_init__()
        names = ("tls_cert", "tls_key", "tls_ca")
        given = [name for name in names if getattr(self, name)]
        if given and (missing := [name for name in names if name not in given]):
            raise SettingsError(f"PARLEY_{missing[0].upper()} is not set. It must be set with PARLEY_{given[0].upper()}.")
        if given:
            try:
                ssl.create_default_context().load_cert_chain(self.tls_cert, self.tls_key)
            except OSError:
                raise SettingsError("PARLEY_TLS_CERT is not usable. It must be the certificate of PARLEY_TLS_KEY.") from None
        if self.otlp_ca and not self.otlp_endpoint.startswith("https://"):
            raise SettingsError(f"PARLEY_OTLP_ENDPOINT is {self.otlp_endpoint!r}. It must be https://host:port with PARLEY_OTLP_CA.")

    @property
    def traces(self) -> TraceExport:
        headers = tuple((name.strip(), value.strip()) for name, _, value in (header.partition("=") for header in self.otlp_headers))
        return TraceExport(self.otlp_endpoint, headers, self.otlp_ca)

    @property
    def tls(self) -> TlsFiles | None:
        return TlsFiles(self.tls_cert, self.tls_key, self.tls_ca) if self.tls_cert else None


def listens(text: str, port: int) -> Any:
    """An address of this service, by default the port on this machine."""
    return setting(f"{text}, host:port", kind=LISTENS, default=f"127.0.0.1:{port}")


def key_file(text: str = "File of this service's private key") -> Any:
    return setting(f"{text}, `<kid>.pem`", kind=KEY_FILE)


def replicas(service: str, port: int, note: str = ", comma between them") -> Any:
    """The addresses of another service, by default one replica on this machine."""
    text = f"Replicas of {service}, host:port{note}"
    return setting(text, env=f"PARLEY_{service.upper()}", kind=ADDRESSES, default=(f"127.0.0.1:{port}",))
