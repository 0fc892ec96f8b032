"""The file store of tickets, in memory and on the chosen store."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from servicekit.errors import Unavailable
from servicekit.files import StoredFile
from services.tickets.domain.errors import AttachmentNotFound
from services.tickets.domain.timeline import Attachment, TicketCommand
from services.tickets.domain.uploads import Upload
from tests.adapters.tickets.conftest import Ports
from tests.unit.tickets.desk import AT, HARBOUR


async def pieces_of(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


async def test_a_file_is_read_in_pieces(ports: Ports) -> None:
    content = bytes(range(256)) * 3000
    await ports.files.put(StoredFile("f1", HARBOUR, "t1"), pieces_of(content), AT)

    pieces = [piece async for piece in ports.files.pieces("f1", 256 * 1024)]

    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 256 * 1024 and len(pieces) == 3
    with pytest.raises(AttachmentNotFound):
        await anext(ports.files.pieces("f2", 10))


async def test_an_incomplete_file_is_swept(ports: Ports) -> None:
    async def breaks_off() -> AsyncIterator[bytes]:
        yield b"x" * 600_000
        raise Unavailable("the sender crashed")

    half = StoredFile("half", HARBOUR, "t1")
    with pytest.raises(Unavailable):
        await ports.files.put(half, breaks_off(), AT)

    assert await ports.files.unnamed(AT + timedelta(seconds=1), 10) == [half]
    await ports.files.remove("half")
    assert await ports.files.unnamed(AT + timedelta(seconds=1), 10) == []
    with pytest.raises(AttachmentNotFound):
        await anext(ports.files.pieces("half", 10))


async def test_files_are_unnamed_until_they_are_marked_or_removed(ports: Ports) -> None:
    old, fresh, named = (StoredFile(id, HARBOUR, "t1") for id in ("old", "fresh", "named"))
    await ports.files.put(old, pieces_of(b"1"), AT)
    await ports.files.put(named, pieces_of(b"2"), AT)
    await ports.files.put(fresh, pieces_of(b""), AT + timedelta(hours=1))
    await ports.files.mark_named("named")
    await ports.files.mark_named("old")
    await ports.files.mark_unnamed("old")

    assert await ports.files.unnamed(AT + timedelta(seconds=1), 10) == [old]
    await ports.files.remove("old")
    await ports.files.remove("old")
    assert await ports.files.unnamed(AT + timedelta(seconds=1), 10) == []
    assert await ports.files.unnamed(AT + timedelta(hours=2), 10) == [fresh]


def an_upload(file_id: str, command_id: str = "u1", by_id: str = "mia") -> Upload:
    command = TicketCommand(id=command_id, by_id=by_id, content="x")
    return Upload(desk_id=HARBOUR, ticket_id="t1", command=command, stored_at=AT, attachment=Attachment(file_id, "a.png", "image/png", 3))


async def test_of_several_tries_of_an_upload_one_file_counts(ports: Ports) -> None:  # spec 3.8
    first, second, other = an_upload("f1"), an_upload("f2"), an_upload("f3", by_id="ava")

    assert await ports.files.add_upload(first) == first
    assert await ports.files.add_upload(second) == first
    assert await ports.files.add_upload(other) == other

    assert [await ports.files.upload(id) for id in ("f1", "f2", "f3")] == [first, None, other]
    assert await ports.files.upload_of(first.key) == first


async def test_a_named_or_removed_file_has_no_upload(ports: Ports) -> None:
    for id, command in (("f1", "u1"), ("f2", "u2")):
        await ports.files.put(StoredFile(id, HARBOUR, "t1"), pieces_of(b"abc"), AT)
        await ports.files.add_upload(an_upload(id, command))

    await ports.files.mark_named("f1")
    await ports.files.remove("f2")

    assert [await ports.files.upload(id) for id in ("f1", "f2")] == [None, None]
    assert b"".join([piece async for piece in ports.files.pieces("f1", 10)]) == b"abc"


@pytest.mark.parametrize("size", [0, 1, 255 * 1024, 255 * 1024 + 1, 2 * 255 * 1024])
async def test_a_file_of_any_size_is_read_as_it_was_written(ports: Ports, size: int) -> None:
    content = bytes(n % 251 for n in range(size))
    await ports.files.put(StoredFile("f1", HARBOUR, "t1"), pieces_of(content), AT)
    assert b"".join([piece async for piece in ports.files.pieces("f1", 256 * 1024)]) == content
