"""Files that people attach to tickets: who may, what is stored, and what becomes of those that no note names."""

from datetime import timedelta

import pytest

from servicekit.file_sweep import UNNAMED_FOR
from servicekit.files import NAMED_WITHIN, safe_name
from services.tickets.domain.errors import (
    AttachmentNotFound,
    CommandIdReused,
    InvalidValue,
    NotAllowed,
    TicketNotFound,
    TicketsError,
    UploadNotFound,
)
from services.tickets.domain.people import Actor
from services.tickets.domain.timeline import Note
from tests.unit.tickets.desk import AVA, EVE, LEO, MIA, MOST, PIA, SERVICE, TicketsDesk

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 50


async def test_a_note_has_the_files_that_it_names_in_their_order(desk: TicketsDesk) -> None:  # spec 9.2, 9.3
    ticket = await desk.create(MIA)
    first, second = await desk.upload(MIA, ticket, PNG, name="screen.png"), await desk.upload(MIA, ticket, b"log", name="app.log")

    entry = await desk.note(MIA, ticket, "Two files.", files=[second.id, first.id])

    assert isinstance(entry.body, Note) and entry.body.attachments == (second, first)
    assert (first.name, first.content_type, first.size) == ("screen.png", "image/png", len(PNG))
    found = await desk.reads.attachment(AVA, ticket.id, first.id)
    assert b"".join([piece async for piece in desk.reads.content(found)]) == PNG


async def test_a_note_may_have_a_file_alone_but_not_nothing(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA)
    file = await desk.upload(MIA, ticket)
    assert (await desk.note(MIA, ticket, "", files=[file.id])).body == Note("", (file,))
    with pytest.raises(InvalidValue) as refused:
        await desk.note(MIA, ticket, "")
    assert refused.value.field == "text"


async def test_an_uploaded_file_is_invisible_until_a_note_names_it(desk: TicketsDesk) -> None:  # spec 9.3
    ticket = await desk.create(MIA)
    file = await desk.upload(MIA, ticket)
    for by in (MIA, AVA):
        with pytest.raises(AttachmentNotFound):
            await desk.reads.attachment(by, ticket.id, file.id)
    assert len(await desk.timeline(AVA, ticket)) == 1


async def test_a_file_of_an_internal_note_is_hidden_from_customers(desk: TicketsDesk) -> None:  # spec 9.3, 9.4
    ticket = await desk.create(MIA)
    file = await desk.upload(AVA, ticket)
    await desk.note(AVA, ticket, "", internal=True, files=[file.id])

    assert (await desk.reads.attachment(AVA, ticket.id, file.id)) == file
    with pytest.raises(AttachmentNotFound):
        await desk.reads.attachment(MIA, ticket.id, file.id)
    assert [entry for entry in await desk.timeline(MIA, ticket) if isinstance(entry.body, Note)] == []
    assert (await desk.reads.get(MIA, ticket.id)).revision == ticket.revision


async def test_a_file_is_named_by_its_uploader_on_its_ticket_and_once(desk: TicketsDesk) -> None:  # spec 10.2
    ticket, other = await desk.create(MIA), await desk.create(MIA)
    file = await desk.upload(AVA, ticket)
    refused = [(MIA, ticket, file.id), (AVA, other, file.id), (AVA, ticket, "nothing")]
    await desk.note(AVA, ticket, internal=True, files=[file.id])
    # Else a second, public note would show it.
    for by, on, id in [*refused, (AVA, ticket, file.id)]:
        with pytest.raises(UploadNotFound):
            await desk.note(by, on, files=[id])


@pytest.mark.parametrize("by", [LEO, PIA, EVE])
async def test_nobody_uploads_to_a_hidden_ticket(desk: TicketsDesk, by: Actor) -> None:  # spec 10.2
    ticket = await desk.create(MIA)
    with pytest.raises(TicketNotFound):
        await desk.upload(by, ticket)
    assert desk.files.kept == {}


async def test_a_service_uploads_on_behalf_of_a_person_only(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA)
    with pytest.raises(NotAllowed):
        await desk.upload(SERVICE, ticket)


async def test_a_repeated_upload_is_one_file(desk: TicketsDesk) -> None:  # spec 3.8
    ticket = await desk.create(MIA)
    first = await desk.upload(MIA, ticket, command_id="u1")
    assert await desk.upload(MIA, ticket, command_id="u1") == first
    assert len(desk.files.kept) == 1
    with pytest.raises(CommandIdReused):
        await desk.upload(MIA, ticket, command_id="u1", name="other.txt")
    assert (await desk.upload(AVA, ticket, command_id="u1")).id != first.id


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"content": b"x" * (MOST + 1)}, "size", "too_large"),
        ({"content": b"abc", "size": 2}, "size", "wrong_size"),
        ({"content": b"abc", "size": 4}, "data", "wrong_size"),
        ({"name": ""}, "name", "invalid_value"),
        ({"name": "x" * 1_001}, "name", "invalid_value"),
        ({"command_id": "x" * 65}, "command_id", "invalid_value"),
    ],
)
async def test_an_invalid_upload_is_refused_by_its_field(desk: TicketsDesk, wrong: dict[str, object], field: str, code: str) -> None:
    ticket = await desk.create(MIA)
    with pytest.raises(InvalidValue) as refused:
        await desk.upload(MIA, ticket, **wrong)  # type: ignore[arg-type]
    assert (refused.value.field, refused.value.code) == (field, code)
    assert desk.files.uploads == {}


@pytest.mark.parametrize("ids", [["a", "a"], [f"a{n}" for n in range(21)], ["x" * 65], ["a/b"]])
async def test_a_note_with_invalid_ids_of_files_is_refused(desk: TicketsDesk, ids: list[str]) -> None:
    ticket = await desk.create(MIA)
    with pytest.raises(TicketsError) as refused:
        await desk.note(MIA, ticket, files=ids)
    assert refused.value.field == "attachment_ids"


async def test_unnamed_and_broken_uploads_are_swept_and_named_ones_stay(desk: TicketsDesk) -> None:  # spec 9.3
    ticket = await desk.create(MIA)
    named, unnamed = await desk.upload(MIA, ticket), await desk.upload(MIA, ticket)
    with pytest.raises(InvalidValue):
        await desk.upload(MIA, ticket, b"half", size=100)
    await desk.note(MIA, ticket, files=[named.id])
    desk.files.named.clear()  # as after a crash between the commit and the mark

    desk.clock.set_forward(NAMED_WITHIN.total_seconds())
    with pytest.raises(UploadNotFound):
        await desk.note(MIA, ticket, files=[unnamed.id])
    desk.clock.set_forward((UNNAMED_FOR - NAMED_WITHIN + timedelta(seconds=1)).total_seconds())
    await desk.sweep.once()

    assert desk.files.kept.keys() == {named.id} and desk.files.uploads == {}
    assert timedelta(minutes=10) <= UNNAMED_FOR - NAMED_WITHIN


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("請求書.pdf", "請求書.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\mia\\a.txt", "a.txt"),
        ("a\r\nSet-Cookie: x", "a Set-Cookie_ x"),
        ('a"<b>`|?*.html', "a__b_____.html"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\u200bb.txt", "a_b.txt"),
        (".htaccess", "htaccess"),
        ("a. . .", "a"),
        ("CON.txt", "_CON.txt"),
        ("..", "file"),
        (" \u2800 ", "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("a." + "x" * 300, "a." + "x" * 198),
    ],
)
def test_a_file_name_is_made_safe(name: str, safe: str) -> None:  # spec 9.3
    assert safe_name(name) == safe
