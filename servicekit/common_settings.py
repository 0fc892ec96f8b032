"""The settings of every service: addresses of broker and store, the folder of keys, and logging; and the kinds that several repeat."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from servicekit.setting_kinds import ABOVE_0, ADDRESSES, FOLDER, KEY_FILE, LISTENS, MONGO_URL, NAME, NAME_PART, WEB_URL, WHOLE_ABOVE_0
from servicekit.settings import setting

BACKGROUND_FETCH_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class CommonSettings:
    """Shared by all services; each adds its own fields in its `config.py`, and the `prefix` of their variables."""

    prefix: ClassVar[str]
    kafka: str = setting("Kafka brokers, host:port, comma between them", env="PARLEY_KAFKA", kind=ADDRESSES)
    kafka_fetch_wait: float = setting(
        "Seconds that a broker may hold back an empty fetch (0.01 on Tansu, which answers only after half of it)",
        env="PARLEY_KAFKA_FETCH_WAIT",
        default=0.5,
        kind=ABOVE_0,
    )
    kafka_idempotence: bool = setting("Idempotent producer (false on Tansu, which has none)", env="PARLEY_KAFKA_IDEMPOTENCE", default=True)
    kafka_replication: int = setting("Replicas of each topic that is made", env="PARLEY_KAFKA_REPLICATION", default=1, kind=WHOLE_ABOVE_0)
    mongo: str = setting("MongoDB URL, may carry a password", env="PARLEY_MONGO", kind=MONGO_URL, secret=True)
    mongo_prefix: str = setting("Put before each database's name", env="PARLEY_MONGO_PREFIX", default="", kind=NAME_PART)
    keys: Path = setting("Folder with every service's public key, `<kid>.pub.pem`", env="PARLEY_KEYS", kind=FOLDER)
    otlp_endpoint: str = setting(
        "Where traces go, http://host:port (OTLP over gRPC); empty: none", env="PARLEY_OTLP_ENDPOINT", default="", kind=WEB_URL
    )
    log_level: str = setting(
        "The least that is logged", env="PARLEY_LOG_LEVEL", default="info", choices=("debug", "info", "warning", "error")
    )
    log_format: str = setting("How a line of the log looks", env="PARLEY_LOG_FORMAT", default="json", choices=("json", "text"))
    replica: str = setting(
        "Name of this replica, unlike that of any other of the same service",
        env="PARLEY_REPLICA",
        default=socket.gethostname(),
        kind=NAME,
        shown="the host's name",
    )

    @property
    def background_fetch_wait(self) -> float:
        """For readers that may lag: at `kafka_fetch_wait` of an embedded broker each reader would fetch a hundred times a second."""
        return max(self.kafka_fetch_wait, BACKGROUND_FETCH_SECONDS)


def listens(text: str, port: int) -> Any:
    """An address of this service, by default the port on this machine."""
    return setting(f"{text}, host:port", kind=LISTENS, default=f"127.0.0.1:{port}")


def key_file(text: str = "File of this service's private key") -> Any:
    return setting(f"{text}, `<kid>.pem`", kind=KEY_FILE)


def replicas(service: str, port: int, note: str = ", comma between them") -> Any:
    """The addresses of another service, by default one replica on this machine."""
    text = f"Replicas of {service}, host:port{note}"
    return setting(text, env=f"PARLEY_{service.upper()}", kind=ADDRESSES, default=(f"127.0.0.1:{port}",))
