"""Files that people send in a chat: who may, what a message has of them, and who gets them (spec 13.5)."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from servicekit.errors import Unavailable
from servicekit.faults import Faults
from servicekit.files import MB, NAMED_WITHIN
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import BadArgument, ChatError, CommandIdReused, FileNotFound, NotAllowed, SessionNotFound, StepNotAllowed
from services.chat.domain.events import MessagePosted
from services.chat.domain.files import MAX_FILES, File, FileUpload
from services.chat.domain.people import Viewer
from tests.fakes.chat.desk import AVA, BO, DESK, LEO, MIA, MOST, SAM, SERVICE, ZOE, Desk
from tests.fakes.waiting import until

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 50


async def content_of(desk: Desk, by: Viewer, session_id: str, file_id: str, desk_id: str = "") -> bytes:
    files = desk.chats.message_files
    found = await files.find(by, session_id, file_id, desk_id)
    return b"".join([piece async for piece in files.content(found)])


def sent(desk: Desk, session_id: str) -> list[tuple[str, tuple[File, ...]]]:
    events = [event for entry in desk.entries(session_id) for event in entry.events if isinstance(event, MessagePosted)]
    return [(event.text, event.files) for event in events if event.files]


async def test_a_message_has_the_files_that_it_names_in_their_order(desk: Desk) -> None:  # spec 13.5
    session = await desk.handled()
    first = await desk.upload(MIA, session.id, PNG, name="../screen.png")
    second = await desk.upload(MIA, session.id, b"log", name="app.log")
    await desk.send(MIA, session.id, second, first, text="Two files")

    assert sent(desk, session.id) == [("Two files", (second, first))]
    assert (first.name, first.content_type, first.size) == ("screen.png", "image/png", len(PNG))
    assert first.sha256 == hashlib.sha256(PNG).hexdigest()
    for reader, desk_id in ((MIA, ""), (AVA, ""), (SAM, ""), (SERVICE, DESK)):
        assert await content_of(desk, reader, session.id, first.id, desk_id) == PNG


async def test_a_message_may_have_a_file_alone_but_not_nothing(desk: Desk) -> None:  # spec 13.5
    session = await desk.handled()
    file = await desk.upload(AVA, session.id)
    await desk.send(AVA, session.id, file)
    assert sent(desk, session.id) == [("", (file,))]
    with pytest.raises(BadArgument) as refused:
        await desk.send(AVA, session.id)
    assert refused.value.field == "text"


async def test_a_smaller_limit_of_the_desk_counts_and_a_repeat_is_not_refused(desk: Desk) -> None:  # spec 9.3, 13.5
    session = await desk.handled()
    larger = b"x" * (MB + 1)
    first = await desk.upload(MIA, session.id, larger, command_id="first")
    desk.directory.file_mb = 1

    with pytest.raises(BadArgument) as refused:
        await desk.upload(MIA, session.id, larger)
    assert (refused.value.code, refused.value.field, refused.value.details) == ("too_large", "size", {"most": str(MB)})
    assert await desk.upload(MIA, session.id, larger, command_id="first") == first
    desk.directory.file_mb = 30
    assert desk.chats.message_files.most_of(DESK) == MOST


async def test_before_the_directory_is_loaded_pages_get_the_limit_of_the_service_and_no_file_is_stored(desk: Desk) -> None:
    # spec 9.3, 13.5
    session = await desk.handled()
    desk.directory.file_mb, desk.directory.loaded = 1, False

    assert desk.chats.message_files.most_for_page(DESK) == MOST
    with pytest.raises(Unavailable):
        await desk.upload(MIA, session.id)
    desk.directory.loaded = True
    assert desk.chats.message_files.most_for_page(DESK) == MB


async def test_a_file_is_hidden_until_a_message_names_it(desk: Desk) -> None:  # spec 13.5
    session = await desk.handled()
    file = await desk.upload(MIA, session.id)
    for by in (MIA, AVA):
        with pytest.raises(FileNotFound):
            await desk.chats.message_files.find(by, session.id, file.id)


@pytest.mark.parametrize("by", [LEO, ZOE])
async def test_a_file_of_a_hidden_chat_is_the_same_as_a_missing_one(desk: Desk, by: Viewer) -> None:  # spec 10.2, 13.5
    session, own = await desk.handled(), await desk.handled(ZOE)
    file = await desk.upload(MIA, session.id)
    await desk.send(MIA, session.id, file)

    answers = []
    for session_id, file_id in ((session.id, file.id), (session.id, "none"), ("none", file.id), (own.id, file.id)):
        with pytest.raises(FileNotFound) as missing:
            await desk.chats.message_files.find(by, session_id, file_id)
        answers.append((str(missing.value), missing.value.code, missing.value.field))
    assert len(set(answers)) == 1
    with pytest.raises(SessionNotFound):
        await desk.upload(by, session.id)


async def test_only_people_who_may_write_upload(desk: Desk) -> None:  # spec 13.5
    session = await desk.handled(engineer=BO)
    with pytest.raises(NotAllowed):
        await desk.upload(SAM, session.id)
    with pytest.raises(NotAllowed):
        await desk.upload(replace(SERVICE, desk_id=DESK), session.id)
    await desk.chats.ending.complete(BO, session.id, desk.id(), NoTicket())
    with pytest.raises(StepNotAllowed):
        await desk.upload(MIA, session.id)
    assert desk.files.kept == {}


async def test_a_file_is_sent_by_its_uploader_in_its_chat_and_once(desk: Desk) -> None:  # spec 10.2, 13.5
    session, other = await desk.handled(), await desk.handled(ZOE)
    file = await desk.upload(AVA, session.id)
    for by, on in ((MIA, session), (AVA, other)):
        with pytest.raises(FileNotFound) as refused:
            await desk.send(by, on.id, file)
        assert refused.value.field == "file_ids"
    await desk.send(AVA, session.id, file)
    with pytest.raises(FileNotFound):
        await desk.send(AVA, session.id, file)
    assert [files for _, files in sent(desk, session.id)] == [(file,)] and sent(desk, other.id) == []


async def test_two_messages_at_the_same_moment_cannot_have_one_file(desk: Desk) -> None:  # spec 13.5
    session = await desk.handled()
    file = await desk.upload(MIA, session.id)
    other = desk.replica()
    assert isinstance(await desk.chats.message_files.claim(MIA, session.id, "m1", [file.id]), tuple)
    assert isinstance(await other.message_files.claim(MIA, session.id, "m2", [file.id]), FileNotFound)
    assert await other.message_files.claim(MIA, session.id, "m1", [file.id]) == (file,)


async def test_a_repeated_upload_and_a_repeated_message_are_one(desk: Desk) -> None:  # spec 3.8, 13.5
    session = await desk.handled()
    file = await desk.upload(MIA, session.id, command_id="u1")
    assert await desk.upload(MIA, session.id, command_id="u1") == file
    assert len(desk.files.kept) == 1
    revision = await desk.send(MIA, session.id, file, command_id="m1")
    await until(lambda: desk.files.uploads == {})
    for chats in (desk.chats, desk.replica()):
        assert (await chats.conversation.post_message(MIA, session.id, "m1", "", file_ids=[file.id])).revision == revision
    with pytest.raises(CommandIdReused):
        await desk.send(MIA, session.id, file, command_id="m1", text="Other")
    await desk.upload(AVA, session.id, command_id="u2")
    with pytest.raises(CommandIdReused):
        await desk.upload(AVA, session.id, command_id="u2", name="other.txt")
    assert sent(desk, session.id) == [("", (file,))]


async def test_a_try_that_ended_before_the_message_was_written_is_repeated(desk: Desk) -> None:  # spec 3.8, 13.5
    session = await desk.handled()
    file = await desk.upload(MIA, session.id)
    desk.log.fails = [RuntimeError("the store is away")]
    with pytest.raises(RuntimeError):
        await desk.send(MIA, session.id, file, command_id="m1")
    await desk.send(MIA, session.id, file, command_id="m1")
    assert sent(desk, session.id) == [("", (file,))]


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"content": b"x" * (MOST + 1)}, "size", "too_large"),
        ({"content": b"abc", "size": 2}, "size", "wrong_size"),
        ({"content": b"abc", "size": 4}, "data", "wrong_size"),
        ({"name": ""}, "name", "bad_argument"),
        ({"name": "x" * 1_001}, "name", "bad_argument"),
        ({"command_id": "x" * 65}, "command_id", "bad_argument"),
    ],
)
async def test_an_invalid_upload_is_refused_by_its_field(desk: Desk, wrong: dict[str, object], field: str, code: str) -> None:  # spec 13.5
    session = await desk.handled()
    with pytest.raises(BadArgument) as refused:
        await desk.upload(MIA, session.id, **wrong)  # type: ignore[arg-type]
    assert (refused.value.field, refused.value.code) == (field, code)
    assert desk.files.uploads == {}


@pytest.mark.parametrize("ids", [["a", "a"], [f"a{n}" for n in range(MAX_FILES + 1)], ["x" * 65], [""]])
async def test_a_message_with_invalid_ids_of_files_is_refused(desk: Desk, ids: list[str]) -> None:  # spec 13.5
    session = await desk.handled()
    with pytest.raises(BadArgument) as refused:
        await desk.chats.conversation.post_message(MIA, session.id, "m1", "Text", file_ids=ids)
    assert refused.value.field == "file_ids"


async def test_an_internal_note_has_no_files(desk: Desk) -> None:  # spec 13.3, 13.5
    session = await desk.handled()
    file = await desk.upload(AVA, session.id)
    with pytest.raises(BadArgument) as refused:
        await desk.chats.conversation.post_message(AVA, session.id, "n1", "", "A note", file_ids=[file.id])
    assert (refused.value.field, refused.value.code) == ("file_ids", "note_without_files")


async def test_an_upload_may_be_sent_for_45_minutes(desk: Desk) -> None:  # spec 13.5
    session = await desk.handled()
    file, late = await desk.upload(MIA, session.id), await desk.upload(MIA, session.id)
    desk.clock.set_forward(NAMED_WITHIN.total_seconds() - 1)
    await desk.send(MIA, session.id, file)
    desk.clock.set_forward(1)
    with pytest.raises(FileNotFound):
        await desk.send(MIA, session.id, late)


async def test_a_chat_has_at_most_100_files_and_256_mb(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 13.5
    session = await desk.handled()
    for _ in range(10):
        await desk.send(MIA, session.id, *[await desk.upload(MIA, session.id) for _ in range(10)])
    more = await desk.upload(AVA, session.id)
    with pytest.raises(ChatError) as refused:
        await desk.send(AVA, session.id, more)
    assert (refused.value.kind, refused.value.code, refused.value.field) == ("failed_precondition", "too_many_files", "file_ids")

    other = await desk.handled(ZOE)
    monkeypatch.setattr("services.chat.domain.files.MAX_SESSION_BYTES", 10)
    first, second = await desk.upload(ZOE, other.id, b"12345678"), await desk.upload(ZOE, other.id, b"123")
    await desk.send(ZOE, other.id, first)
    with pytest.raises(ChatError) as refused:
        await desk.send(ZOE, other.id, second)
    assert refused.value.code == "too_many_files"


async def test_messages_behind_one_with_files_wait_for_it(desk: Desk) -> None:  # spec 3.8, 13.5
    session = await desk.handled()
    file = await desk.upload(MIA, session.id)
    revisions: list[int] = []
    for text, ids in (("First", [file.id]), ("Second", [])):
        desk.chats.conversation.submit_post(
            MIA, session.id, text, text, lambda outcome, _: revisions.append(outcome.revision if outcome else 0), file_ids=ids
        )
    await until(lambda: len(revisions) == 2)
    assert revisions == [3, 4]
    await until(lambda: file.id in desk.files.named)


async def test_a_store_that_fails_ends_only_the_message_whose_file_was_looked_up(desk: Desk) -> None:  # spec 10.2, 13.5
    session = await desk.handled()
    file = await desk.upload(MIA, session.id)

    async def fails(file_ids: Sequence[str]) -> list[FileUpload]:
        raise Unavailable("The store does not answer.")

    uploads_of, desk.files.uploads_of = desk.files.uploads_of, fails  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await desk.send(MIA, session.id, file, command_id="m1")
    # Nothing is looked up for a person who may not see the chat.
    with pytest.raises(SessionNotFound):
        await desk.send(LEO, session.id, file)
    await desk.chats.conversation.post_message(MIA, session.id, "m2", "Still here")
    desk.files.uploads_of = uploads_of  # type: ignore[method-assign]
    await desk.send(MIA, session.id, file, command_id="m1")
    assert sent(desk, session.id) == [("", (file,))]


class Breaks(Faults):
    async def reached(self, point: str) -> None:
        if point == "upload_stored":
            raise RuntimeError("crashed")


async def test_an_upload_that_a_crash_ended_is_repeated(desk: Desk) -> None:  # spec 13.5
    session = await desk.handled()
    broken = desk.replica(Breaks())

    async def pieces() -> AsyncIterator[bytes]:
        yield b"smoke"

    with pytest.raises(RuntimeError):
        await broken.message_files.store(MIA, session.id, "u1", "smoke.txt", 5, pieces())
    file = await desk.upload(MIA, session.id, command_id="u1")
    await desk.send(MIA, session.id, file)
    assert await content_of(desk, AVA, session.id, file.id) == b"smoke"
