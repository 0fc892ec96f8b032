"""Settings of the service tickets."""

import re
from dataclasses import dataclass
from pathlib import Path

from servicekit.common_settings import CommonSettings, key_file, listens, replicas
from servicekit.setting_kinds import ABOVE_0, HOST, WEB_URL, WHOLE_ABOVE_0
from servicekit.settings import setting
from servicekit.trial import check_trial, is_on, trial_setting


@dataclass(frozen=True, kw_only=True)
class TicketsSettings(CommonSettings):
    prefix = "PARLEY_TICKETS_"
    grpc_address: str = listens("Address of gRPC", 7103)
    metrics_address: str = listens("Address of /metrics, /ready and /live", 7203)
    key: Path = key_file()
    presence: tuple[str, ...] = replicas("presence", 7101)
    chat: tuple[str, ...] = replicas("chat", 7102)
    notify: tuple[str, ...] = replicas("notify", 7104)
    trial: str = trial_setting(
        "a public URL that is https or not on this machine, or a browsers' port, broker, store or gRPC address that is not"
    )
    public_url: str = setting("Where browsers reach Parley, as for gateway", env="PARLEY_GATEWAY_PUBLIC_URL", kind=WEB_URL, default="")
    http_host: str = setting("Host of the browsers' port, as for gateway", env="PARLEY_HTTP_HOST", kind=HOST, default="127.0.0.1")
    audit_days: int = setting("Days for which an entry of the audit log is kept", kind=WHOLE_ABOVE_0, default=400)
    attachment_mb: int = setting(
        "Size of the largest file that people may attach to a ticket, in MB (1,048,576 bytes). An admin may set a smaller one for a desk in"
        " TECH's Settings. Files of chats, which are copied to their tickets, have chat's limit",
        kind=WHOLE_ABOVE_0,
        default=25,
    )
    erase_after_seconds: float = setting(
        "Seconds between the sign-out of a person and the erasing of what they wrote, which they may still add to meanwhile",
        kind=ABOVE_0,
        default=30.0,
    )
    sign_in_days: int = setting("Days after which a sign-in expires", kind=WHOLE_ABOVE_0, default=30)
    refresh_grace_hours: int = setting(
        "Hours that a sign-in lasts after its refresh at the identity provider was due, while the provider does not answer",
        kind=WHOLE_ABOVE_0,
        default=24,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        stores = re.sub(r"^mongodb(\+srv)?://([^@/]*@)?", "", self.mongo).partition("/")[0]
        used = {
            "PARLEY_HTTP_HOST": self.http_host,
            "PARLEY_MONGO": stores,
            "PARLEY_KAFKA": self.kafka,
            "PARLEY_TICKETS_GRPC_ADDRESS": self.grpc_address,
        }
        check_trial(self.trial, {"PARLEY_GATEWAY_PUBLIC_URL": self.public_url}, used)

    @property
    def trial_on(self) -> bool:
        return is_on(self.trial)
