"""AuditService: translation only."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.json_format import MessageToJson

from parley.audit.v1 import audit_pb2 as pb
from parley.audit.v1.audit_pb2_grpc import AuditServiceServicer
from servicekit.grpc_server import caller_of
from servicekit.moments import from_proto, to_json
from services.tickets.audit_contract import audit_entry_to_proto, kind_from
from services.tickets.domain.audit import AuditQuery, moment_from_text
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.limits import filter_from
from services.tickets.domain.people import Actor
from services.tickets.handlers.access import actor_from
from services.tickets.handlers.audit import AuditHandlers, NamedEntry

NAME = pb.DESCRIPTOR.services_by_name["AuditService"].full_name
READ = "audit:read"
SCOPES = {"ListAuditEntries": READ, "GetAuditLog": READ}
FORMATS: dict[int, str] = {pb.AUDIT_FORMAT_UNSPECIFIED: "csv", pb.AUDIT_FORMAT_CSV: "csv", pb.AUDIT_FORMAT_JSON_LINES: "jsonl"}
COLUMNS = ("at", "kind", "action", "by_id", "by_name", "subject", "subject_id", "subject_name", "changes", "reason", "address", "id")
# A spreadsheet would run a cell that begins with one of these as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AuditApi(AuditServiceServicer):
    def __init__(self, audit: AuditHandlers) -> None:
        self._audit = audit

    async def ListAuditEntries(self, request: pb.ListAuditEntriesRequest, context: Any) -> pb.ListAuditEntriesResponse:
        by = actor_from(caller_of(context))
        found, token = await self._audit.page(by, _query(by, request), request.page_size, request.page_token)
        return pb.ListAuditEntriesResponse(entries=map(_to_proto, found), next_page_token=token)

    async def GetAuditLog(self, request: pb.GetAuditLogRequest, context: Any) -> AsyncIterator[pb.GetAuditLogResponse]:
        by = actor_from(caller_of(context))
        if request.format not in FORMATS:
            raise InvalidValue("format", "There is no such format.")
        ending = FORMATS[request.format]
        parts = self._audit.export(by, _query(by, request), ending)
        # The first part is read before anything is sent, so that a refusal is the answer.
        first = await anext(parts, list[NamedEntry]())
        head = _csv_line(COLUMNS) if ending == "csv" else ""
        yield pb.GetAuditLogResponse(data=(head + _text(first, ending)).encode(), file_name=f"audit_log.{ending}")
        async for part in parts:
            yield pb.GetAuditLogResponse(data=_text(part, ending).encode())


def _query(by: Actor, request: pb.ListAuditEntriesRequest | pb.GetAuditLogRequest) -> AuditQuery:
    return AuditQuery(
        desk_id=by.desk_id,
        kind=kind_from(request.kind),
        person_id=filter_from(request.person_id, "person_id"),
        since=moment_from_text(request.since, "since"),
        until=moment_from_text(request.until, "until"),
    )


def _to_proto(named: NamedEntry) -> pb.AuditEntry:
    return audit_entry_to_proto(named.entry, named.by_name, named.subject_name)


def _text(entries: list[NamedEntry], ending: str) -> str:
    protos = map(_to_proto, entries)
    if ending == "csv":
        return "".join(_csv_line(_cells(entry)) for entry in protos)
    return "".join(MessageToJson(entry, indent=None, ensure_ascii=False) + "\n" for entry in protos)


def _cells(entry: pb.AuditEntry) -> list[str]:
    changes = "; ".join(f"{change.field}: {change.before} -> {change.after}" for change in entry.changes)
    return [
        to_json(from_proto(entry.at)),
        pb.AuditKind.Name(entry.kind).removeprefix("AUDIT_KIND_").lower(),
        pb.AuditAction.Name(entry.action).removeprefix("AUDIT_ACTION_").lower(),
        entry.by_id,
        entry.by_name,
        pb.AuditSubject.Name(entry.subject).removeprefix("AUDIT_SUBJECT_").lower(),
        entry.subject_id,
        entry.subject_name,
        changes,
        entry.reason,
        entry.address,
        entry.id,
    ]


def _csv_line(cells: list[str] | tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells)
    return line.getvalue()
