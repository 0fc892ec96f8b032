"""The queue of Web Push: nothing is lost, nothing waits for a slow endpoint, and every outcome is recorded."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from servicekit.errors import Unavailable
from servicekit.loop import Loop
from services.notify.domain.push import Attempt, PushOutcome, Verdict, attempt_of
from services.notify.domain.subscription import endpoint_id
from services.notify.handlers import push_queue, push_slots
from services.notify.handlers.push_queue import LEASE_SECONDS, MAX_CLAIMED
from services.notify.handlers.push_slots import MAX_IN_FLIGHT, MAX_PER_HOST, MAX_TO_SILENT
from tests.fakes.waiting import until
from tests.unit.notify.push_world import ACCEPTED, FCM, PushWorld, subscription
from tests.unit.notify.world import START

MOZILLA = "https://updates.push.services.mozilla.com/wpush/v2/"
DAY = 86_400
BUSY = Attempt(Verdict.LATER, "busy", answered=True)


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushWorld]:
    """A slow machine is no reason to give a push up."""
    monkeypatch.setattr(push_queue, "SEND_SECONDS", 100.0)
    monkeypatch.setattr(push_slots, "SILENT_SECONDS", 100.0)
    world = PushWorld()
    loop = Loop("push", world.queue.run, world.metrics)
    await loop.start()
    yield world
    for released in world.service.hanging:
        released.set()
    await loop.stop()


def count(world: PushWorld, name: str, **labels: str) -> float:
    return world.metrics.registry.get_sample_value(f"parley_notify_{name}", labels) or 0.0


async def outcome(world: PushWorld, id: str) -> PushOutcome:
    await until(lambda: world.deliveries.outcome(id) is not None)
    found = world.deliveries.outcome(id)
    assert found is not None
    return found


async def test_all_browsers_get_a_push_and_each_that_was_busy_is_tried_again(world: PushWorld) -> None:  # spec 5.8
    phone, laptop, tablet, old = await world.subscribed("ava", f"{FCM}1", f"{MOZILLA}2", f"{FCM}3", f"{FCM}4")
    await world.subscribed("bo")
    world.service.set(laptop, attempt_of("h", 410))
    world.service.set(old, attempt_of("h", 404))
    world.service.set(tablet, attempt_of("h", 503), BUSY, ACCEPTED)

    world.ask("d1", "ava", payload=b'{"title":"Mia"}')

    assert await outcome(world, "d1") == PushOutcome(1, "", START + timedelta(seconds=1), (endpoint_id(tablet),))
    assert sorted(endpoint for endpoint, _ in world.service.sent) == sorted([phone, laptop, tablet, old])
    push = world.service.sent[0][1]
    assert (push.payload, push.urgency, push.ttl_seconds, push.tag) == (b'{"title":"Mia"}', "high", 90, "tag-d1")
    await until(lambda: sorted(world.store.stored) == sorted([phone, tablet, f"{FCM}bo"]))
    assert count(world, "pushes_total", result="accepted") == 1
    assert count(world, "push_subscriptions_total", change="gone") == 2

    for seconds in (1, 2):
        await until(lambda: world.clock.sleepers > 0)
        await world.clock.advance(seconds=seconds + 0.001)
        await until(lambda sent=4 + seconds: len(world.service.sent) >= sent)  # type: ignore[misc]
    await until(lambda: world.deliveries.outcome("d1") == PushOutcome(1))
    assert [endpoint for endpoint, _ in world.service.sent[4:]] == [tablet, tablet]


async def test_a_test_of_one_browser_goes_to_that_browser_alone(world: PushWorld) -> None:  # spec 5.10
    _, laptop = await world.subscribed("ava", f"{FCM}1", f"{FCM}2")
    world.ask("d1", "ava", endpoint=laptop)
    world.ask("d2", "ava", endpoint=f"{FCM}3")
    assert await outcome(world, "d1") == PushOutcome(1)
    assert await outcome(world, "d2") == PushOutcome(0, "No browser has a subscription")
    assert [endpoint for endpoint, _ in world.service.sent] == [laptop]


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        ([], "No browser has a subscription"),
        ([attempt_of("h", 410)], "h answered 410"),
        ([attempt_of("h", 403), attempt_of("i", 410)], "h answered 403; i answered 410"),
    ],
)
async def test_a_push_that_would_be_refused_again_fails_with_the_reason(
    world: PushWorld, answers: list[Attempt], failure: str
) -> None:  # spec 5.8, 5.9
    for number, answer in enumerate(answers):
        await world.store.put(subscription("ava", f"{FCM}{number}"))
        world.service.set(f"{FCM}{number}", answer)

    world.ask("d1", "ava")

    assert await outcome(world, "d1") == PushOutcome(0, failure)
    assert count(world, "pushes_total", result="failed") == 1


async def test_a_push_is_tried_again_with_back_off_or_when_the_service_asks_until_its_time_ends(world: PushWorld) -> None:  # spec 5.8
    (endpoint,) = await world.subscribed("ava")
    world.service.set(endpoint, BUSY, Attempt(Verdict.LATER, "busy", 7.0, answered=True), BUSY, ACCEPTED)
    world.ask("d1", "ava")
    times = []
    for tries, seconds in enumerate((1, 7, 4)):
        await until(lambda tries=tries: world.deliveries.kept["d1"].task.tries == tries + 1)  # type: ignore[misc]
        retry_at = (await outcome(world, "d1")).retry_at
        assert retry_at is not None
        times.append((retry_at - world.clock.now()).total_seconds())
        await until(lambda: world.clock.sleepers > 0)
        await world.clock.advance(seconds=seconds + 0.001)
    assert times == [1, 7, 4]
    await until(lambda: world.deliveries.outcome("d1") == PushOutcome(1))
    assert world.service.sent[-1][1].ttl_seconds == 77

    world.service.set(endpoint, Attempt(Verdict.LATER, "busy", 60.0, answered=True))
    world.ask("d2", "ava", ttl_seconds=30)
    assert await outcome(world, "d2") == PushOutcome(0, "busy")
    world.deliveries.ask("d3", "ava", world.clock.now() - timedelta(seconds=31), ttl_seconds=30)
    world.queue.wake()
    assert await outcome(world, "d3") == PushOutcome(0, "It could not be sent in time")


async def test_one_slow_endpoint_does_not_delay_ten_thousand_others(world: PushWorld) -> None:  # spec 5.8
    world.store.stored = {f"{FCM}{number}": subscription(f"p{number}", f"{FCM}{number}") for number in range(10_000)}
    world.service.hang(f"{FCM}7")

    for number in range(10_000):
        world.ask(f"d{number}", f"p{number}")

    await until(lambda: count(world, "pushes_total", result="accepted") == 9_999, seconds=200)
    assert [id for id, kept in world.deliveries.kept.items() if kept.outcome is None] == ["d7"]
    assert 1 < world.service.most_in_flight <= MAX_PER_HOST
    assert world.deliveries.claims < 10_000 / (MAX_CLAIMED / 2) * 2


async def test_a_push_service_that_is_down_does_not_delay_another_one(
    world: PushWorld, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 5.8
    monkeypatch.setattr(push_slots, "SILENT_SECONDS", 0.05)
    for number in range(500):
        await world.subscribed(f"p{number}", f"{FCM}{number}")
        world.service.hang(f"{FCM}{number}")
        world.ask(f"down{number}", f"p{number}", ttl_seconds=DAY)
    for number in range(100):
        await world.subscribed(f"q{number}", f"{MOZILLA}{number}")
        world.ask(f"up{number}", f"q{number}", ttl_seconds=DAY)

    # On a slow machine the other one may seem silent as well: then its pushes are tried again.
    async def all_accepted() -> bool:
        await world.clock.advance(seconds=1)
        return count(world, "pushes_total", result="accepted") == 100

    await until(all_accepted)

    assert world.service.most_in_flight <= MAX_IN_FLIGHT
    outcomes = [kept.outcome for id, kept in world.deliveries.kept.items() if id.startswith("down") and kept.outcome]
    assert {outcome.failure for outcome in outcomes} == {"fcm.googleapis.com does not answer"}
    assert sum(endpoint.startswith(FCM) for endpoint, _ in world.service.sent) <= MAX_PER_HOST


async def test_a_silent_host_gets_a_few_pushes_at_a_time_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:  # spec 5.8
    monkeypatch.setattr(push_slots, "SILENT_SECONDS", 0.01)
    slots, release = push_slots.PushSlots(), asyncio.Event()

    async def hold() -> None:
        async with slots.to("h"):
            await release.wait()

    held = [asyncio.create_task(hold()) for _ in range(MAX_TO_SILENT)]

    async def refused() -> bool:
        try:
            async with slots.to("h"):
                return False
        except push_slots.HostSilent:
            return True

    await until(refused)
    async with slots.to("other"):
        assert slots.in_flight == MAX_TO_SILENT + 1
    slots.answered("h")
    assert not await refused()
    release.set()
    await asyncio.gather(*held)
    assert slots.in_flight == 0


async def test_what_a_crashed_replica_claimed_is_sent_when_its_lease_ends(world: PushWorld) -> None:  # spec 5.8
    await world.subscribed("ava")
    world.deliveries.ask("d1", "ava", START)
    claimed = await world.deliveries.claim_pushes(START, START + timedelta(seconds=LEASE_SECONDS), 10)
    assert len(claimed) == 1
    world.queue.wake()
    await until(lambda: world.clock.sleepers > 0)
    assert world.service.sent == []

    await world.clock.advance(seconds=LEASE_SECONDS + 0.001)

    assert await outcome(world, "d1") == PushOutcome(1)


async def test_an_outage_of_the_store_loses_nothing_and_sends_nothing_twice(world: PushWorld) -> None:  # spec 5.8
    (endpoint,) = await world.subscribed("ava")
    released = world.service.hang(endpoint)
    world.ask("d1", "ava")
    await until(lambda: bool(world.service.sent))

    world.deliveries.outages = 3
    world.queue.wake()
    released.set()

    assert await outcome(world, "d1") == PushOutcome(1)
    world.ask("d2", "ava")
    assert await outcome(world, "d2") == PushOutcome(1)
    assert len(world.service.sent) == 2


async def test_two_replicas_share_the_work_and_send_each_push_once(world: PushWorld) -> None:  # spec 5.8
    other = Loop("push", world.new_queue().run, world.metrics)
    await other.start()
    for number in range(600):
        await world.subscribed(f"p{number}")
        world.ask(f"d{number}", f"p{number}")

    await until(lambda: count(world, "pushes_total", result="accepted") == 600)

    await other.stop()
    assert len(world.service.sent) == 600


async def test_a_service_without_its_key_is_tried_again(world: PushWorld) -> None:  # spec 5.8
    (endpoint,) = await world.subscribed("ava")

    async def fail() -> Attempt:
        raise Unavailable("the store with the key is down")

    world.service.answers[endpoint] = fail
    world.ask("d1", "ava")
    await until(lambda: bool(world.service.sent))
    del world.service.answers[endpoint]
    await until(lambda: world.clock.sleepers > 0)
    await world.clock.advance(seconds=LEASE_SECONDS + 0.001)
    assert await outcome(world, "d1") == PushOutcome(1)
