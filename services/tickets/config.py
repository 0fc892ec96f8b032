"""What tickets must be told."""

from dataclasses import dataclass
from pathlib import Path

from servicekit.common_settings import CommonSettings
from servicekit.setting_kinds import ADDRESSES, KEY_FILE, LISTENS, WHOLE_ABOVE_0
from servicekit.settings import setting


@dataclass(frozen=True, kw_only=True)
class TicketsSettings(CommonSettings):
    grpc_address: str = setting(
        "Where gRPC is answered, host:port", env="PARLEY_TICKETS_GRPC_ADDRESS", kind=LISTENS, default="127.0.0.1:7103"
    )
    metrics_address: str = setting(
        "Where /metrics, /ready and /live are answered, host:port",
        env="PARLEY_TICKETS_METRICS_ADDRESS",
        kind=LISTENS,
        default="127.0.0.1:7203",
    )
    key: Path = setting("File of this service's private key, `<kid>.pem`", env="PARLEY_TICKETS_KEY", kind=KEY_FILE)
    chat: tuple[str, ...] = setting(
        "Replicas of chat, host:port, comma between them", env="PARLEY_CHAT", kind=ADDRESSES, default=("127.0.0.1:7102",)
    )
    trial: bool = setting(
        "Whether demo people may sign in without a password (spec 10.1); never in production",
        env="PARLEY_TICKETS_TRIAL",
        default=False,
    )
    sign_in_days: int = setting(
        "Days after which a sign-in ends by itself", env="PARLEY_TICKETS_SIGN_IN_DAYS", kind=WHOLE_ABOVE_0, default=30
    )
