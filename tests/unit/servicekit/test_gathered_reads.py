"""Reads of a store that are gathered."""

import asyncio
from collections.abc import Sequence

import pytest

from servicekit.call_deadline import seconds_left, set_call_deadline
from servicekit.gathered_reads import GatheredReads


class Store:
    """Answers each key with its group and the number of the query, when `open` is set."""

    def __init__(self) -> None:
        self.queries: list[tuple[str, Sequence[int]]] = []
        self.error: Exception | None = None
        self.deadlines: list[float | None] = []
        self.open = asyncio.Event()

    async def read(self, group: str, keys: Sequence[int]) -> dict[int, str]:
        self.queries.append((group, keys))
        self.deadlines.append(seconds_left())
        number = len(self.queries)
        await self.open.wait()
        if self.error:
            raise self.error
        return {key: f"{group}{key} of query {number}" for key in keys}


async def asked(reads: GatheredReads[str, int, str], *keys: int, group: str = "a") -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(reads.get(group, key)) for key in keys]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_what_is_asked_for_during_a_reading_is_one_query_after_it() -> None:
    store = Store()
    reads = GatheredReads(store.read, at_once=3)
    first = await asked(reads, 1)
    later = await asked(reads, 1, 2, 2, 3, 4)
    store.open.set()

    assert await asyncio.gather(*first) == ["a1 of query 1"]
    assert await asyncio.gather(*later) == ["a1 of query 2", "a2 of query 2", "a2 of query 2", "a3 of query 2", "a4 of query 3"]
    assert store.queries == [("a", [1]), ("a", [1, 2, 3]), ("a", [4])]
    assert await reads.get("a", 5) == "a5 of query 4"


async def test_groups_do_not_wait_for_each_other() -> None:
    store = Store()
    reads = GatheredReads(store.read, at_once=3)
    both = await asked(reads, 1) + await asked(reads, 1, group="b")
    assert store.queries == [("a", [1]), ("b", [1])]
    store.open.set()
    await asyncio.gather(*both)


async def test_an_error_is_that_of_its_query_only() -> None:
    store = Store()
    reads = GatheredReads(store.read, at_once=3)
    store.error = ValueError("no answer")
    store.open.set()
    with pytest.raises(ValueError, match="no answer"):
        await reads.get("a", 1)
    store.error = None
    assert await reads.get("a", 1) == "a1 of query 2"


async def test_a_caller_that_is_cancelled_leaves_the_others_their_answer_and_its_deadline_is_not_theirs() -> None:
    store = Store()
    reads = GatheredReads(store.read, at_once=3)

    async def in_a_hurry() -> str:
        set_call_deadline(0.5)
        return await reads.get("a", 1)

    hurried = asyncio.create_task(in_a_hurry())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    hurried.cancel()
    other = await asked(reads, 2)
    store.open.set()

    assert await asyncio.gather(*other) == ["a2 of query 2"]
    assert hurried.cancelled() and store.deadlines == [None, None]
