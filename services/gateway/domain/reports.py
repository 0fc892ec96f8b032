"""What a gateway replica tells presence about its sockets (design 2, Presence): changes at once, everything when asked."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Connection:
    """One socket as presence should know it. `closed_at` is None while it is open."""

    id: str
    person_id: str
    desk_id: str
    engineer: bool
    active_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Numbered within this incarnation; `full` means that what is not named is gone."""

    number: int
    connections: tuple[Connection, ...]
    full: bool


class Connections:
    """Open connections, and which of the changes presence has not acknowledged yet.

    One report is under way at a time. A failed one is not repeated as it was: the next number carries the same facts in
    their newest state, so an answer that was lost does no harm.
    """

    def __init__(self) -> None:
        self._open: dict[str, Connection] = {}
        self._changed: dict[str, Connection] = {}
        self._sent: dict[str, Connection] = {}
        self._number = 0
        self._full = True

    def opened(self, connection: Connection) -> None:
        self._open[connection.id] = self._changed[connection.id] = connection

    def active(self, connection_id: str, at: datetime) -> None:
        """Ignored for a connection that is not open."""
        if connection := self._open.get(connection_id):
            self.opened(replace(connection, active_at=at))

    def closed(self, connection_id: str, at: datetime) -> None:
        if connection := self._open.pop(connection_id, None):
            self._changed[connection_id] = replace(connection, closed_at=at)

    def next_report(self) -> Report:
        """The report to send now; empty but for its number when nothing changed: that renews the lease."""
        self._number += 1
        # Closed ones go along with a full report: presence counts the grace (spec 1.6) from when they closed.
        self._sent = {**self._open, **self._changed} if self._full else dict(self._changed)
        self._changed = {}
        return Report(self._number, tuple(self._sent.values()), self._full)

    def acknowledged(self, want_full: bool) -> None:
        self._sent, self._full = {}, want_full

    def failed(self) -> None:
        """The last report's fate is unknown: its facts go again, unless newer ones are there."""
        self._changed = {**self._sent, **self._changed}
        self._sent = {}
