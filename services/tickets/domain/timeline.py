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
class Line:
    """`revision` is its place in the timeline; an internal line, with all that hangs on it, is never shown to customers (9.4)."""

    id: str
    revision: int
    at: datetime
    by: Ref
    internal: bool
    body: Body


@dataclass(frozen=True, slots=True)
class Happening:
    """What a decision adds to a timeline. `id` is only given where the line must be found by it."""

    body: Body
    internal: bool = False
    id: str = ""
    changed: Changed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
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
    lines: tuple[Line, ...]
    command: Command
    session_id: str = ""
    traceparent: str = ""

    @property
    def first_revision(self) -> int:
        return self.lines[0].revision

    @property
    def makes_the_ticket(self) -> bool:
        return self.first_revision == 1

    @property
    def changes_the_ticket(self) -> bool:
        return any(isinstance(line.body, TicketChange) for line in self.lines)

    def attachment(self, id: str) -> tuple[Line, Attachment] | None:
        for line in self.lines:
            if isinstance(line.body, Note):
                for attachment in line.body.attachments:
                    if attachment.id == id:
                        return line, attachment
        return None


def first_commit(draft: Ticket, happenings: Sequence[Happening], by: Ref, command: Command, session_id: str = "") -> Commit:
    """The commit that makes a ticket; the draft carries revision 0."""
    created = Happening(TicketChange(CREATED, "", draft.summary))
    return commit(draft, [created, *happenings], by, draft.created_at, command, session_id)


def commit(ticket: Ticket, happenings: Sequence[Happening], by: Ref, at: datetime, command: Command, session_id: str = "") -> Commit:
    """What happened, numbered after the ticket's revision, and the ticket after it. Needs at least one happening."""
    lines = []
    for revision, happening in enumerate(happenings, start=ticket.revision + 1):
        id = happening.id or f"{ticket.id}:{revision:08}"
        lines.append(Line(id, revision, at, by, happening.internal, happening.body))
        ticket = apply(ticket, happening.changed) if happening.changed else ticket
    after = replace(ticket, revision=ticket.revision + len(lines), modified_at=max(at, ticket.modified_at))
    if public := [line.revision for line in lines if not line.internal]:
        after = replace(after, public_revision=public[-1], public_modified_at=max(at, ticket.public_modified_at))
    return Commit(ticket=after, lines=tuple(lines), command=command, session_id=session_id)


def changes(found: Sequence[Changed]) -> list[Happening]:
    return [Happening(TicketChange(c.field, c.before, c.after), changed=c) for c in found]
