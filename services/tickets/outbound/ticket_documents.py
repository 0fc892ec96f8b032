"""Tickets, entries and commits as documents. Moments are whole milliseconds, because one store turns an updated date into text."""

from typing import Any

from servicekit.moments import from_ms, from_ms_or_none, to_ms, to_ms_or_none
from services.tickets.domain.people import Ref
from services.tickets.domain.ticket import Priority, Source, Ticket, TicketStatus
from services.tickets.domain.timeline import Attachment, Body, ChatReference, Commit, Note, TicketChange, TicketCommand, TimelineEntry

Document = dict[str, Any]


def commit_id(ticket_id: str, first_revision: int) -> str:
    """Unique per revision, so that of two commits on the same revision one insert fails."""
    return f"{ticket_id}:{first_revision:08}"


def commit_to_document(commit: Commit) -> Document:
    attachments = [a.id for entry in commit.entries if isinstance(entry.body, Note) for a in entry.body.attachments]
    return {
        "_id": commit_id(commit.ticket.id, commit.first_revision),
        "desk_id": commit.ticket.desk_id,
        "ticket_id": commit.ticket.id,
        "revision": commit.ticket.revision,
        "by_id": commit.command.by_id,
        "command_id": commit.command.id,
        "command": commit.command.content,
        "session_id": commit.session_id,
        "traceparent": commit.traceparent,
        "public": any(not entry.internal for entry in commit.entries),
        "attachments": attachments,
        "lines": [_entry_to_document(entry) for entry in commit.entries],
        "ticket": ticket_to_document(commit.ticket),
        "unsaid": True,
    }


def commit_from_document(found: Document) -> Commit:
    return Commit(
        ticket=ticket_from_document(found["ticket"]),
        entries=tuple(_entry_from_document(entry) for entry in found["lines"]),
        command=TicketCommand(id=found["command_id"], by_id=found["by_id"], content=found["command"]),
        session_id=found["session_id"],
        traceparent=found["traceparent"],
    )


def ticket_to_document(ticket: Ticket) -> Document:
    return {
        "id": ticket.id,
        "desk_id": ticket.desk_id,
        "number": ticket.number,
        "revision": ticket.revision,
        "summary": ticket.summary,
        "status": ticket.status.value,
        "priority": int(ticket.priority),
        "board_id": ticket.board.id,
        "board_name": ticket.board.name,
        "customer_id": ticket.customer.id,
        "customer_name": ticket.customer.name,
        "company_id": ticket.company.id,
        "company_name": ticket.company.name,
        "assignee_id": ticket.assignee.id if ticket.assignee else "",
        "assignee_name": ticket.assignee.name if ticket.assignee else "",
        "source": ticket.source.value,
        "created_ms": to_ms(ticket.created_at),
        "modified_ms": to_ms(ticket.modified_at),
        "public_revision": ticket.public_revision,
        "public_modified_ms": to_ms(ticket.public_modified_at),
    }


def ticket_from_document(found: Document) -> Ticket:
    return Ticket(
        id=found["id"],
        desk_id=found["desk_id"],
        number=int(found["number"]),
        revision=int(found["revision"]),
        summary=found["summary"],
        status=TicketStatus(found["status"]),
        priority=Priority(int(found["priority"])),
        board=Ref(found["board_id"], found["board_name"]),
        customer=Ref(found["customer_id"], found["customer_name"]),
        company=Ref(found["company_id"], found["company_name"]),
        assignee=Ref(found["assignee_id"], found["assignee_name"]) if found["assignee_id"] else None,
        source=Source(found["source"]),
        created_at=from_ms(int(found["created_ms"])),
        modified_at=from_ms(int(found["modified_ms"])),
        # Documents of earlier versions do not have them.
        public_revision=int(found["public_revision"] if "public_revision" in found else found["revision"]),
        public_modified_at=from_ms(int(found["public_modified_ms"] if "public_modified_ms" in found else found["modified_ms"])),
    )


def _entry_to_document(entry: TimelineEntry) -> Document:
    common = {
        "id": entry.id,
        "revision": entry.revision,
        "at_ms": to_ms(entry.at),
        "by_id": entry.by.id,
        "by_name": entry.by.name,
        "internal": entry.internal,
    }
    match entry.body:
        case Note(text, attachments):
            files = [{"id": a.id, "name": a.name, "content_type": a.content_type, "size": a.size} for a in attachments]
            return {**common, "kind": "note", "text": text, "attachments": files}
        case ChatReference(session_id, title, ended_at):
            return {
                **common,
                "kind": "chat",
                "session_id": session_id,
                "title": title,
                "ended_ms": to_ms_or_none(ended_at),
            }
        case TicketChange(field, before, after):
            return {**common, "kind": "change", "field": field, "before": before, "after": after}


def _entry_from_document(found: Document) -> TimelineEntry:
    by = Ref(found["by_id"], found["by_name"])
    return TimelineEntry(
        found["id"], int(found["revision"]), from_ms(int(found["at_ms"])), by, bool(found["internal"]), _body_from_document(found)
    )


def _body_from_document(found: Document) -> Body:
    match found["kind"]:
        case "note":
            files = (Attachment(f["id"], f["name"], f["content_type"], int(f["size"])) for f in found["attachments"])
            return Note(found["text"], tuple(files))
        case "chat":
            return ChatReference(found["session_id"], found["title"], from_ms_or_none(found["ended_ms"]))
        case _:
            return TicketChange(found["field"], found["before"], found["after"])
