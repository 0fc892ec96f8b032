"""Readings that callers share."""

import asyncio
from datetime import timedelta

import pytest

from services.chat.handlers.shared_reads import SharedReads
from tests.fakes.clock import TurnedClock


class Store:
    """`answers`: what the next readings return or raise, when `open` is set."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.reads, self.open = list(answers), 0, asyncio.Event()

    async def read(self) -> object:
        self.reads += 1
        answer = self.answers.pop(0)
        await self.open.wait()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def shared() -> SharedReads[str, object]:
    return SharedReads(TurnedClock(), timedelta(seconds=5), most=2)


async def test_a_caller_that_is_cancelled_does_not_end_the_reading_of_the_others(shared: SharedReads[str, object]) -> None:  # spec 10.9
    store = Store("read")
    first, second = (asyncio.create_task(shared.get("day", store.read)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    store.open.set()
    assert await second == "read"
    assert store.reads == 1


async def test_a_reading_that_failed_is_not_held(shared: SharedReads[str, object]) -> None:  # design 10
    store = Store(ConnectionError(), "read")
    store.open.set()
    with pytest.raises(ConnectionError):
        await shared.get("day", store.read)
    assert await shared.get("day", store.read) == "read"
