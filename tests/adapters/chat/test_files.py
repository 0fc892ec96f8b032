"""The file store of chat, in memory and on the chosen store."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from servicekit.errors import Unavailable
from servicekit.files import StoredFile
from servicekit.mongo import Mongo
from services.chat.domain.errors import FileNotFound
from services.chat.domain.files import File, FileUpload
from services.chat.file_ports import Files
from services.chat.outbound.mongo_chat_files import MongoChatFiles
from tests.fakes.chat.files import FakeFiles

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOON = AT + timedelta(seconds=1)


@pytest.fixture(params=["fake", "mongo"])
def files(request: pytest.FixtureRequest) -> Files:
    if request.param == "fake":
        return FakeFiles()
    mongo: Mongo = request.getfixturevalue("mongo")
    return MongoChatFiles(mongo)


def a_file(id: str, by_id: str = "mia", session_id: str = "s1") -> StoredFile:
    return StoredFile(id, "harbour", session_id, by_id)


async def pieces_of(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


async def stored(files: Files, *new: StoredFile, content: bytes = b"smoke") -> None:
    for file in new:
        await files.put(file, pieces_of(content), AT)


async def content_of(files: Files, id: str) -> bytes:
    return b"".join([piece async for piece in files.pieces(id, 256 * 1024)])


def an_upload(file_id: str, command_id: str = "u1", by_id: str = "mia") -> FileUpload:
    file = File(file_id, "a.png", "image/png", 3, "ab")
    return FileUpload(desk_id="harbour", session_id="s1", by_id=by_id, command_id=command_id, arguments="x", stored_at=AT, file=file)


@pytest.mark.parametrize("size", [0, 1, 255 * 1024, 255 * 1024 + 1, 700_000])
async def test_a_file_of_any_size_is_read_as_it_was_written(files: Files, size: int) -> None:  # spec 13.5
    content = bytes(n % 251 for n in range(size))
    await stored(files, a_file("f1"), content=content)
    assert await content_of(files, "f1") == content
    assert await files.stored("f1") == a_file("f1")
    assert await files.stored("f2") is None
    with pytest.raises(FileNotFound):
        await content_of(files, "f2")


async def test_of_several_tries_of_an_upload_one_file_counts(files: Files) -> None:  # spec 3.8
    first, second, other = an_upload("f1"), an_upload("f2"), an_upload("f3", by_id="ava")
    assert [await files.add_upload(upload) for upload in (first, second, other)] == [first, first, other]
    assert await files.uploads_of(["f3", "f2", "f1"]) == [other, first]
    assert await files.upload_of(first.key) == first


async def test_one_command_has_a_file(files: Files) -> None:  # spec 13.5
    await stored(files, a_file("f1"))
    assert await files.claim({"f1": 5}, "m1")
    assert not await files.claim({"f1": 5}, "m2")
    assert await files.claim({"f1": 5}, "m1")
    assert not await files.claim({"missing": 5}, "m1")
    claimed = await files.stored("f1")
    assert claimed is not None and claimed.command_id == "m1"


async def test_a_command_has_all_of_its_files_or_those_that_it_had(files: Files) -> None:  # spec 13.5
    await stored(files, a_file("f1"), a_file("f2"), a_file("f3"))
    assert await files.claim({"f1": 5}, "m1")
    for sizes in ({"f2": 7, "f1": 5}, {"f2": 7, "missing": 9}):
        assert not await files.claim(sizes, "m2")
    assert await files.claim({"f2": 7, "f1": 5}, "m1")
    assert await files.claimed("harbour", "s1", []) == (2, 12)


async def test_of_commands_that_claim_at_the_same_moment_one_has_a_file(mongo: Mongo) -> None:  # spec 13.5
    files = MongoChatFiles(mongo)
    await stored(files, a_file("f1"))
    commands = ["m1", "m2", "m3", "m4"]
    won = await asyncio.gather(*[files.claim({"f1": 5}, command) for command in commands])
    claimed = await files.stored("f1")
    assert claimed and [command for command, has in zip(commands, won, strict=True) if has] == [claimed.command_id]


async def test_the_files_of_a_session_that_commands_have_are_counted(files: Files) -> None:  # spec 13.5
    await stored(files, a_file("f1"), a_file("f2", "ava"), a_file("f3"), a_file("f4", session_id="s2"))
    for id, size in (("f1", 5), ("f2", 7), ("f4", 9)):
        await files.claim({id: size}, f"m{id}")
    assert await files.claimed("harbour", "s1", ["f3"]) == (2, 12)
    assert await files.claimed("harbour", "s1", ["f2"]) == (1, 5)
    assert await files.claimed("harbour", "s3", []) == await files.claimed("other", "s1", []) == (0, 0)
    assert sorted(await files.sent_by("harbour", "s1", "mia")) == ["f1", "f3"]
    assert await files.sent_by("other", "s1", "mia") == []


async def test_files_are_unnamed_until_they_are_marked_or_removed(files: Files) -> None:  # spec 13.5
    old, named, other = a_file("old"), a_file("named"), a_file("other")
    await stored(files, old, named, other)
    await files.put(a_file("fresh"), pieces_of(b""), AT + timedelta(hours=1))
    await files.add_upload(an_upload("named"))
    for id in ("named", "other"):
        await files.mark_named(id)
    await files.mark_unnamed("other")

    assert sorted(file.id for file in await files.unnamed(SOON, 10)) == ["old", "other"]
    assert await files.uploads_of(["named"]) == [] and await content_of(files, "named") == b"smoke"
    for id in ("old", "old", "other"):
        await files.remove(id)
    assert await files.unnamed(SOON, 10) == []
    assert [file.id for file in await files.unnamed(AT + timedelta(hours=2), 10)] == ["fresh"]


async def test_an_incomplete_file_is_swept(files: Files) -> None:  # spec 13.5
    async def breaks_off() -> AsyncIterator[bytes]:
        yield b"x" * 600_000
        raise Unavailable("the sender crashed")

    with pytest.raises(Unavailable):
        await files.put(a_file("half"), breaks_off(), AT)
    assert await files.unnamed(SOON, 10) == [a_file("half")]
    await files.remove("half")
    assert await files.unnamed(SOON, 10) == []
    with pytest.raises(FileNotFound):
        await content_of(files, "half")


async def test_content_is_removed_before_the_file(files: Files) -> None:  # spec 10.6
    await stored(files, a_file("f1"))
    await files.add_upload(an_upload("f1"))
    await files.remove_content("f1")
    with pytest.raises(FileNotFound):
        await content_of(files, "f1")
    assert await files.uploads_of(["f1"]) == [] and await files.unnamed(SOON, 10) == [a_file("f1")]
    await files.remove("f1")
    assert await files.stored("f1") is None


async def test_what_an_upload_writes_after_its_content_was_removed_is_removed_with_the_file(mongo: Mongo) -> None:  # spec 10.6
    files = MongoChatFiles(mongo)

    async def content() -> AsyncIterator[bytes]:
        yield b"x" * 600_000
        await files.remove_content("f1")
        yield b"y" * 600_000

    await files.put(a_file("f1"), content(), AT)
    await files.remove("f1")
    left = [await mongo.database[f"attachments.{part}"].find({}).to_list(None) for part in ("chunks", "files")]
    assert left == [[], []]
