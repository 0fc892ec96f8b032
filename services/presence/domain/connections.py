"""A person's connections: what a gateway reports of them, what is stored of them, and how an admin ends them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.presence.domain.page import PageState


@dataclass(frozen=True, slots=True)
class ConnectionFact:
    """One socket as a gateway reports it.

    `active_at` is the last activity of its person; opening a socket is not activity. `closed_at` is None while the socket is open.
    `page` is the last state that the page reported; None before it did. `handed_over`: the gateway stopped and asked the page to reconnect
    to another replica. `ticket_id` is the ticket that the page shows, empty without one.
    """

    connection_id: str
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
    """What one incarnation (one start) of a gateway replica reports.

    Reports are numbered from 1 within an incarnation. A `full` report begins with all connections, of which further ones may follow in the
    next reports; any other report has those that changed since the previous one. `waiting`: for how long the oldest fact of this report, or
    of those that follow, waits to be saved. `last`: the gateway stops, and holds no connection any more.
    """

    replica: str
    incarnation: str
    number: int
    facts: Sequence[ConnectionFact]
    full: bool
    waiting: timedelta = timedelta()
    last: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """One socket as stored, with the lease that keeps it alive. `ended`: an admin ended it and it must be closed (spec 1.15).

    `page` is None before the page reported its state, and of a closed socket; its `ticket_id` is empty then. `page_report` is the number
    of the report that both are from.
    """

    id: str
    lease_id: str
    active_at: datetime
    closed_at: datetime | None = None
    ended: bool = False
    page: PageState | None = None
    page_report: int = 0
    handed_over: bool = False
    ticket_id: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """An admin ended a person's connections (spec 1.15). Stored with the person as an entry of the audit log (spec 10.5).

    `connection_ids` are the sockets that were open at that moment.
    """

    command_id: str
    by: str
    by_name: str
    reason: str
    at: datetime
    connection_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionsEnded:
    """An event: the gateways that hold these sockets close them, and the audit log has it."""

    person_id: str
    desk_id: str
    ending: Ending


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page of a person that is open now."""

    person_id: str
    connection_id: str
    active_at: datetime
    state: PageState
