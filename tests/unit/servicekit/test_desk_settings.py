"""Desk settings: how long a replica caches them, and that it applies each change in the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from servicekit.desk_settings import CachedSettings, SettingsChanges
from servicekit.errors import Unavailable
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from tests.fakes.clock import TurnedClock
from tests.fakes.waiting import until


class Store:
    """The settings of two desks, as a number. A test can hold back reads and make `reapply` fail."""

    def __init__(self) -> None:
        self.settings = {"harbour": 1, "quay": 1}
        self.gate: asyncio.Event | None = None
        self.reapplied: list[str] = []
        self.down = 0

    async def read(self, desk_id: str) -> int:
        read, gate = self.settings[desk_id], self.gate
        if gate is not None:
            await gate.wait()
        return read

    async def reapply(self, desk_id: str) -> None:
        self._answer()
        self.reapplied.append(desk_id)

    async def desks(self) -> list[str]:
        self._answer()
        return list(self.settings)

    def _answer(self) -> None:
        if self.down:
            self.down -= 1
            raise Unavailable("The store does not answer.")


async def test_settings_that_changed_during_a_read_are_not_cached(clock: TurnedClock) -> None:
    store = Store()
    cached = CachedSettings(store.read, clock)
    store.gate = asyncio.Event()
    reading = asyncio.create_task(cached.of("harbour"))
    await asyncio.sleep(0)

    store.settings["harbour"] = 2
    cached.forget("harbour")
    store.gate.set()
    assert await reading == 1

    assert await cached.of("harbour") == 2


async def test_settings_are_cached_for_two_seconds(clock: TurnedClock) -> None:
    store = Store()
    cached = CachedSettings(store.read, clock)
    assert await cached.of("harbour") == 1
    store.settings["harbour"] = 2
    await clock.advance(1.9)
    assert await cached.of("harbour") == 1
    await clock.advance(0.1)
    assert await cached.of("harbour") == 2


@asynccontextmanager
async def running(store: Store, forgotten: list[str]) -> AsyncIterator[SettingsChanges]:
    changes = SettingsChanges(forgotten.append, store.reapply, store.desks)
    loop = Loop("settings_changes", changes.run, Metrics("test"))
    await loop.start()
    yield changes
    await loop.stop()


async def test_every_desk_is_reapplied_at_the_start() -> None:
    store, forgotten = Store(), list[str]()
    async with running(store, forgotten):
        await until(lambda: store.reapplied == ["harbour", "quay"])
        assert forgotten == ["harbour", "quay"]


async def test_a_change_reapplies_its_desk_and_a_gap_reapplies_all() -> None:
    store, forgotten = Store(), list[str]()
    async with running(store, forgotten) as changes:
        await until(lambda: len(store.reapplied) == 2)
        changes.changed("quay")
        assert forgotten[-1] == "quay"
        await until(lambda: store.reapplied[2:] == ["quay"])
        changes.resync()
        await until(lambda: sorted(store.reapplied[3:]) == ["harbour", "quay"])


async def test_a_change_during_a_store_outage_is_applied_later() -> None:
    store = Store()
    async with running(store, []) as changes:
        store.down = 2
        await until(lambda: len(store.reapplied) == 2)
        store.down = 1
        changes.changed("quay")
        await until(lambda: store.reapplied[2:] == ["quay"])
