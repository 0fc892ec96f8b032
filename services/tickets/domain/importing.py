"""A ticket of another system, as an import makes it here (spec 9.1)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from servicekit.moments import EPOCH, whole_ms
from services.tickets.domain.commands import CreateTicket
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.limits import IMPORTED, fingerprint
from services.tickets.domain.people import Actor, Ref
from services.tickets.domain.ticket import Changed, Ticket, TicketStatus
from services.tickets.domain.timeline import Commit, Note, TicketCommand, UnstoredEntry, changes, first_commit


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTicket:
    """`id`: the ticket's id where it comes from; a repeat with it finds the ticket. `new`: what a new ticket has as well, with the command
    id of the import. None and "" mean: created now, closed now if it is closed, assigned to nobody."""

    id: str
    new: CreateTicket
    status: TicketStatus = TicketStatus.NEW
    created_at: datetime | None = None
    closed_at: datetime | None = None
    assignee_email: str = ""

    def checked(self, by: Actor) -> TicketCommand:
        """Raises InvalidValue."""
        content = self.new.content()
        if more := [*self._more()]:
            content = fingerprint(content, *more)
        return TicketCommand(id=self.new.command_id, by_id=by.id, content=content)

    def check_times(self, now: datetime) -> None:
        """Raises InvalidValue unless it was created and closed in this order, and before now."""
        if self.created_at and not EPOCH <= self.created_at <= now:
            raise InvalidValue("created_at", "A ticket is created between 1970 and now.")
        if self.closed_at and self.status is not TicketStatus.CLOSED:
            raise InvalidValue("closed_at", "Only a closed ticket has this time.")
        if self.closed_at and not self.created_at:
            raise InvalidValue("created_at", "A ticket with the time when it was closed needs the time when it was created.")
        if self.created_at and self.closed_at and not self.created_at <= self.closed_at <= now:
            raise InvalidValue("closed_at", "A ticket is closed after it was created, and before now.")

    def _more(self) -> list[str]:
        """What files of earlier versions do not have; nothing if this line does not have it either. A repeat must match them."""
        values = [self.assignee_email, *(at.isoformat() if at else "" for at in (self.created_at, self.closed_at))]
        return [self.status.value, *values] if any(values) or self.status is not TicketStatus.NEW else []


def command_id_of(id: str) -> str:
    return IMPORTED + id


def imported(ticket: Ticket, wish: ImportTicket, assignee: Ref | None, by: Ref, now: datetime, command: TicketCommand) -> Commit:
    """The commit that makes the ticket. Its timeline is that of its times, and ends with an internal note of today on the import."""
    created_at = wish.created_at or now
    ticket = replace(ticket, assignee=assignee, created_at=created_at, modified_at=created_at, public_modified_at=created_at)
    drafts, changed_at = [UnstoredEntry(Note(wish.new.text))] if wish.new.text else [], created_at
    if wish.status is TicketStatus.CLOSED:
        changed_at = wish.closed_at or now
        closing = Changed("status", wish.status, ticket.status.words, wish.status.words)
        drafts += [replace(draft, at=changed_at) for draft in changes([closing])]
    else:
        # Nobody knows when it became that, so its timeline does not tell.
        ticket = replace(ticket, status=wish.status)
    drafts.append(UnstoredEntry(Note(f"Imported. It was {wish.id} before."), internal=True, at=now))
    made = first_commit(ticket, drafts, by, command)
    # The import itself is no change, so lists show the ticket behind those that changed since.
    return replace(made, ticket=replace(made.ticket, modified_at=changed_at, public_modified_at=changed_at))


def time_from(text: str, column: str) -> datetime | None:
    """A time in ISO 8601 with its zone, None for an empty text. Raises InvalidValue."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError(text)
        return whole_ms(at.astimezone(UTC))
    except (ValueError, OverflowError):
        raise InvalidValue(column, "Write a time with its zone, such as 2026-03-02T08:00:00Z.") from None
