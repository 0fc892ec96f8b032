"""Settings of the service tickets."""

import re
from dataclasses import dataclass
from pathlib import Path

from servicekit.common_settings import CommonSettings, key_file, listens, replicas
from servicekit.setting_kinds import ABOVE_0, HOST, WEB_URL, WHOLE_ABOVE_0
from servicekit.settings import SettingsError, setting

# An address on this machine, with or without a port.
_HERE = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?")


@dataclass(frozen=True, kw_only=True)
class TicketsSettings(CommonSettings):
    prefix = "PARLEY_TICKETS_"
    grpc_address: str = listens("Address of gRPC", 7103)
    metrics_address: str = listens("Address of /metrics, /ready and /live", 7203)
    key: Path = key_file()
    presence: tuple[str, ...] = replicas("presence", 7101)
    chat: tuple[str, ...] = replicas("chat", 7102)
    notify: tuple[str, ...] = replicas("notify", 7104)
    trial: str = setting(
        "Whether demo people may sign in without a password. `true` refuses to start where something looks like production: a public URL"
        " that is https or not on this machine, or a browsers' port, broker, store or gRPC address that is not. `public` lets anybody in"
        " there too. One of",
        default="false",
        choices=("false", "true", "public"),
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
        if self.trial == "true" and (why := self._looks_like_production()):
            wanted = "It must be false where this is production, or public to let anybody sign in by name all the same"
            raise SettingsError(f"PARLEY_TICKETS_TRIAL is 'true' while {why}. {wanted}.")

    @property
    def trial_on(self) -> bool:
        return self.trial != "false"

    def _looks_like_production(self) -> str:
        if self.public_url.startswith("https://"):
            return "PARLEY_GATEWAY_PUBLIC_URL is https"
        stores = re.sub(r"^mongodb(\+srv)?://([^@/]*@)?", "", self.mongo).partition("/")[0]
        used = {
            "PARLEY_GATEWAY_PUBLIC_URL": self.public_url.removeprefix("http://").rstrip("/") or "localhost",
            "PARLEY_HTTP_HOST": self.http_host,
            "PARLEY_MONGO": stores,
            "PARLEY_KAFKA": self.kafka,
            "PARLEY_TICKETS_GRPC_ADDRESS": self.grpc_address,
        }
        for variable, hosts in used.items():
            if not all(_HERE.fullmatch(host.strip()) for host in hosts.split(",")):
                return f"{variable} is not on this machine"
        return ""
