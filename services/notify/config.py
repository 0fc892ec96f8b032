"""Settings of the service notify."""

from dataclasses import dataclass
from pathlib import Path

from servicekit.common_settings import CommonSettings
from servicekit.setting_kinds import ABOVE_0, ADDRESSES, KEY_FILE, LISTENS
from servicekit.settings import setting


@dataclass(frozen=True, kw_only=True)
class NotifySettings(CommonSettings):
    """Times are seconds."""

    grpc_address: str = setting("Where to answer gRPC, host:port", env="PARLEY_NOTIFY_GRPC_ADDRESS", kind=LISTENS, default="127.0.0.1:7104")
    metrics_address: str = setting(
        "Where to serve metrics and probes, host:port", env="PARLEY_NOTIFY_METRICS_ADDRESS", kind=LISTENS, default="127.0.0.1:7204"
    )
    key: Path = setting("File of the private key, `<kid>.pem`", env="PARLEY_NOTIFY_KEY", kind=KEY_FILE)
    presence: tuple[str, ...] = setting(
        "Replicas of presence, host:port, comma between them", env="PARLEY_PRESENCE", kind=ADDRESSES, default=("127.0.0.1:7101",)
    )
    chat: tuple[str, ...] = setting(
        "Replicas of chat, host:port, comma between them", env="PARLEY_CHAT", kind=ADDRESSES, default=("127.0.0.1:7102",)
    )
    tickets: tuple[str, ...] = setting(
        "Replicas of tickets, host:port, comma between them", env="PARLEY_TICKETS", kind=ADDRESSES, default=("127.0.0.1:7103",)
    )
    reconcile_every: float = setting(
        "Time between comparisons of alerts with the other services; there is also one at each start",
        env="PARLEY_NOTIFY_RECONCILE_EVERY",
        kind=ABOVE_0,
        default=60.0,
    )
