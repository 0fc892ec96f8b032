"""That somebody ended a person's connections (spec 1.15)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """An entry of the audit log (spec 10.5), kept with the person. `connection_ids`: the sockets that were open then."""

    command_id: str
    by: str
    by_name: str
    reason: str
    at: datetime
    connection_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionsEnded:
    """Whoever holds these sockets should close them."""

    person_id: str
    desk_id: str
    ending: Ending
