"""A ticket, the steps of its status (spec 9.1), and who may see and change it (spec 2.10, 9.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from services.tickets.domain.errors import NotAllowed, StepNotAllowed, TicketNotFound
from services.tickets.domain.people import Actor, Ref, Side


class TicketStatus(StrEnum):
    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_CUSTOMER = "waiting_customer"
    CLOSED = "closed"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Priority(IntEnum):
    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4

    @property
    def words(self) -> str:
        return self.name.capitalize()


class Source(StrEnum):
    CHAT = "chat"
    PORTAL = "portal"
    ENGINEER = "engineer"


NOBODY = Ref("", "")

# The statuses that each status may change to. All others are refused. Customers may only close and reopen.
NEXT_STATUSES: Mapping[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.NEW: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.WAITING_CUSTOMER, TicketStatus.CLOSED}),
    TicketStatus.IN_PROGRESS: frozenset({TicketStatus.NEW, TicketStatus.WAITING_CUSTOMER, TicketStatus.CLOSED}),
    TicketStatus.WAITING_CUSTOMER: frozenset({TicketStatus.NEW, TicketStatus.IN_PROGRESS, TicketStatus.CLOSED}),
    TicketStatus.CLOSED: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.NEW}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket at `revision`, which is 0 before its first commit. Names are as they were when they were written.

    `public_revision` and `public_modified_at` are those of its last entry that customers may see.
    """

    id: str
    desk_id: str
    number: int
    revision: int = 0
    summary: str
    status: TicketStatus
    priority: Priority
    board: Ref
    customer: Ref
    company: Ref
    assignee: Ref | None = None
    source: Source
    created_at: datetime
    modified_at: datetime
    public_revision: int = 0
    public_modified_at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """One changed field. `before` and `after` are texts for people; `before_id` is "" unless the field names a person, company or board."""

    field: str
    value: object
    before: str
    after: str
    before_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketUpdate:
    """The fields to change; None leaves a field. An assignee with the id "" removes the assignee."""

    summary: str | None = None
    status: TicketStatus | None = None
    priority: Priority | None = None
    board: Ref | None = None
    customer: Ref | None = None
    company: Ref | None = None
    assignee: Ref | None = None

    @property
    def only_status(self) -> bool:
        return all(wish is None for wish in (self.summary, self.priority, self.board, self.customer, self.company, self.assignee))


def may_see(actor: Actor, ticket: Ticket, *, shared: bool) -> bool:
    """Engineers by company and board (spec 2.10), customers their own and, where the company shares its tickets, its others (spec 9.4)."""
    if not actor.is_of(ticket.desk_id):
        return False
    match actor.side:
        case Side.SERVICE:
            return True
        case Side.ENGINEER:
            return actor.access.company(ticket.company.id) and actor.access.board(ticket.board.id)
        case Side.CUSTOMER:
            return ticket.customer.id == actor.id or (shared and ticket.company.id == actor.company_id)


def seen_by(actor: Actor, ticket: Ticket) -> Ticket:
    """The ticket as it is shown. Internal entries change neither revision nor time for a customer (spec 9.4)."""
    if actor.side is not Side.CUSTOMER:
        return ticket
    return replace(ticket, revision=ticket.public_revision, modified_at=ticket.public_modified_at)


def must_see(actor: Actor, ticket: Ticket, *, shared: bool) -> None:
    """Raises TicketNotFound, as for a missing ticket (spec 10.2)."""
    if not may_see(actor, ticket, shared=shared):
        raise TicketNotFound


def must_change(ticket: Ticket, by: Actor, *, only_status: bool) -> None:
    """Raises NotAllowed. Runs before references are looked up, so that a customer learns nothing of them (spec 10.2)."""
    if by.side is not Side.ENGINEER and not (only_status and ticket.customer.id == by.id):
        raise NotAllowed("Customers may only close and reopen their own tickets.")


def update(ticket: Ticket, by: Actor, wish: TicketUpdate) -> list[Changed]:
    """The changes that the wish makes; none when the ticket is as wished. Raises NotAllowed or StepNotAllowed."""
    must_change(ticket, by, only_status=wish.only_status)
    if wish.status is not None and wish.status is not ticket.status:
        _check_step(ticket.status, wish.status, by)
    return [changed for changed in _differences(ticket, wish) if changed.before != changed.after or _moved(changed)]


def apply(ticket: Ticket, changed: Changed) -> Ticket:
    fields: dict[str, Any] = {changed.field: changed.value}
    return replace(ticket, **fields)


def _check_step(status: TicketStatus, wished: TicketStatus, by: Actor) -> None:
    if wished not in NEXT_STATUSES[status]:
        raise StepNotAllowed(f'A ticket that is "{status.words}" cannot become "{wished.words}".', field="status", status=status.value)
    if by.side is Side.CUSTOMER and TicketStatus.CLOSED not in (status, wished):
        raise NotAllowed("Customers may only close and reopen their own tickets.", field="status")


def _differences(ticket: Ticket, wish: TicketUpdate) -> list[Changed]:
    found: list[Changed] = []
    if wish.summary is not None:
        found.append(Changed("summary", wish.summary, ticket.summary, wish.summary))
    if wish.status is not None:
        found.append(Changed("status", wish.status, ticket.status.words, wish.status.words))
    if wish.priority is not None:
        found.append(Changed("priority", wish.priority, ticket.priority.words, wish.priority.words))
    for field in ("board", "customer", "company", "assignee"):
        wished: Ref | None = getattr(wish, field)
        if wished is not None:
            before: Ref = getattr(ticket, field) or NOBODY
            found.append(Changed(field, wished if wished.id else None, before.name, wished.name, before.id))
    return found


def _moved(changed: Changed) -> bool:
    """Compares ids, because two people or boards may have the same name."""
    return changed.before_id != (changed.value.id if isinstance(changed.value, Ref) else "")
