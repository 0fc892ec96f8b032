"""What an update changes of a ticket, and the steps of its status (spec 9.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.tickets.domain.access.tickets import must_change, must_step
from services.tickets.domain.errors import StepNotAllowed
from services.tickets.domain.people import Actor, Ref
from services.tickets.domain.ticket import NOBODY, Changed, Priority, Ticket, TicketStatus

# The statuses that each status may change to. All others are refused. Customers may only close and reopen.
NEXT_STATUSES: Mapping[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.NEW: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.WAITING_CUSTOMER, TicketStatus.CLOSED}),
    TicketStatus.IN_PROGRESS: frozenset({TicketStatus.NEW, TicketStatus.WAITING_CUSTOMER, TicketStatus.CLOSED}),
    TicketStatus.WAITING_CUSTOMER: frozenset({TicketStatus.NEW, TicketStatus.IN_PROGRESS, TicketStatus.CLOSED}),
    TicketStatus.CLOSED: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.NEW}),
}


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


def update(ticket: Ticket, by: Actor, wish: TicketUpdate) -> list[Changed]:
    """The changes that the wish makes; none when the ticket is as wished. Raises NotAllowed or StepNotAllowed."""
    must_change(ticket, by, only_status=wish.only_status)
    if wish.status is not None and wish.status is not ticket.status:
        _check_step(ticket.status, wish.status, by)
    return [changed for changed in _differences(ticket, wish) if changed.before != changed.after or _moved(changed)]


def _check_step(status: TicketStatus, wished: TicketStatus, by: Actor) -> None:
    if wished not in NEXT_STATUSES[status]:
        raise StepNotAllowed(f'A ticket that is "{status.words}" cannot become "{wished.words}".', field="status", status=status.value)
    must_step(by, status, wished)


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
