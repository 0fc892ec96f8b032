"""Settings of the service presence."""

import math
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from servicekit.common_settings import CommonSettings, key_file, listens, replicas
from servicekit.setting_kinds import ABOVE_0, NOT_BELOW_0
from servicekit.settings import SettingsError, setting
from services.presence.domain import desk_settings, presence


@dataclass(frozen=True, kw_only=True)
class PresenceSettings(CommonSettings):
    """Times are seconds."""

    prefix = "PARLEY_PRESENCE_"
    grpc_address: str = listens("Where to answer gRPC", 7101)
    metrics_address: str = listens("Where to serve metrics and probes", 7201)
    key: Path = key_file("File of the private key")
    tickets: tuple[str, ...] = replicas("tickets", 7103)
    away_after: float = setting("Time without activity after which a person is away, for desks that have not set their own", default=300.0)
    offline_grace: float = setting(
        "Time for which a closed connection still counts, so that a page reload does not change presence", default=10.0
    )
    lease: float = setting("Time without a report after which a gateway's connections count as closed", kind=ABOVE_0, default=20.0)
    handover: float = setting(
        "Time for which a connection still counts that a stopping gateway closed, so that its page can reconnect to another one",
        kind=NOT_BELOW_0,
        default=40.0,
    )
    grace_period: float = setting(
        "Grace period after a replica's start, an outage of the store, or half a lease without any report, in which it expires no lease",
        env="PARLEY_PRESENCE_PATIENCE",
        kind=NOT_BELOW_0,
        default=20.0,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.away_after <= 3600:
            raise SettingsError(f"PARLEY_PRESENCE_AWAY_AFTER is {self.away_after}. It must be above 0 and at most 3600.")
        if not 0 <= self.offline_grace <= self.lease:
            raise SettingsError(f"PARLEY_PRESENCE_OFFLINE_GRACE is {self.offline_grace}. It must be 0 up to PARLEY_PRESENCE_LEASE.")

    @property
    def desk_defaults(self) -> desk_settings.DeskSettings:
        """For a desk without settings of its own. Whole seconds, rounded up."""
        return desk_settings.DeskSettings(math.ceil(self.away_after))

    @property
    def rules(self) -> presence.Rules:
        times = (self.away_after, self.offline_grace, self.lease, max(self.handover, self.offline_grace))
        return presence.Rules(*(timedelta(seconds=time) for time in times))
