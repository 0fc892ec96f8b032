"""Who may see, make and change tickets, and who sees their internal entries (spec 2.10, 9.2 to 9.4, 10.2).

A ticket that is hidden and one that does not exist give the same answer: TicketNotFound.
"""

from dataclasses import replace

from services.tickets.domain.directory import Company, Person
from services.tickets.domain.errors import NotAllowed, TicketNotFound
from services.tickets.domain.people import Actor, Side
from services.tickets.domain.ticket import Ticket, TicketStatus
from services.tickets.domain.ticket_list import TicketVisibility
from services.tickets.domain.timeline import ChatReference, TimelineEntry
from services.tickets.domain.uploads import Upload


def is_customer(actor: Actor) -> bool:
    return actor.side is Side.CUSTOMER


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


def visibility_of(actor: Actor, *, shared: bool) -> TicketVisibility:
    """`may_see` for lists: a ticket is listed exactly when it may be opened."""
    if actor.side is Side.CUSTOMER:
        return TicketVisibility(desk_id=actor.desk_id, own_id=actor.id, shared_company_id=actor.company_id if shared else "")
    return TicketVisibility(desk_id=actor.desk_id, access=actor.access)


def seen_by(actor: Actor, ticket: Ticket) -> Ticket:
    """The ticket as it is shown. Internal entries change neither revision nor time for a customer (spec 9.4)."""
    if actor.side is not Side.CUSTOMER:
        return ticket
    return replace(ticket, revision=ticket.public_revision, modified_at=ticket.public_modified_at)


def may_see_entry(actor: Actor, entry: TimelineEntry, *, began_theirs: bool = False) -> bool:
    """Whether somebody who may see the ticket may see the entry and its attachments. Customers see no internal entry, and of chats only
    their own (spec 8.3, 9.4). Earlier versions stored no customer of a chat. It counts as their own if the ticket is theirs and
    `began_theirs`: on a ticket that has changed its customer, it may have begun with the former one."""
    if actor.side is not Side.CUSTOMER:
        return True
    if entry.internal or not isinstance(entry.body, ChatReference):
        return not entry.internal
    return entry.body.customer_id == actor.id or (began_theirs and not entry.body.customer_id)


def must_see(actor: Actor, ticket: Ticket, *, shared: bool) -> None:
    """Raises TicketNotFound, as for a missing ticket (spec 10.2)."""
    if not may_see(actor, ticket, shared=shared):
        raise TicketNotFound


def must_be_person(by: Actor) -> None:
    """Raises NotAllowed."""
    if by.side is Side.SERVICE:
        raise NotAllowed("Only people write on tickets; a service writes on behalf of one.")


def must_write(by: Actor, *, internal: bool) -> None:
    """For a note on a ticket. Raises NotAllowed."""
    must_be_person(by)
    if internal and by.side is Side.CUSTOMER:
        raise NotAllowed("Customers can't write internal notes.", field="internal")


def owns_upload(by: Actor, upload: Upload, ticket_id: str) -> bool:
    """A file is put on a note by the person who uploaded it alone, on the ticket for which it was uploaded (spec 9.3)."""
    return (upload.desk_id, upload.command.by_id, upload.ticket_id) == (by.desk_id, by.id, ticket_id)


def must_change(ticket: Ticket, by: Actor, *, only_status: bool) -> None:
    """Raises NotAllowed. Runs before references are looked up, so that a customer learns nothing of them (spec 10.2)."""
    if by.side is not Side.ENGINEER and not (only_status and ticket.customer.id == by.id):
        raise NotAllowed("Customers may only close and reopen their own tickets.")


def must_step(by: Actor, before: TicketStatus, after: TicketStatus) -> None:
    """Raises NotAllowed for a customer who would neither close nor reopen the ticket."""
    if by.side is Side.CUSTOMER and TicketStatus.CLOSED not in (before, after):
        raise NotAllowed("Customers may only close and reopen their own tickets.", field="status")


def may_make_for(actor: Actor, company: Company) -> bool:
    """Whether a person may make a ticket for a customer of the company. A customer makes them for nobody else."""
    return actor.side is not Side.ENGINEER or actor.access.company(company.id)


def may_be_assigned(engineer: Person, company_id: str, board_id: str) -> bool:
    """Whether the engineer has access to tickets of this company on this board."""
    return engineer.access.company(company_id) and engineer.access.board(board_id)
