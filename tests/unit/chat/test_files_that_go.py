"""Files of chats that are removed: those that no message names, and those of a person who is erased (spec 13.5, 10.6)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from servicekit.erasing import ErasureTask, Step
from servicekit.file_sweep import UNNAMED_FOR
from servicekit.files import NAMED_WITHIN, UPLOAD_SECONDS
from services.chat.domain.chain import verify
from services.chat.domain.errors import BadArgument, FileNotFound
from services.chat.domain.events import MessagePosted
from services.chat.domain.files import File
from services.chat.handlers.erasure_sessions import LIVE
from tests.fakes.chat.desk import AVA, DESK, MIA, Desk
from tests.fakes.waiting import until

OF_MIA = ErasureTask("mia", DESK, True, ("Mia Torres", "mia@acme.example"))


def files_of(desk: Desk, session_id: str) -> list[File]:
    events = [event for entry in desk.entries(session_id) for event in entry.events if isinstance(event, MessagePosted)]
    return [file for event in events for file in event.files]


async def swept(desk: Desk) -> set[str]:
    """The ids of the files that are left when the sweep has run."""
    desk.clock.set_forward((UNNAMED_FOR + timedelta(seconds=1)).total_seconds())
    await desk.chats.message_files.sweep.once()
    return set(desk.files.kept)


async def test_unnamed_and_broken_uploads_are_swept_and_named_ones_stay(desk: Desk) -> None:  # spec 13.5
    session = await desk.handled()
    marked, named = await desk.upload(MIA, session.id), await desk.upload(AVA, session.id)
    refused = await desk.upload(MIA, session.id)
    with pytest.raises(BadArgument):
        await desk.upload(MIA, session.id, b"half", size=100)
    await desk.send(MIA, session.id, marked)
    await until(lambda: desk.files.named == {marked.id})
    await desk.send(AVA, session.id, named)
    await until(lambda: named.id in desk.files.named)
    desk.files.named.discard(named.id)  # as after a crash between the commit and the mark
    await desk.chats.message_files.claim(MIA, session.id, "m1", [refused.id])  # as after a crash before the commit

    assert await swept(desk) == {marked.id, named.id}
    assert desk.files.named == {marked.id, named.id} and desk.files.uploads == {}
    assert timedelta(minutes=10) <= UNNAMED_FOR - NAMED_WITHIN and timedelta(seconds=UPLOAD_SECONDS) < NAMED_WITHIN


async def test_the_files_of_an_erased_person_go_and_the_log_can_still_be_proved(desk: Desk) -> None:  # spec 8.4, 10.6, 13.5
    session = await desk.handled()
    own, unsent = await desk.upload(MIA, session.id), await desk.upload(MIA, session.id)
    of_ava = await desk.upload(AVA, session.id, b"Form", name="For Mia Torres.txt")
    await desk.send(MIA, session.id, own, text="My face")
    await desk.send(AVA, session.id, of_ava)
    revisions = len(desk.entries(session.id))

    await desk.chats.person_erasing.erase(OF_MIA)

    assert [file.name for file in files_of(desk, session.id)] == ["For Erased person.txt"]
    assert verify(desk.entries(session.id)) == len(desk.entries(session.id)) == revisions + 1
    assert own.sha256 not in repr(desk.entries(session.id)) and desk.files.uploads.keys() <= {of_ava.id}
    for file in (own, unsent):
        with pytest.raises(FileNotFound):
            await desk.chats.message_files.find(AVA, session.id, file.id)
        assert desk.files.kept[file.id][1] == b""
    assert (await desk.chats.message_files.find(AVA, session.id, of_ava.id)).name == "For Erased person.txt"
    assert await swept(desk) == {of_ava.id}
    assert await desk.chats.person_erasing.erase(OF_MIA) == Step(0, LIVE)


async def test_what_is_uploaded_while_its_sender_is_erased_goes_too(desk: Desk) -> None:  # spec 10.6, 13.5
    session = await desk.handled()
    begun, erased = asyncio.Event(), asyncio.Event()

    async def content() -> AsyncIterator[bytes]:
        yield b"smo"
        begun.set()
        await erased.wait()
        yield b"ke"

    storing = asyncio.create_task(desk.chats.message_files.store(MIA, session.id, "u1", "smoke.txt", 5, content()))
    await begun.wait()
    await desk.chats.person_erasing.erase(OF_MIA)
    erased.set()
    file = await storing

    assert file.id in desk.files.kept
    assert await swept(desk) == set() and desk.files.uploads == {}


async def test_a_step_of_erasing_that_crashed_before_the_files_is_repeated(desk: Desk) -> None:  # spec 10.6, 13.5
    session = await desk.handled()
    file = await desk.upload(MIA, session.id)
    await desk.send(MIA, session.id, file)

    async def crash(desk_id: str, session_id: str, person_id: str) -> list[str]:
        raise RuntimeError("crashed")

    sent_by = desk.files.sent_by
    desk.files.sent_by = crash  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        await desk.chats.person_erasing.erase(OF_MIA)
    desk.files.sent_by = sent_by  # type: ignore[method-assign]
    assert files_of(desk, session.id) == []
    await desk.chats.person_erasing.erase(OF_MIA)
    assert desk.files.kept[file.id][1] == b"" and await swept(desk) == set()
