"""The audit log as a file."""

import csv
import io
import json
from typing import Any
from unittest.mock import patch

import pytest

from parley.audit.v1 import audit_pb2 as pb
from servicekit.identity import Caller
from services.tickets.domain.audit import AuditChange
from services.tickets.domain.errors import InvalidValue
from services.tickets.inbound import grpc_audit
from services.tickets.inbound.grpc_audit import COLUMNS, AuditApi
from tests.unit.tickets.desk import HARBOUR, TicketsDesk
from tests.unit.tickets.test_audit import entry

ADMIN = Caller("engineer", "ava", "Ava Chen", HARBOUR, role="admin")


async def file_of(desk: TicketsDesk, format: Any) -> tuple[str, str]:
    """Its name and its text, without the entry of the export."""
    await desk.audit.keep(entry("e1", changes=(AuditChange("role", "engineer", "admin"),), reason='=HYPERLINK("x")\nLeft'))
    with patch.object(grpc_audit, "caller_of", lambda context: ADMIN):
        request = pb.GetAuditLogRequest(format=format, kind=pb.AUDIT_KIND_ACCESS)
        answers = [answer async for answer in AuditApi(desk.audit).GetAuditLog(request, None)]
    return answers[0].file_name, b"".join(answer.data for answer in answers).decode()


async def test_a_csv_file_has_a_heading_and_no_formulas(desk: TicketsDesk) -> None:  # spec 10.5
    name, text = await file_of(desk, pb.AUDIT_FORMAT_CSV)
    heading, row = csv.reader(io.StringIO(text))

    assert name == "audit_log.csv"
    assert heading == list(COLUMNS)
    cells = dict(zip(heading, row, strict=True))
    assert cells | {"id": ""} == {
        "at": "2026-03-02T08:00:00.000Z",
        "kind": "access",
        "action": "changed",
        "by_id": "ava",
        "by_name": "Ava Chen",
        "subject": "person",
        "subject_id": "mia",
        "subject_name": "Mia Torres",
        "changes": "role: engineer -> admin",
        "reason": '\'=HYPERLINK("x")\nLeft',
        "address": "",
        "id": "",
    }


async def test_a_json_lines_file_has_the_fields_of_the_contract(desk: TicketsDesk) -> None:  # spec 10.5
    name, text = await file_of(desk, pb.AUDIT_FORMAT_JSON_LINES)
    (line,) = text.splitlines()

    assert name == "audit_log.jsonl"
    assert json.loads(line)["changes"] == [{"field": "role", "before": "engineer", "after": "admin"}]
    assert json.loads(line)["byName"] == "Ava Chen"


async def test_a_format_that_does_not_exist_is_refused(desk: TicketsDesk) -> None:
    with pytest.raises(InvalidValue) as refused:
        await file_of(desk, 9)
    assert refused.value.field == "format"
    assert [kept.id for kept in desk.audit_store.kept.values()] == ["e1"]
