"""A failed try to give a ticket a chat's log and files leaves none of them in the store (spec 10.6): an erasure finds only named files."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from servicekit.errors import Kind, RemoteError
from services.tickets.handlers import chat_file_copies
from services.tickets.handlers.chat_file_copies import CHATS_AT_ONCE, PutOff
from tests.fakes.waiting import until
from tests.unit.tickets.desk import TicketsDesk
from tests.unit.tickets.test_chat_files import CREATE, SlowFiles, attach, begin, with_files


async def test_a_chat_that_waits_too_long_leaves_no_log(desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 10.6
    slow = SlowFiles(desk)
    *sessions, late = with_files(desk, CHATS_AT_ONCE + 1)
    tasks = [await begin(desk, session_id) for session_id in sessions]
    await until(lambda: slow.asked == CHATS_AT_ONCE)
    before = set(desk.files.kept)
    monkeypatch.setattr(chat_file_copies, "HELD_SECONDS", 0.0)

    with pytest.raises(PutOff):
        await attach(desk, late)

    assert set(desk.files.kept) == before
    slow.go.set()
    await asyncio.gather(*filter(None, tasks))


@pytest.mark.parametrize("error", [RuntimeError(), RemoteError.of(Kind.PERMISSION_DENIED, "not_allowed", "No.")])
async def test_a_try_that_fails_leaves_nothing(desk: TicketsDesk, error: Exception) -> None:  # spec 10.6, 13.5
    desk.ended_chat(CREATE)
    desk.chat_file("a")
    desk.chat_file("b")
    file = desk.chat_client.file

    async def failing(desk_id: str, session_id: str, file_id: str) -> AsyncGenerator[bytes]:
        if file_id == "file of b":
            raise error
        async for piece in file(desk_id, session_id, file_id):
            yield piece

    desk.chat_client.file = failing  # type: ignore[method-assign]
    with pytest.raises(type(error)):
        await attach(desk)
    assert not desk.files.kept


async def test_a_try_that_takes_too_long_leaves_nothing(desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 10.6, 13.5
    monkeypatch.setattr(chat_file_copies, "HELD_SECONDS", 0.0)
    monkeypatch.setattr(chat_file_copies, "TRY_SECONDS", 0.05)
    SlowFiles(desk)
    desk.ended_chat(CREATE)
    desk.chat_file("a")
    with pytest.raises(PutOff):
        await attach(desk)
    assert not desk.files.kept


async def test_a_log_that_breaks_off_leaves_nothing(desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 4.2, 10.6
    monkeypatch.setattr(chat_file_copies, "HELD_SECONDS", 0.0)
    desk.ended_chat(CREATE)
    desk.chat_client.breaks = 2
    with pytest.raises(PutOff):
        await attach(desk)
    assert not desk.files.kept
