"""Entries of the audit log (spec 10.5), as every service publishes them.

A service saves an entry's record in the outbox of the document that it changes, in the same write. So an entry exists exactly if the change
does. The owner of the log consumes the topic and keeps each id once. The record comes before the other records of its write, because the
document of a compacted topic keeps its last one.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from parley.audit.v1 import audit_pb2 as pb
from servicekit.kafka_records import Record
from servicekit.kafka_topics import AUDIT
from servicekit.moments import to_proto
from servicekit.tracing import HEADER, current_traceparent

# The bounds of an entry: about 100 kB, a tenth of what a broker accepts.
MAX_CHANGES, MAX_VALUE = 100, 500
CUT = " ..."


def audit_record(entry: pb.AuditEntry) -> Record:
    kind = pb.AuditKind.Name(entry.kind).removeprefix("AUDIT_KIND_").lower()
    people = entry.subject_id if entry.subject == pb.AUDIT_SUBJECT_PERSON else ""
    headers = {"desk": entry.desk_id, "people": people, "kind": kind, HEADER: current_traceparent()}
    return Record(AUDIT.name, entry.desk_id, entry.SerializeToString(), headers)


def settings_record(
    service: str, desk_id: str, version: int, by_id: str, at: datetime, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Record:
    """A new version of a desk's settings in one service."""
    entry = pb.AuditEntry(
        id=f"settings:{service}:{desk_id}:{version}",
        desk_id=desk_id,
        at=to_proto(at),
        kind=pb.AUDIT_KIND_SETTINGS,
        action=pb.AUDIT_ACTION_CHANGED,
        by_id=by_id,
        subject=pb.AUDIT_SUBJECT_SETTINGS,
        subject_id=service,
        changes=changes_between(before, after),
    )
    return audit_record(entry)


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[pb.AuditChange]:
    """The fields that differ, in the order of their names; a missing one is "". More than MAX_CHANGES end with their number."""
    fields = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    changes = [pb.AuditChange(field=name, before=value_text(before.get(name)), after=value_text(after.get(name))) for name in fields]
    if len(changes) > MAX_CHANGES:
        return [*changes[: MAX_CHANGES - 1], pb.AuditChange(field=f"and {len(changes) - MAX_CHANGES + 1} more")]
    return changes


def value_text(value: Any) -> str:
    """The value as text of at most MAX_VALUE characters: text as it is, None as "", everything else as JSON."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - len(CUT)] + CUT
