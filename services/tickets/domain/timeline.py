"""A ticket's timeline: lines, and the commits that bring them. What a line is made of is never changed afterwards (spec 9.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.tickets.domain.people import Ref
from services.tickets.domain.ticket import Changed, Ticket, apply

CREATED = "created"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a note; size in bytes."""

    id: str
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatReference:
    session_id: str
    title: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class TicketChange:
    """field: created, status, priority, board, assignee or summary."""

    field: str
    before: str
    after: str


Body = Note | ChatReference | TicketChange


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """`revision` is its place in the timeline; an internal line, with all that hangs on it, is never shown to customers (9.4)."""

    id: str
    revision: int
    at: datetime
    by: Ref
    internal: bool
    body: Body


@dataclass(frozen=True, slots=True)
class TimelineDraft:
    """What a decision adds to a timeline. `id` is only given where the line must be found by it."""

    body: Body
    internal: bool = False
    id: str = ""
    changed: Changed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCommand:
    """Who asked for what under which id. `by_id` is "" for the system; `content` tells a repeat from a reuse of the id."""

    id: str
    by_id: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One accepted command: the lines it added and the ticket after it. `session_id` only where a chat's log came with it.

    `traceparent` is the trace in which it was accepted (W3C), so that what follows from it belongs to the same one.
    """

    ticket: Ticket
    entries: tuple[TimelineEntry, ...]
    command: TicketCommand
    session_id: str = ""
    traceparent: str = ""

    @property
    def first_revision(self) -> int:
        return self.entries[0].revision

    @property
    def makes_the_ticket(self) -> bool:
        return self.first_revision == 1

    @property
    def changes_the_ticket(self) -> bool:
        return any(isinstance(entry.body, TicketChange) for entry in self.entries)

    def attachment(self, id: str) -> tuple[TimelineEntry, Attachment] | None:
        for entry in self.entries:
            if isinstance(entry.body, Note):
                for attachment in entry.body.attachments:
                    if attachment.id == id:
                        return entry, attachment
        return None


def first_commit(ticket: Ticket, drafts: Sequence[TimelineDraft], by: Ref, command: TicketCommand, session_id: str = "") -> Commit:
    """The commit that makes a ticket; the draft carries revision 0."""
    created = TimelineDraft(TicketChange(CREATED, "", ticket.summary))
    return commit(ticket, [created, *drafts], by, ticket.created_at, command, session_id)


def commit(ticket: Ticket, drafts: Sequence[TimelineDraft], by: Ref, at: datetime, command: TicketCommand, session_id: str = "") -> Commit:
    """What happened, numbered after the ticket's revision, and the ticket after it. Needs at least one happening."""
    entries = []
    for revision, draft in enumerate(drafts, start=ticket.revision + 1):
        id = draft.id or f"{ticket.id}:{revision:08}"
        entries.append(TimelineEntry(id, revision, at, by, draft.internal, draft.body))
        ticket = apply(ticket, draft.changed) if draft.changed else ticket
    after = replace(ticket, revision=ticket.revision + len(entries), modified_at=max(at, ticket.modified_at))
    if public := [entry.revision for entry in entries if not entry.internal]:
        after = replace(after, public_revision=public[-1], public_modified_at=max(at, ticket.public_modified_at))
    return Commit(ticket=after, entries=tuple(entries), command=command, session_id=session_id)


def changes(found: Sequence[Changed]) -> list[TimelineDraft]:
    return [TimelineDraft(TicketChange(c.field, c.before, c.after), changed=c) for c in found]
