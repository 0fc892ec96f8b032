"""Chat's settings."""

from dataclasses import dataclass, fields
from pathlib import Path

from servicekit.common_settings import CommonSettings
from servicekit.setting_kinds import ADDRESSES, KEY_FILE, LISTENS
from servicekit.settings import SettingsError, setting
from services.chat.domain.settings import Limits

_LIMITS = [field.name for field in fields(Limits)]


@dataclass(frozen=True, kw_only=True)
class ChatSettings(CommonSettings):
    """Settings of the process; those of a desk are in services/chat/domain/settings.py."""

    grpc_address: str = setting("Where gRPC is answered, host:port", env="PARLEY_CHAT_GRPC_ADDRESS", kind=LISTENS, default="127.0.0.1:7102")
    metrics_address: str = setting(
        "Where /metrics, /ready and /live are answered, host:port",
        env="PARLEY_CHAT_METRICS_ADDRESS",
        kind=LISTENS,
        default="127.0.0.1:7202",
    )
    key: Path = setting("File of this service's private key, `<kid>.pem`", env="PARLEY_CHAT_KEY", kind=KEY_FILE)
    presence: tuple[str, ...] = setting(
        "Replicas of presence, host:port, comma between them", env="PARLEY_PRESENCE", kind=ADDRESSES, default=("127.0.0.1:7101",)
    )
    tickets: tuple[str, ...] = setting(
        "Replicas of tickets, host:port, comma between them", env="PARLEY_TICKETS", kind=ADDRESSES, default=("127.0.0.1:7103",)
    )
    push_expires_after: int = setting(
        "A push chat that nobody answered ends after, seconds", env="PARLEY_CHAT_PUSH_EXPIRES_AFTER", default=120
    )
    return_looked_every: int = setting(
        "How often presence is asked whether somebody is back in an unattended session, seconds",
        env="PARLEY_CHAT_RETURN_LOOKED_EVERY",
        default=30,
    )
    ticket_asked_after: int = setting(
        "A completed session without its ticket asks for it again after, seconds; the pause doubles",
        env="PARLEY_CHAT_TICKET_ASKED_AFTER",
        default=10,
    )
    ticket_asked_at_most: int = setting(
        "The longest pause between two askings for a ticket, seconds", env="PARLEY_CHAT_TICKET_ASKED_AT_MOST", default=600
    )
    sweep_seconds: float = setting(
        "How often entries that a crash left unpublished are looked for, seconds; they are published in the second round that meets them",
        env="PARLEY_CHAT_SWEEP_SECONDS",
        default=1.0,
    )

    def __post_init__(self) -> None:
        for name in (*_LIMITS, "sweep_seconds"):
            if getattr(self, name) <= 0:
                raise SettingsError(f"PARLEY_CHAT_{name.upper()} is {getattr(self, name)}. It must be above 0.")

    @property
    def limits(self) -> Limits:
        return Limits(**{name: getattr(self, name) for name in _LIMITS})
