"""Settings of the service presence."""

import math
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from servicekit.common_settings import CommonSettings
from servicekit.setting_kinds import ABOVE_0, ADDRESSES, KEY_FILE, LISTENS, NOT_BELOW_0
from servicekit.settings import SettingsError, setting
from services.presence.domain.presence import DeskSettings, Rules


@dataclass(frozen=True, kw_only=True)
class PresenceSettings(CommonSettings):
    """Times are seconds."""

    grpc_address: str = setting(
        "Where to answer gRPC, host:port", env="PARLEY_PRESENCE_GRPC_ADDRESS", kind=LISTENS, default="127.0.0.1:7101"
    )
    metrics_address: str = setting(
        "Where to serve metrics and probes, host:port", env="PARLEY_PRESENCE_METRICS_ADDRESS", kind=LISTENS, default="127.0.0.1:7201"
    )
    key: Path = setting("File of the private key, `<kid>.pem`", env="PARLEY_PRESENCE_KEY", kind=KEY_FILE)
    tickets: tuple[str, ...] = setting(
        "Replicas of tickets, host:port, comma between them", env="PARLEY_TICKETS", kind=ADDRESSES, default=("127.0.0.1:7103",)
    )
    away_after: float = setting(
        "Away after so long without activity, where a desk has not set it", env="PARLEY_PRESENCE_AWAY_AFTER", default=300.0
    )
    offline_grace: float = setting(
        "A closed connection counts for so long, so that a reload does not flap", env="PARLEY_PRESENCE_OFFLINE_GRACE", default=10.0
    )
    lease: float = setting(
        "Connections of a gateway that is silent for so long are gone", env="PARLEY_PRESENCE_LEASE", kind=ABOVE_0, default=20.0
    )
    patience: float = setting(
        "For so long after its own start, or an outage of the store, a replica calls no gateway silent: none could be heard",
        env="PARLEY_PRESENCE_PATIENCE",
        kind=NOT_BELOW_0,
        default=10.0,
    )

    def __post_init__(self) -> None:
        if not 0 < self.away_after <= 3600:
            raise SettingsError(f"PARLEY_PRESENCE_AWAY_AFTER is {self.away_after}. It must be above 0 and at most 3600.")
        if not 0 <= self.offline_grace <= self.lease:
            raise SettingsError(f"PARLEY_PRESENCE_OFFLINE_GRACE is {self.offline_grace}. It must be 0 up to PARLEY_PRESENCE_LEASE.")

    @property
    def desk_defaults(self) -> DeskSettings:
        """What holds for a desk that has set nothing; whole seconds, as a desk would set it."""
        return DeskSettings(math.ceil(self.away_after))

    @property
    def rules(self) -> Rules:
        return Rules(timedelta(seconds=self.away_after), timedelta(seconds=self.offline_grace), timedelta(seconds=self.lease))
