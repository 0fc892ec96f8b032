"""The audit log: what is kept of a change, and who may read it (spec 10.5)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from parley.audit.v1 import audit_pb2 as pb
from parley.chat.v1 import chat_pb2 as chat
from servicekit.audit import audit_record
from servicekit.kafka_records import Received
from servicekit.moments import to_proto
from services.tickets.audit_contract import audit_entry_from, audit_entry_to_proto, kind_from, signed_in_record, signed_out_record
from services.tickets.domain.audit import AuditAction, AuditChange, AuditEntry, AuditKind, AuditQuery, AuditSubject, moment_from_text
from services.tickets.domain.directory import Company
from services.tickets.domain.errors import InvalidValue, NotAllowed
from services.tickets.domain.people import Access, Actor, Role
from services.tickets.domain.sign_in import SignIn
from services.tickets.handlers.audit import AuditSweep
from services.tickets.inbound import audit_events
from tests.unit.tickets.desk import AT, AVA, BO, EVE, HARBOUR, MIA, SERVICE, TicketsDesk, customer, engineer

EVERYTHING = AuditQuery(desk_id=HARBOUR)


def entry(id: str, seconds: int = 0, **different: object) -> AuditEntry:
    fields: dict[str, object] = {
        "desk_id": HARBOUR,
        "at": AT + timedelta(seconds=seconds),
        "kind": AuditKind.ACCESS,
        "action": AuditAction.CHANGED,
        "by_id": "ava",
        "subject": AuditSubject.PERSON,
        "subject_id": "mia",
    }
    return AuditEntry(id=id, **{**fields, **different})  # type: ignore[arg-type]


def changes(desk: TicketsDesk) -> list[tuple[str, str, str]]:
    return [(change.field, change.before, change.after) for change in desk.directory_store.audited[-1].changes]


async def test_a_change_of_permissions_is_recorded_with_both_values(desk: TicketsDesk) -> None:  # spec 10.5
    bo = engineer("bo", "Bo Lindqvist", Access(frozenset({"acme"}), None))
    await desk.directory.upsert(AVA, replace(bo, role=Role.SUPERVISOR, access=Access(None, frozenset({"projects"})), disabled=True))

    audited = desk.directory_store.audited[-1]
    assert (audited.id, audited.by_id, audited.subject_id, audited.at) == ("person:bo:2", "ava", "bo", desk.clock.now())
    assert changes(desk) == [
        ("role", "engineer", "supervisor"),
        ("disabled", "no", "yes"),
        ("companies", "acme", "all"),
        ("boards", "all", "projects"),
    ]


async def test_names_and_addresses_of_people_are_not_recorded(desk: TicketsDesk) -> None:  # spec 10.5, 10.6
    mia = replace(customer("mia", "Mia Berg", "globex"), email="mia@globex.example", phone="+442079460101", time_zone="Europe/Berlin")
    await desk.directory.upsert(AVA, mia)

    assert changes(desk) == [
        ("name", "", ""),
        ("email", "", ""),
        ("phone", "", ""),
        ("company_id", "acme", "globex"),
        ("time_zone", "", ""),
    ]


async def test_unchanged_content_is_not_audited(desk: TicketsDesk) -> None:  # spec 10.5
    await desk.directory.upsert(AVA, Company("new", HARBOUR, "New", "projects"))
    await desk.directory.upsert(AVA, Company("new", HARBOUR, "New", "projects"))

    assert [audited.action for audited in desk.directory_store.audited] == [AuditAction.CREATED]


async def test_an_entry_is_kept_once(desk: TicketsDesk) -> None:  # spec 10.5
    record = audit_record(audit_entry_to_proto(entry("e1")))
    for offset in range(2):
        await audit_events.audit_record(desk.audit, Received(record.topic, 0, offset, record.key, record.value, dict(record.headers)))

    assert desk.audit_store.kept == {"e1": entry("e1")}


async def test_a_changed_closing_note_is_kept_without_its_text(desk: TicketsDesk) -> None:  # spec 4.12, 10.5
    noted = chat.SessionEvent(close_noted=chat.CloseNoted(note="Called Mia at home"))
    changed = chat.SessionEntry(session_id="s1", revision=7, by=chat.Person(id="ava"), at=to_proto(AT), events=[noted])
    value = chat.SessionChanged(entry=changed).SerializeToString()
    for kind in ("close_noted", "close_noted", "status_changed"):
        headers = {"kind": kind, "desk": HARBOUR}
        await audit_events.chat_record(desk.audit, Received("parley.chat.v1", 0, 0, "s1", value, headers))

    (kept,) = desk.audit_store.kept.values()
    assert (kept.kind, kept.by_id, kept.subject_id, kept.at) == (AuditKind.CLOSE_NOTE, "ava", "s1", AT)
    assert "Called" not in str(kept)


def test_a_sign_in_and_its_end_are_entries_of_the_person() -> None:  # spec 10.5
    sign_in = SignIn(
        id="i1", secret_hash="h", desk_id=HARBOUR, person_id="mia", method="trial", address="192.0.2.1", created_at=AT, expires_at=AT
    )
    records = [signed_in_record(sign_in), signed_out_record(sign_in, AT, "ava")]
    found = [audit_entry_from(pb.AuditEntry.FromString(record.value)) for record in records]

    assert [(one.action, one.by_id, one.subject_id, one.address) for one in found] == [
        (AuditAction.SIGNED_IN, "mia", "mia", "192.0.2.1"),
        (AuditAction.SIGNED_OUT, "ava", "mia", ""),
    ]
    assert len({one.id for one in found}) == 2


@pytest.mark.parametrize(
    "by",
    [BO, MIA, SERVICE, replace(AVA, role=Role.SUPERVISOR), replace(AVA, access=Access(frozenset({"acme"}), None))],
    ids=["engineer", "customer", "no desk", "supervisor", "limited admin"],
)
async def test_only_admins_of_the_whole_desk_read_it(desk: TicketsDesk, by: Actor) -> None:  # spec 10.2, 10.5
    with pytest.raises(NotAllowed):
        await desk.audit.page(by, EVERYTHING, 0, "")
    with pytest.raises(NotAllowed):
        await anext(desk.audit.export(by, EVERYTHING, "csv"))
    assert desk.audit_store.kept == {}


async def test_names_are_those_that_the_directory_of_the_desk_has_today(desk: TicketsDesk) -> None:  # spec 10.2, 10.6
    await desk.audit.keep(entry("e1"))
    await desk.audit.keep(entry("e2", 1, subject_id="gone", by_id="crm"))
    await desk.audit.keep(entry("e3", 2, by_id="eve"))

    named, _ = await desk.audit.page(AVA, EVERYTHING, 0, "")

    assert [(one.by_name, one.subject_name) for one in named] == [("", "Mia Torres"), ("", ""), ("Ava Chen", "Mia Torres")]


async def test_pages_are_newest_first_and_continue_where_they_ended(desk: TicketsDesk) -> None:  # spec 10.5
    for number in range(5):
        await desk.audit.keep(entry(f"e{number}", number // 2))
    found, token = list[str](), ""
    while True:
        page, token = await desk.audit.page(AVA, EVERYTHING, 2, token)
        found += [one.entry.id for one in page]
        if not token:
            break

    assert found == ["e4", "e3", "e2", "e1", "e0"]


@pytest.mark.parametrize("token", ["x", "1", "-1:e1", "1:", "1" * 16 + ":e"])
async def test_a_token_that_no_page_returned_is_refused(desk: TicketsDesk, token: str) -> None:  # spec 11.1
    with pytest.raises(InvalidValue) as refused:
        await desk.audit.page(AVA, EVERYTHING, 0, token)
    assert refused.value.field == "page_token"


@pytest.mark.parametrize("text", ["yesterday", "2026-03-02", "2026-03-02T09:00:00", "9" * 40])
def test_a_moment_without_a_time_or_zone_is_refused(text: str) -> None:  # spec 10.5
    with pytest.raises(InvalidValue) as refused:
        moment_from_text(text, "since")
    assert refused.value.field == "since"
    assert moment_from_text("2026-03-02T08:00:00Z", "since") == AT
    assert moment_from_text("", "since") is None


def test_a_kind_of_a_newer_client_is_refused_and_one_of_a_newer_service_is_kept() -> None:
    with pytest.raises(InvalidValue):
        kind_from(99)  # type: ignore[arg-type]
    newer = pb.AuditEntry(id="e1", kind=99, action=99, subject=99, at=to_proto(AT))  # type: ignore[arg-type]
    assert audit_entry_from(newer).kind is AuditKind.NONE


async def test_an_export_is_an_entry_itself_and_has_all_the_others(desk: TicketsDesk) -> None:  # spec 10.5
    for number in range(3):
        await desk.audit.keep(entry(f"e{number}", number))
    await desk.audit.keep(entry("other", desk_id="elsewhere"))

    found = [one.entry async for part in desk.audit.export(AVA, replace(EVERYTHING, person_id="ava"), "csv") for one in part]

    assert [one.id for one in found[1:]] == ["e2", "e1", "e0"]
    assert (found[0].kind, found[0].by_id) == (AuditKind.EXPORT, "ava")
    assert found[0].changes == (AuditChange("format", after="csv"), AuditChange("person_id", after="ava"))
    assert EVE.id not in str(found)


async def test_old_entries_are_removed_and_the_others_stay(desk: TicketsDesk) -> None:  # spec 10.5
    await desk.audit.keep(entry("old"))
    await desk.audit.keep(entry("new", 86_400))
    sweep = AuditSweep(desk.audit_store, desk.clock, desk.metrics, timedelta(days=400))
    await desk.clock.advance((AT + timedelta(days=400, seconds=1) - desk.clock.now()).total_seconds())

    await sweep.once()

    assert list(desk.audit_store.kept) == ["new"]
