"""A chat whose log is not sent, or not soon, holds no other chat (spec 4.2, 9.5)."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from servicekit.erasing import Step
from servicekit.errors import Kind, RemoteError
from services.tickets.domain.attaching import LogPiece
from services.tickets.handlers import chat_file_copies, chat_log_attacher
from services.tickets.handlers.chat_file_copies import PutOff
from tests.fakes.waiting import until
from tests.unit.tickets.desk import AVA, TicketsDesk
from tests.unit.tickets.test_chat_files import CREATE, begin, counted
from tests.unit.tickets.test_erasing import attached

INTERNAL = RemoteError.of(Kind.INTERNAL, "internal", "This entry cannot be read.")


class BrokenLog:
    """The log of one session fails with `error`; without one its stream hangs until `go`. `asked`: how often it was fetched."""

    def __init__(self, desk: TicketsDesk, session_id: str, error: Exception | None = None) -> None:
        self.session_id, self.error, self.asked, self.go = session_id, error, 0, asyncio.Event()
        self._log = desk.chat_client.log
        desk.chat_client.log = self.log  # type: ignore[method-assign]

    async def log(self, desk_id: str, session_id: str, ticket_number: int) -> AsyncGenerator[LogPiece]:
        if session_id == self.session_id:
            self.asked += 1
            if self.error:
                raise self.error
            if not self.go.is_set():
                await self.go.wait()
        async for piece in self._log(desk_id, session_id, ticket_number):
            yield piece


def logs_on(desk: TicketsDesk) -> int:
    return sum(1 for commit in desk.log.kept for _ in commit.attachments)


@pytest.mark.parametrize("error", [INTERNAL, None])
async def test_others_go_on_and_the_log_is_attached_when_chat_sends_it(
    desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:  # spec 4.2, 9.5
    monkeypatch.setattr(chat_log_attacher, "AT_ONCE_SECONDS", 0.05)
    broken = BrokenLog(desk, desk.ended_chat(CREATE, "stuck"), error)
    stuck = await begin(desk, "stuck")
    assert stuck and await begin(desk, desk.ended_chat(CREATE, "later")) is None and logs_on(desk) == 1
    assert await begin(desk, "stuck") is stuck and counted(desk, "waiting") == 1

    broken.error = None
    broken.go.set()
    await stuck

    assert logs_on(desk) == 2 and attached(desk) == desk.files.kept.keys() == desk.files.named
    assert await begin(desk, "stuck") is None and logs_on(desk) == 2 and counted(desk, "waiting") == 0


async def test_a_log_that_is_not_sent_is_put_off_and_the_next_wish_holds_nobody(
    desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 4.2, 9.5
    monkeypatch.setattr(chat_file_copies, "HELD_SECONDS", 0.0)
    broken = BrokenLog(desk, desk.ended_chat(CREATE, "stuck"), INTERNAL)
    with pytest.raises(PutOff):
        await (await begin(desk, "stuck") or asyncio.sleep(0))
    assert broken.asked == 2 and not desk.files.kept and counted(desk, "waiting") == 1

    # Not once more before the task.
    task = await begin(desk, "stuck")
    assert task and broken.asked == 2
    broken.error = None
    broken.go.set()
    await task
    assert logs_on(desk) == 1


async def test_no_log_that_was_fetched_before_chat_erased_a_person_is_attached_later(desk: TicketsDesk) -> None:  # spec 10.6
    broken = BrokenLog(desk, desk.ended_chat(CREATE, "stuck", text="Mia Torres: hello\\n"), INTERNAL)
    load, held, go = desk.log.load, asyncio.Event(), asyncio.Event()
    task = await begin(desk, "stuck")

    async def late(desk_id: str, ticket_id: str) -> object:
        held.set()
        await go.wait()
        return await load(desk_id, ticket_id)

    # The replica is paused between the fetch and the commit.
    desk.log.load = late  # type: ignore[method-assign, assignment]
    broken.error = None
    broken.go.set()
    await until(held.is_set)
    await desk.clock.advance(minutes=1)
    await desk.erasures.begin(AVA, "mia")
    await desk.erasures.report("chat", "mia", Step(1, ""))
    go.set()

    assert task
    with pytest.raises(PutOff):
        await task
    assert logs_on(desk) == 0 and not desk.files.kept
