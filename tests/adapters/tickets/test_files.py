"""The file store of tickets, in memory and on the chosen store."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from servicekit.errors import Unavailable
from services.tickets.domain.errors import AttachmentNotFound
from services.tickets.ports import StoredFile
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

    assert await ports.files.unnamed(AT + timedelta(seconds=1), 10) == [old]
    await ports.files.remove("old")
    await ports.files.remove("old")
    assert await ports.files.unnamed(AT + timedelta(seconds=1), 10) == []
    assert await ports.files.unnamed(AT + timedelta(hours=2), 10) == [fresh]
