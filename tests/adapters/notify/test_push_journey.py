"""Web Push as a whole: from a subscription in the store, through the queue, encrypted to a browser on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from servicekit.loop import Loop
from servicekit.metrics import Metrics
from services.notify.domain.push import PushOutcome
from services.notify.domain.subscription import PushHosts
from services.notify.handlers import push_queue, push_slots
from services.notify.handlers.push_checks import PushChecks
from services.notify.handlers.push_queue import PushQueue
from services.notify.handlers.subscriptions import Subscriptions
from services.notify.outbound.mongo_push_key import MongoPushKey
from services.notify.outbound.mongo_subscriptions import COLLECTION, INDEXES, MongoSubscriptions
from services.notify.outbound.web_push import WebPush
from tests.fakes.clock import START, TurnedClock
from tests.fakes.push_service import GARBAGE, HANG, Browser, PushService
from tests.fakes.waiting import until
from tests.unit.notify.alert_stores import FakeEngineers, FakeSessionAlerts
from tests.unit.notify.push_world import EXPIRES, FakeDeliveries, person
from tests.unit.notify.stores import FakePreferences

BROWSERS = 150
PATIENCE = 100.0


@dataclass
class World:
    clock: TurnedClock
    service: PushService
    deliveries: FakeDeliveries
    subscriptions: Subscriptions
    queues: list[PushQueue]

    async def subscribes(self, person_id: str) -> Browser:
        browser = self.service.subscribe(await self.subscriptions.public_key())
        await self.subscriptions.subscribe(
            person(person_id, "customer"), browser.endpoint, **browser.keys, browser_id="b1", sign_in_expires_at=EXPIRES
        )
        return browser

    def push(self, id: str, person_id: str, ttl_seconds: int = 90) -> None:
        self.deliveries.ask(id, person_id, self.clock.now(), ttl_seconds, payload=id.encode())
        self.queues[0].wake()

    async def outcome(self, id: str) -> PushOutcome | None:
        await until(lambda: self.deliveries.outcome(id) is not None)
        return self.deliveries.outcome(id)


@pytest.fixture
async def world(database: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Two replicas, each with its own connections. A slow machine is no reason to give a push up."""
    monkeypatch.setattr(push_queue, "SEND_SECONDS", PATIENCE)
    monkeypatch.setattr(push_slots, "SILENT_SECONDS", PATIENCE)
    clock, metrics, deliveries = TurnedClock(START), Metrics("notify"), FakeDeliveries()
    await database[COLLECTION].create_indexes(INDEXES)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(PushService(clock))
        hosts, queues = PushHosts(frozenset({service.host})), []
        checks = PushChecks(FakePreferences(), FakeEngineers(), FakeSessionAlerts())
        for _ in range(2):
            key = MongoPushKey(database, clock)
            sender = WebPush(key, hosts, "mailto:help@example.com", clock, seconds=PATIENCE)
            subscriptions = Subscriptions(MongoSubscriptions(database), key, hosts, clock, metrics)
            queues.append(PushQueue(deliveries, subscriptions, checks, sender, clock, metrics))
            for part in (sender, Loop("push", queues[-1].run, metrics)):
                await part.start()
                stack.push_async_callback(part.stop)
        yield World(clock, service, deliveries, subscriptions, queues)


async def test_a_push_reaches_its_browser_whatever_other_browsers_answer(world: World) -> None:  # spec 5.8
    browsers = {number: await world.subscribes(f"mia{number}") for number in range(BROWSERS)}
    answers = {3: HANG, 20: "410", 40: "404", 60: "500", 80: "429 Retry-After: 9", 100: "403", 120: GARBAGE}
    for number, answer in answers.items():
        browsers[number].answers.append(answer)

    for number in range(BROWSERS):
        world.push(f"d{number}", f"mia{number}")
    outcomes = {number: await world.outcome(f"d{number}") for number in range(BROWSERS) if number != 3}

    others = [outcome for number, outcome in outcomes.items() if number not in answers]
    assert set(others) == {PushOutcome(1)}
    assert all(browsers[number].received == [f"d{number}".encode()] for number in range(BROWSERS) if number not in answers)
    assert world.deliveries.outcome("d3") is None
    waits = {number: (outcomes[number].retry_at - START).total_seconds() for number in (60, 80, 120)}  # type: ignore[union-attr, operator]
    assert waits == {60: 1, 80: 9, 120: 1}
    assert outcomes[100] == PushOutcome(0, f"{world.service.host} answered 403")
    await until(lambda: _without_subscription(world, "mia20", "mia40"))

    await asyncio.gather(*(until(lambda: world.clock.sleepers > 0) for _ in world.queues))
    await world.clock.advance(seconds=10)
    for number in (60, 80, 120):
        await until(lambda number=number: browsers[number].received == [f"d{number}".encode()])  # type: ignore[misc]
    world.service.hang_up()


async def _without_subscription(world: World, *people: str) -> bool:
    return await world.subscriptions.of_people(people) == {}
