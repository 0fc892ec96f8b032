"""What others see of a person, computed from moments (spec 1.1 to 1.9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Presence(StrEnum):
    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"
    OFFLINE = "offline"


# What an engineer may choose; ONLINE removes the choice (spec 1.7).
CHOOSABLE = frozenset({Presence.ONLINE, Presence.AWAY, Presence.BUSY})


@dataclass(frozen=True, slots=True)
class Rules:
    """How long facts are valid (spec 1.3, 1.6, 1.11). `lease` and `handover` are at least `offline_grace`. `handover`: how long a
    connection counts that a stopping gateway handed over."""

    away_after: timedelta
    offline_grace: timedelta
    lease: timedelta
    handover: timedelta


@dataclass(frozen=True, slots=True)
class Connection:
    """One socket as the rules see it. It counts until `gone_at`; None while it is open."""

    active_at: datetime
    gone_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        return self.gone_at is None or now < self.gone_at


def presence_of(connections: Iterable[Connection], chosen: Presence | None, now: datetime, rules: Rules) -> Presence:
    """OFFLINE without a connection, else the chosen state, else by the latest activity on any connection."""
    active = [connection.active_at for connection in connections if connection.counts(now)]
    if not active:
        return Presence.OFFLINE
    if chosen is not None:
        return chosen
    return Presence.ONLINE if now < max(active) + rules.away_after else Presence.AWAY


def next_change(connections: Iterable[Connection], now: datetime, rules: Rules) -> datetime | None:
    """The first moment after `now` at which presence may change by time alone; None = never."""
    counting = [connection for connection in connections if connection.counts(now)]
    moments = [connection.gone_at for connection in counting if connection.gone_at is not None]
    if counting:
        moments.append(max(connection.active_at for connection in counting) + rules.away_after)
    return min((moment for moment in moments if moment > now), default=None)
