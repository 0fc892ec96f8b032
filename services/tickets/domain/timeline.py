"""A ticket's timeline: its entries, and the commits that add them. An entry never changes (spec 9.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.tickets.domain.people import Ref
from services.tickets.domain.ticket import Changed, Ticket, apply

CREATED = "created"
# A customer must not learn for whom, or for which company, a ticket was before.
INTERNAL_CHANGES = frozenset({"customer", "company"})
# Bytes of an attachment's id, type and size.
DESCRIPTION = 150


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a note; size in bytes. `chat_file_id`: chat's id of the file of which this is a copy (spec 13.5); "" for all others.
    `chat_sender_id`: who sent that file; "" also for copies of earlier versions."""

    id: str
    name: str
    content_type: str
    size: int
    chat_file_id: str = ""
    chat_sender_id: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    attachments: tuple[Attachment, ...] = ()

    @property
    def bytes(self) -> int:
        """The size of its text and of what describes its files, about as a message has them."""
        return len(self.text.encode()) + sum(len(file.name.encode()) + DESCRIPTION for file in self.attachments)


@dataclass(frozen=True, slots=True)
class ChatReference:
    """A chat on the ticket. `customer_id`: the customer of that chat, who need not be the ticket's; "" in entries of earlier versions."""

    session_id: str
    title: str
    ended_at: datetime | None
    customer_id: str


@dataclass(frozen=True, slots=True)
class TicketChange:
    """field: created, status, priority, board, customer, company, assignee or summary.

    `before_id`: the id of the former board, customer, company or assignee; "" for other fields and in entries of earlier versions.
    """

    field: str
    before: str
    after: str
    before_id: str = ""


Body = Note | ChatReference | TicketChange


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """`revision` is its number in the timeline. An internal entry and its attachments are hidden from customers (spec 9.4)."""

    id: str
    revision: int
    at: datetime
    by: Ref
    internal: bool
    body: Body


@dataclass(frozen=True, slots=True)
class UnstoredEntry:
    """An entry to add. `id` is set when the entry must be found by it; else it derives from ticket and revision. `at` is set when it has
    another time than its commit."""

    body: Body
    internal: bool = False
    id: str = ""
    changed: Changed | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCommand:
    """The caller's id for a command. `by_id` is "" for the system. `content` distinguishes a repeat from a reused id."""

    id: str
    by_id: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One accepted command: the entries it added and the ticket after it. `session_id` is set when it attached a chat's log.

    `traceparent` is the trace in which it was accepted (W3C); its events continue that trace. `replaced`: how often erasing people has
    replaced it.
    """

    ticket: Ticket
    entries: tuple[TimelineEntry, ...]
    command: TicketCommand
    session_id: str = ""
    traceparent: str = ""
    replaced: int = 0

    @property
    def id(self) -> str:
        """Unique per revision, so that of two commits on the same revision one insert fails."""
        return f"{self.ticket.id}:{self.first_revision:08}"

    @property
    def first_revision(self) -> int:
        return self.entries[0].revision

    @property
    def makes_the_ticket(self) -> bool:
        return self.first_revision == 1

    @property
    def changes_the_ticket(self) -> bool:
        return any(isinstance(entry.body, TicketChange) for entry in self.entries)

    def former_id(self, field: str) -> str:
        """The board, customer or company that the ticket had before, if this commit changed it; else ""."""
        found = (entry.body.before_id for entry in self.entries if isinstance(entry.body, TicketChange) and entry.body.field == field)
        return next(found, "")

    @property
    def attachments(self) -> list[tuple[TimelineEntry, Attachment]]:
        """The files of its notes, each with its entry."""
        return [(entry, file) for entry in self.entries if isinstance(entry.body, Note) for file in entry.body.attachments]

    def attachment(self, id: str) -> tuple[TimelineEntry, Attachment] | None:
        return next(((entry, file) for entry, file in self.attachments if file.id == id), None)


def first_commit(ticket: Ticket, drafts: Sequence[UnstoredEntry], by: Ref, command: TicketCommand, session_id: str = "") -> Commit:
    """The commit that makes a ticket, which has revision 0 before it."""
    created = UnstoredEntry(TicketChange(CREATED, "", ticket.summary))
    return next_commit(ticket, [created, *drafts], by, ticket.created_at, command, session_id)


def next_commit(
    ticket: Ticket, drafts: Sequence[UnstoredEntry], by: Ref, at: datetime, command: TicketCommand, session_id: str = ""
) -> Commit:
    """The entries, numbered after the ticket's revision, and the ticket after them. Needs at least one draft."""
    entries = []
    for revision, draft in enumerate(drafts, start=ticket.revision + 1):
        id = draft.id or f"{ticket.id}:{revision:08}"
        entries.append(TimelineEntry(id, revision, draft.at or at, by, draft.internal, draft.body))
        ticket = apply(ticket, draft.changed) if draft.changed else ticket
    after = replace(ticket, revision=ticket.revision + len(entries), modified_at=max(at, ticket.modified_at))
    if public := [entry.revision for entry in entries if not entry.internal]:
        after = replace(after, public_revision=public[-1], public_modified_at=max(at, ticket.public_modified_at))
    return Commit(ticket=after, entries=tuple(entries), command=command, session_id=session_id)


def changes(found: Sequence[Changed]) -> list[UnstoredEntry]:
    """Entries for changed fields."""
    return [
        UnstoredEntry(TicketChange(c.field, c.before, c.after, c.before_id), internal=c.field in INTERNAL_CHANGES, changed=c) for c in found
    ]
