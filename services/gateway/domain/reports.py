"""What a gateway replica reports to presence about its sockets: changes at once, everything on request."""

from dataclasses import dataclass, replace
from datetime import datetime

# Connections of one report. With their pages they are at most about 7 MB, less than what presence receives in one call.
MAX_IN_REPORT = 500


@dataclass(frozen=True, slots=True)
class PageState:
    """What a page reported of itself (spec 5.4). `permission` is a name of the contract's NotificationPermission.

    `session_ids` are sorted, so that states with the same windows are equal.
    """

    visible: bool
    focused: bool
    installed: bool
    permission: str
    sound_allowed: bool
    session_ids: tuple[str, ...]
    browser_id: str


@dataclass(frozen=True, slots=True)
class Connection:
    """One socket as reported to presence. `closed_at` is None while it is open, `page` before the page reported its state.

    `handed_over`: it was closed because this replica stops, and its page reconnects to another one. `ticket_id`: the ticket that the page
    shows and its engineer may see, empty without one.
    """

    id: str
    person_id: str
    desk_id: str
    engineer: bool
    active_at: datetime
    closed_at: datetime | None = None
    page: PageState | None = None
    handed_over: bool = False
    ticket_id: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionsReport:
    """Numbered since the process started. After a full report and its continuations, presence closes connections that none of them
    names."""

    number: int
    connections: tuple[Connection, ...]
    full: bool


class Connections:
    """Open connections, and the changes that presence has not acknowledged.

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

    def page(self, connection_id: str, state: PageState) -> bool:
        """Whether there is something to report: not for the state that the page reported before, nor for a connection that is not open."""
        connection = self._open.get(connection_id)
        if connection is None or connection.page == state:
            return False
        self.opened(replace(connection, page=state))
        return True

    def ticket(self, connection_id: str, ticket_id: str) -> bool:
        """Whether there is something to report, as for `page`."""
        connection = self._open.get(connection_id)
        if connection is None or connection.ticket_id == ticket_id:
            return False
        self.opened(replace(connection, ticket_id=ticket_id))
        return True

    def closed(self, connection_id: str, at: datetime, *, handed_over: bool = False) -> None:
        if connection := self._open.pop(connection_id, None):
            self._changed[connection_id] = replace(connection, closed_at=at, handed_over=handed_over)

    @property
    def changed(self) -> bool:
        """Whether there is something to report now."""
        return bool(self._changed)

    def next_report(self) -> ConnectionsReport:
        """The report to send now, of at most MAX_IN_REPORT connections; the others are left for the next one. Without changes it holds
        only its number, and renews the lease."""
        self._number += 1
        # A full report includes closed ones, because presence counts the grace (spec 1.6) from their end.
        waiting = list(({**self._open, **self._changed} if self._full else self._changed).items())
        self._sent, self._changed = dict(waiting[:MAX_IN_REPORT]), dict(waiting[MAX_IN_REPORT:])
        return ConnectionsReport(self._number, tuple(self._sent.values()), self._full)

    def acknowledged(self, want_full: bool) -> None:
        self._sent, self._full = {}, want_full

    def failed(self) -> None:
        """It is unknown whether the last report arrived: its facts are sent again, unless there are newer ones."""
        self._changed = {**self._sent, **self._changed}
        self._sent = {}
