"""Chat's settings."""

from dataclasses import dataclass, fields
from pathlib import Path

from servicekit.common_settings import CommonSettings, key_file, listens, replicas
from servicekit.setting_kinds import WHOLE_ABOVE_0
from servicekit.settings import SettingsError, setting
from services.chat.domain.deadlines import Limits

_LIMITS = [field.name for field in fields(Limits)]


@dataclass(frozen=True, kw_only=True)
class ChatSettings(CommonSettings):
    """Settings of the process; those of a desk are in services/chat/domain/desk_settings.py."""

    prefix = "PARLEY_CHAT_"
    grpc_address: str = listens("Address of gRPC", 7102)
    metrics_address: str = listens("Address of /metrics, /ready and /live", 7202)
    key: Path = key_file()
    presence: tuple[str, ...] = replicas("presence", 7101)
    tickets: tuple[str, ...] = replicas("tickets", 7103)
    push_expires_after: int = setting("A push chat that nobody answered ends after, seconds", default=120)
    return_looked_every: int = setting("How often presence is checked for somebody back in an unattended session, seconds", default=30)
    ticket_asked_after: int = setting(
        "After how long a completed session requests its missing ticket again, seconds; the pause doubles", default=10
    )
    ticket_asked_at_most: int = setting("The longest pause between two requests for a ticket, seconds", default=600)
    older_after: int = setting(
        "An abandoned or call-back session that nobody closed becomes older after, seconds; pages then list it page by page",
        default=172_800,
    )
    file_mb: int = setting(
        "Size of the largest file that may be sent in a chat, in MB (1,048,576 bytes). A smaller limit of the desk counts",
        kind=WHOLE_ABOVE_0,
        default=25,
    )
    sweep_seconds: float = setting(
        "How often unpublished entries are searched for, seconds, at rest every 5 s; the second search that finds an entry publishes it",
        default=1.0,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in (*_LIMITS, "sweep_seconds"):
            if getattr(self, name) <= 0:
                raise SettingsError(f"PARLEY_CHAT_{name.upper()} is {getattr(self, name)}. It must be above 0.")

    @property
    def limits(self) -> Limits:
        return Limits(**{name: getattr(self, name) for name in _LIMITS})
