"""Every commit is published in order, after crashes and broker outages."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest

from parley.tickets.v1 import tickets_pb2
from servicekit.errors import Unavailable
from servicekit.faults import Faults
from servicekit.kafka_records import Record
from servicekit.outbox import OutboxRelay
from services.tickets.outbound.mongo_ticket_log import TicketOutbox
from tests.fakes.faults import Crash, CrashesAt
from tests.fakes.waiting import until
from tests.unit.tickets.desk import AVA, MIA, TicketsDesk


class FakePublisher:
    """The next `down` batches are stored but not acknowledged."""

    def __init__(self) -> None:
        self.published: list[Record] = []
        self.down = 0

    async def publish(self, records: Sequence[Record]) -> None:
        await asyncio.sleep(0)
        self.published += records
        if self.down:
            self.down -= 1
            raise Unavailable("no broker")

    def revisions(self, ticket_id: str) -> list[int]:
        return [tickets_pb2.TicketEvent.FromString(r.value).ticket.revision for r in self.published if r.key == ticket_id]


@pytest.fixture
def publisher() -> FakePublisher:
    return FakePublisher()


@pytest.fixture
def relay(desk: TicketsDesk, publisher: FakePublisher) -> OutboxRelay:
    return relay_of(desk, publisher)


def relay_of(desk: TicketsDesk, publisher: FakePublisher, faults: Faults | None = None) -> OutboxRelay:
    return OutboxRelay([TicketOutbox(desk.log, desk.listed)], publisher, desk.metrics, faults=faults)


@contextlib.asynccontextmanager
async def running(relay: OutboxRelay) -> AsyncIterator[None]:
    await relay.start()
    yield
    await relay.stop()


async def nothing_left(desk: TicketsDesk) -> bool:
    return await desk.log.tickets_with_unpublished(100) == []


async def test_commits_of_a_ticket_are_published_in_order(desk: TicketsDesk, relay: OutboxRelay, publisher: FakePublisher) -> None:
    ticket = await desk.create(MIA)
    for _ in range(3):
        await desk.note(AVA, ticket)

    await asyncio.gather(*(relay.publish_all() for _ in range(3)))

    assert publisher.revisions(ticket.id) == [1, 2, 3, 4]
    assert await nothing_left(desk)


async def test_unacknowledged_commits_are_published_again(desk: TicketsDesk, relay: OutboxRelay, publisher: FakePublisher) -> None:
    ticket = await desk.create(MIA)
    publisher.down = 1
    with pytest.raises(Unavailable):
        await relay.publish_all()
    await desk.note(AVA, ticket)

    await relay.publish_all()

    assert publisher.revisions(ticket.id) == [1, 1, 2]


async def test_a_crash_before_the_mark_publishes_commits_again(desk: TicketsDesk, relay: OutboxRelay, publisher: FakePublisher) -> None:
    ticket = await desk.create(MIA)
    crashing = relay_of(desk, publisher, CrashesAt("published_not_marked"))
    with pytest.raises(Crash):
        await crashing.publish_all()
    assert publisher.revisions(ticket.id) == [1] and not await nothing_left(desk)

    async with running(relay):
        await until(lambda: nothing_left(desk))

    assert publisher.revisions(ticket.id) == [1, 1]


async def test_the_sweep_publishes_what_a_crash_left(desk: TicketsDesk, relay: OutboxRelay, publisher: FakePublisher) -> None:
    ticket = await desk.create(MIA)
    desk.listed.shown.clear()

    async with running(relay):
        await until(lambda: nothing_left(desk))

    assert publisher.revisions(ticket.id) == [1]
    assert desk.listed.shown[ticket.id] == ticket


async def test_a_woken_relay_does_not_wait_for_the_sweep(desk: TicketsDesk, relay: OutboxRelay, publisher: FakePublisher) -> None:
    async with running(relay):
        await asyncio.sleep(0)
        ticket = await desk.create(MIA)
        began = asyncio.get_running_loop().time()
        relay.wake()
        await until(lambda: nothing_left(desk))

    assert asyncio.get_running_loop().time() - began < 1
    assert publisher.revisions(ticket.id) == [1]


async def test_the_relay_continues_after_a_broker_outage(desk: TicketsDesk, relay: OutboxRelay, publisher: FakePublisher) -> None:
    publisher.down = 1
    ticket = await desk.create(MIA)

    async with running(relay):
        await until(lambda: nothing_left(desk))

    assert publisher.revisions(ticket.id) == [1, 1]
