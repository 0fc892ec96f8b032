"""Entries of the audit log as protos, for RPCs and for the topic parley.audit.v1 (audit.proto)."""

from datetime import datetime

from parley.audit.v1 import audit_pb2 as pb
from servicekit.audit import audit_record
from servicekit.kafka_records import Record
from servicekit.moments import from_proto, to_proto
from servicekit.protos import numbers_of
from services.tickets.domain.audit import AuditAction, AuditChange, AuditEntry, AuditKind, AuditSubject
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.sign_in import SignIn

KINDS = numbers_of(AuditKind, pb.AuditKind)
ACTIONS = numbers_of(AuditAction, pb.AuditAction)
SUBJECTS = numbers_of(AuditSubject, pb.AuditSubject)
_KIND_OF = {value: kind for kind, value in KINDS.items()}
_ACTION_OF = {value: action for action, value in ACTIONS.items()}
_SUBJECT_OF = {value: subject for subject, value in SUBJECTS.items()}


def kind_from(value: pb.AuditKind.ValueType) -> AuditKind | None:
    """The kind by which a list is filtered; None = all. Raises InvalidValue."""
    if value not in _KIND_OF:
        raise InvalidValue("kind", "There is no such kind.")
    return _KIND_OF[value] or None


def audit_entry_to_proto(entry: AuditEntry, by_name: str = "", subject_name: str = "") -> pb.AuditEntry:
    return pb.AuditEntry(
        id=entry.id,
        desk_id=entry.desk_id,
        at=to_proto(entry.at),
        kind=KINDS[entry.kind],
        action=ACTIONS[entry.action],
        by_id=entry.by_id,
        by_name=by_name,
        subject=SUBJECTS[entry.subject],
        subject_id=entry.subject_id,
        subject_name=subject_name,
        changes=[pb.AuditChange(field=change.field, before=change.before, after=change.after) for change in entry.changes],
        reason=entry.reason,
        address=entry.address,
    )


def audit_entry_from(entry: pb.AuditEntry) -> AuditEntry:
    return AuditEntry(
        id=entry.id,
        desk_id=entry.desk_id,
        at=from_proto(entry.at),
        kind=_KIND_OF.get(entry.kind, AuditKind.NONE),
        action=_ACTION_OF.get(entry.action, AuditAction.NONE),
        by_id=entry.by_id,
        subject=_SUBJECT_OF.get(entry.subject, AuditSubject.NONE),
        subject_id=entry.subject_id,
        changes=tuple(AuditChange(change.field, change.before, change.after) for change in entry.changes),
        reason=entry.reason,
        address=entry.address,
    )


def signed_in_record(sign_in: SignIn) -> Record:
    return _sign_in_record(sign_in, AuditAction.SIGNED_IN, sign_in.created_at, sign_in.person_id, sign_in.address)


def signed_out_record(sign_in: SignIn, at: datetime, by: str) -> Record:
    return _sign_in_record(sign_in, AuditAction.SIGNED_OUT, at, by)


def _sign_in_record(sign_in: SignIn, action: AuditAction, at: datetime, by: str, address: str = "") -> Record:
    entry = AuditEntry(
        id=f"sign_in:{sign_in.id}:{action}",
        desk_id=sign_in.desk_id,
        at=at,
        kind=AuditKind.SIGN_IN,
        action=action,
        by_id=by,
        subject=AuditSubject.PERSON,
        subject_id=sign_in.person_id,
        address=address,
    )
    return audit_record(audit_entry_to_proto(entry))
