"""Tickets, entries and commits as documents (servicekit/documents.py)."""

from typing import Any

from cattrs import override

from servicekit.documents import DocumentConverter
from servicekit.mongo import Document
from services.tickets.domain.people import Ref
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.timeline import Attachment, Body, ChatReference, Commit, Note, TicketChange, TicketCommand, TimelineEntry

_converter = DocumentConverter()


def _flatten(kind: type, *refs: str) -> None:
    """Stores these fields of `kind` as <field>_id and <field>_name, both "" for None."""
    to_document, from_document = _converter.get_unstructure_hook(kind), _converter.get_structure_hook(kind)

    def flat(value: Any) -> Document:
        document: Document = to_document(value)
        for field in refs:
            ref = document.pop(field) or {"id": "", "name": ""}
            document[f"{field}_id"], document[f"{field}_name"] = ref["id"], ref["name"]
        return document

    def nested(found: Document, kind: type) -> Any:
        return from_document(found | {field: {"id": found[f"{field}_id"], "name": found[f"{field}_name"]} for field in refs}, kind)

    _converter.register_unstructure_hook(kind, flat)
    _converter.register_structure_hook(kind, nested)


_assignee = override(struct_hook=lambda found, _: Ref(**found) if found["id"] else None)
_converter.rename(Ticket, created_at="created_ms", modified_at="modified_ms", public_modified_at="public_modified_ms", assignee=_assignee)
_flatten(Ticket, "board", "customer", "company", "assignee")
_converter.rename(ChatReference, ended_at="ended_ms")
_converter.rename(Attachment, chat_file_id=override(omit_if_default=True), chat_sender_id=override(omit_if_default=True))
_converter.rename(Note)
_converter.tag(Body, "kind", {Note: "note", ChatReference: "chat", TicketChange: "change"})
_converter.rename(TimelineEntry, at="at_ms")
_flatten(TimelineEntry, "by")


# By hand: a commit's document has fields of its ticket and command at the top, for the indexes, and computed ones.
def commit_to_document(commit: Commit) -> Document:
    return {
        "_id": commit.id,
        "desk_id": commit.ticket.desk_id,
        "ticket_id": commit.ticket.id,
        "revision": commit.ticket.revision,
        "by_id": commit.command.by_id,
        "command_id": commit.command.id,
        "command": commit.command.content,
        "session_id": commit.session_id,
        "traceparent": commit.traceparent,
        "public": any(not entry.internal for entry in commit.entries),
        "attachments": [file.id for _, file in commit.attachments],
        "lines": [_entry_to_document(entry) for entry in commit.entries],
        "ticket": ticket_to_document(commit.ticket),
        "unsaid": True,
        **({"replaced": commit.replaced} if commit.replaced else {}),
    }


def commit_from_document(found: Document) -> Commit:
    return Commit(
        ticket=ticket_from_document(found["ticket"]),
        entries=tuple(_entry_from_document(line) for line in found["lines"]),
        command=TicketCommand(id=found["command_id"], by_id=found["by_id"], content=found["command"]),
        session_id=found["session_id"],
        traceparent=found["traceparent"],
        replaced=found.get("replaced", 0),
    )


def ticket_to_document(ticket: Ticket) -> Document:
    return _converter.unstructure(ticket)  # type: ignore[no-any-return]


def ticket_from_document(found: Document) -> Ticket:
    # Documents of earlier versions do not have the public fields.
    public: dict[str, Any] = {"public_revision": found["revision"], "public_modified_ms": found["modified_ms"]}
    return _converter.structure({**public, **found}, Ticket)


def _entry_from_document(found: Document) -> TimelineEntry:
    # Documents of earlier versions do not have a chat's customer.
    body = {"customer_id": "", **found}
    return _converter.structure({**found, "body": body}, TimelineEntry)


def _entry_to_document(entry: TimelineEntry) -> Document:
    """One document with the fields of the entry and of its body."""
    document: Document = _converter.unstructure(entry)
    body: Document = document.pop("body")
    return document | body
