"""What one start of a gateway replica says of its connections."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConnectionFact:
    """One socket. `active_at`: the last sign of its person, which opening a line is not; `closed_at` is None while it is open."""

    connection_id: str
    person_id: str
    desk_id: str
    engineer: bool
    active_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Numbered within the incarnation, from 1. `full`: these are all connections, else what changed since the last report."""

    replica: str
    incarnation: str
    number: int
    facts: Sequence[ConnectionFact]
    full: bool
