"""A cache of what another service owns: what it fetches, that it is bounded, and that a change is not lost during a call."""

import asyncio
from collections.abc import Sequence

import pytest

from servicekit.revised_cache import RevisedCache
from tests.fakes.waiting import until


class Owner:
    """Has every key but "nothing" at revision 1. `asked` has the keys of each call; calls wait while `open` is not set."""

    def __init__(self, most: int = 100) -> None:
        self.asked: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.cache: RevisedCache[str, str] = RevisedCache(self._fetch, most=most, at_once=3)

    async def _fetch(self, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
        self.asked.append(list(keys))
        await self.open.wait()
        return {key: (1, key.upper()) for key in keys if key != "nothing"}


async def test_only_keys_that_are_not_held_are_fetched_some_at_a_time() -> None:
    owner = Owner()
    assert await owner.cache.of(["a", "b", "a", "nothing"]) == {"a": "A", "b": "B"}
    assert await owner.cache.of(["a", "c", "nothing"]) == {"a": "A", "c": "C"}
    await owner.cache.of("defgh")
    assert owner.asked == [["a", "b", "nothing"], ["c", "nothing"], ["d", "e", "f"], ["g", "h"]]


async def test_the_keys_used_last_are_held() -> None:
    owner = Owner(most=3)
    assert await owner.cache.of("abcde") == {key: key.upper() for key in "abcde"}
    await owner.cache.of("c")
    await owner.cache.of("f")
    assert len(owner.cache) == 3
    await owner.cache.of("cef")
    assert owner.asked[2:] == [["f"]]


async def test_records_change_what_is_held_whatever_their_order() -> None:
    owner = Owner()
    await owner.cache.of(["a"])
    for revision, value in ((3, "third"), (2, "second")):
        owner.cache.changed("a", revision, value)
    owner.cache.changed("b", 2, "not held")
    assert await owner.cache.of(["a", "b"]) == {"a": "third", "b": "B"}
    assert len(owner.asked) == 2


@pytest.mark.parametrize("held", [False, True])
async def test_a_change_during_a_call_counts(held: bool) -> None:
    owner = Owner()
    if held:
        await owner.cache.of(["a"])
    owner.open.clear()
    calls = len(owner.asked)
    waiting = asyncio.create_task(owner.cache.of(["a", "b"]))
    await until(lambda: len(owner.asked) > calls)
    for revision, value in ((3, "third"), (2, "second")):
        owner.cache.changed("a", revision, value)
    owner.open.set()
    assert await waiting == {"a": "third", "b": "B"}
    assert await owner.cache.of(["a"]) == {"a": "third"}


async def test_what_was_fetched_before_records_were_missed_is_not_held() -> None:
    owner = Owner()
    owner.open.clear()
    waiting = asyncio.create_task(owner.cache.of(["a"]))
    await until(lambda: len(owner.asked) == 1)
    owner.cache.clear()
    owner.open.set()
    assert await waiting == {"a": "A"} and len(owner.cache) == 0
