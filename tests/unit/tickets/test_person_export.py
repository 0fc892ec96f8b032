"""The export of a person's data: who may, what is in it, and that it never has what others wrote."""

import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any
from zipfile import ZipFile

import pytest

from servicekit.errors import Unavailable
from services.tickets.domain.audit import AuditAction, AuditSubject
from services.tickets.domain.directory import Person
from services.tickets.domain.errors import NotAllowed, PersonErased, PersonNotFound
from services.tickets.domain.people import Access, Actor
from services.tickets.domain.person_export import profile
from services.tickets.handlers.person_export import PersonExport
from services.tickets.ports import Record
from tests.unit.tickets.desk import AVA, BO, EVE, HARBOUR, LEO, MIA, SERVICE, TicketsDesk


class Others:
    """The other services: each returns one record that names what was asked. `files`: of the person's message in their chat."""

    def __init__(self, files: list[Record]) -> None:
        self.files = files

    async def sessions(self, desk_id: str, person_id: str, *, customer: bool) -> AsyncIterator[Record]:
        sent = {"messagePosted": {"text": "", "files": self.files}}
        yield {"sessionId": "s1", "chat": [desk_id, person_id, customer], "entries": [{"revision": 2, "events": [sent, {"typed": {}}]}]}

    async def canned_replies(self, desk_id: str, person_id: str) -> AsyncIterator[Record]:
        yield {"replies of": [desk_id, person_id]}

    async def presence(self, desk_id: str, person_id: str) -> AsyncIterator[Record]:
        yield {"presence": [desk_id, person_id]}

    async def notifications(self, desk_id: str, person_id: str) -> AsyncIterator[Record]:
        records = list[Record]()
        for record in records:
            yield record


def exporting(desk: TicketsDesk, chat_files: Sequence[Record] = ()) -> PersonExport:
    stores = (desk.directory_store, desk.log, desk.listed, desk.files, desk.audit_store)
    return PersonExport(*stores, Others(list(chat_files)), desk.chat_client, desk.audit.keep, desk.clock)


async def exported(desk: TicketsDesk, by: Actor, person_id: str, chat_files: Sequence[Record] = ()) -> dict[str, Any]:
    """Name of each file -> its JSON, or its bytes."""
    pieces = [piece async for piece in exporting(desk, chat_files).pieces(by, person_id)]
    with ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    return {name: json.loads(content) if name.endswith(".json") else content for name, content in found.items()}


@pytest.mark.parametrize(
    ("by", "person_id", "refused"),
    [
        (BO, "mia", NotAllowed),
        (MIA, "mia", NotAllowed),
        (replace(EVE, role=AVA.role), "mia", PersonNotFound),
        (AVA, "nobody", PersonNotFound),
    ],
)
async def test_only_admins_of_the_desk_and_services_may_export(  # spec 10.2
    desk: TicketsDesk, by: Actor, person_id: str, refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        await exported(desk, by, person_id)
    assert desk.audit_store.kept == {}


async def test_nothing_is_exported_of_an_erased_person(desk: TicketsDesk) -> None:  # spec 10.6
    await desk.erasures.begin(AVA, "mia")
    with pytest.raises(PersonErased) as refused:
        await exported(desk, AVA, "mia")
    assert refused.value.field == "person_id"


async def test_a_customer_gets_what_they_wrote_and_nothing_of_others(desk: TicketsDesk) -> None:  # spec 10.6
    ticket = await desk.create(MIA, "Printer on fire", text="It smokes.")
    await desk.note(AVA, ticket, "She calls every day.", internal=True)
    await desk.note(AVA, ticket, "We are on it.")
    file = await desk.upload(MIA, ticket, b"a photo" * 1000, name="photo.txt")
    await desk.note(MIA, ticket, "", files=[file.id])
    other = await desk.create(LEO, "VPN drops")
    await desk.note(AVA, other, "Like Mia Torres has.")

    found = await exported(desk, AVA, "mia")

    assert found["profile.json"]["name"] == "Mia Torres" and found["sign_ins.json"] == []
    assert "canned_replies.json" not in found
    (shown,) = found["tickets.json"]
    assert (shown["number"], shown["summary"]) == (1, "Printer on fire")
    assert [entry["note"] for entry in shown["entries"] if "note" in entry] == ["It smokes.", ""]
    assert found[f"attachments/1/{file.id}/photo.txt"] == b"a photo" * 1000
    assert ([each["chat"] for each in found["chats.json"]], found["notifications.json"]) == ([[HARBOUR, "mia", True]], [])
    assert not [word for word in ("every day", "on it", "VPN", "Leo") if word in repr(found)]


async def test_an_engineer_gets_their_notes_and_not_the_summaries_of_customers(desk: TicketsDesk) -> None:  # spec 10.6
    ticket = await desk.create(MIA, "Printer on fire")
    await desk.note(BO, ticket, "Rang her.", internal=True)

    found = await exported(desk, SERVICE, "bo")

    (shown,) = found["tickets.json"]
    assert [entry["note"] for entry in shown["entries"]] == ["Rang her."] and "summary" not in shown
    assert [each["chat"] for each in found["chats.json"]] == [[HARBOUR, "bo", False]]
    assert found["profile.json"]["role"] == "engineer" and found["canned_replies.json"] == [{"replies of": [HARBOUR, "bo"]}]


async def test_a_chat_that_refuses_the_canned_replies_refuses_the_export_before_it_begins(desk: TicketsDesk) -> None:  # spec 10.6
    class Old(Others):
        async def canned_replies(self, desk_id: str, person_id: str) -> AsyncIterator[Record]:
            raise Unavailable("An old chat.")
            yield {}

    stores = (desk.directory_store, desk.log, desk.listed, desk.files, desk.audit_store)
    pieces = PersonExport(*stores, Old([]), desk.chat_client, desk.audit.keep, desk.clock).pieces(SERVICE, "bo")
    with pytest.raises(Unavailable):
        await anext(pieces)
    assert desk.audit_store.kept == {}


async def test_the_files_that_the_person_sent_in_chats_are_in_it_with_their_contents(desk: TicketsDesk) -> None:  # spec 10.6, 13.5
    desk.ended_chat(None)
    sent, gone = desk.chat_file("smoke.png", b"x" * 2_500), desk.chat_file("gone.png")
    of_others = desk.chat_file("router.png")
    del desk.chat_client.contents[gone]

    found = await exported(desk, AVA, "mia", [{"id": sent, "name": "smoke.png"}, {"id": gone, "name": "gone.png"}])

    assert found[f"chat_files/s1/{sent}/smoke.png"] == b"x" * 2_500
    # An erasure removed it while the export ran.
    assert found[f"chat_files/s1/{gone}/gone.png"] == b""
    assert not [name for name in found if of_others in name]


async def test_the_profile_has_time_zone_and_access(desk: TicketsDesk) -> None:  # spec 10.6
    bo = await desk.directory_store.get(Person, "bo")
    assert bo is not None
    limited = replace(bo, time_zone="Europe/Oslo", access=Access(frozenset({"globex", "acme"}), None))

    shown = json.loads(json.dumps(profile(limited)))

    assert shown["timeZone"] == "Europe/Oslo" and shown["access"] == {"companies": ["acme", "globex"], "boards": None}
    assert "access" not in (await exported(desk, AVA, "mia"))["profile.json"]


async def test_an_export_is_an_entry_of_the_audit_log(desk: TicketsDesk) -> None:  # spec 10.5
    await exported(desk, AVA, "mia")

    (entry,) = desk.audit_store.kept.values()
    assert (entry.action, entry.by_id) == (AuditAction.EXPORTED, "ava")
    assert (entry.subject, entry.subject_id) == (AuditSubject.PERSON, "mia")


async def test_the_pieces_of_a_large_file_are_small(desk: TicketsDesk) -> None:  # spec 9.3, 10.6
    ticket = await desk.create(MIA, "Photos")
    file = await desk.upload(MIA, ticket, bytes(range(256)) * 4000, name="large.bin")
    await desk.note(MIA, ticket, "", files=[file.id])

    pieces = [len(piece) async for piece in exporting(desk).pieces(AVA, "mia")]

    assert max(pieces) <= 256 * 1024
