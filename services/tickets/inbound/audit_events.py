"""What tickets consumes for the audit log: parley.audit.v1, and of parley.chat.v1 the changed closing notes (spec 4.12, 10.5)."""

from parley.audit.v1 import audit_pb2
from parley.chat.v1 import chat_pb2
from servicekit.kafka_records import Received
from servicekit.moments import from_proto
from services.tickets.audit_contract import audit_entry_from
from services.tickets.domain.audit import AuditAction, AuditEntry, AuditKind, AuditSubject
from services.tickets.handlers.audit import AuditHandlers

# The entry's first event. When a session is closed with a note, its first event is the change of status.
NOTE_CHANGED = "close_noted"


async def audit_record(audit: AuditHandlers, received: Received) -> None:
    await audit.keep(audit_entry_from(audit_pb2.AuditEntry.FromString(received.value)))


async def chat_record(audit: AuditHandlers, received: Received) -> None:
    """The note's text stays in the session's log."""
    if received.headers.get("kind") != NOTE_CHANGED:
        return
    entry = chat_pb2.SessionChanged.FromString(received.value).entry
    await audit.keep(
        AuditEntry(
            id=f"close_note:{entry.session_id}:{entry.revision}",
            desk_id=received.headers.get("desk", ""),
            at=from_proto(entry.at),
            kind=AuditKind.CLOSE_NOTE,
            action=AuditAction.CHANGED,
            by_id=entry.by.id,
            subject=AuditSubject.SESSION,
            subject_id=entry.session_id,
        )
    )
