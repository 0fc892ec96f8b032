"""Publishing read positions: the newest of each person, in batches. A broker that is down delays no caller."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest

from parley.chat.v1 import chat_pb2 as pb
from servicekit.errors import Unavailable
from servicekit.kafka_records import Record
from servicekit.metrics import Metrics
from services.chat.domain.access import ReadPosition
from services.chat.domain.people import Person
from services.chat.outbound.reads_to_kafka import MAX_WAITING, ReadsToKafka
from tests.adapters.chat.story import AVA, MIA, opening, state, taking
from tests.fakes.waiting import until

SESSION = state([opening("s1"), taking("s1", 2)])


class FakePublisher:
    def __init__(self) -> None:
        self.batches: list[list[tuple[str, int]]] = []
        self.away = False
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def publish(self, records: Sequence[Record]) -> None:
        positions = [pb.ReadPositionMoved.FromString(record.value).position for record in records]
        self.batches.append([(position.person_id, position.revision) for position in positions])
        self.delivered = [position.delivered for position in positions]
        await self.goes_on.wait()
        if self.away:
            raise Unavailable("The broker is away.")


class World:
    def __init__(self) -> None:
        self.publisher, self.metrics = FakePublisher(), Metrics("chat")
        self.topic = ReadsToKafka(self.publisher, self.metrics)  # type: ignore[arg-type]

    def moved(self, reader: Person, revision: int, delivered: int = 0) -> None:
        self.topic.moved(ReadPosition(SESSION.id, reader.id, revision, delivered), SESSION, reader)

    def lost(self) -> float:
        return self.metrics.registry.get_sample_value("parley_chat_read_positions_lost_total") or 0.0


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    running = asyncio.create_task(world.topic.run())
    yield world
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_waiting_positions_are_published_in_one_batch_with_only_the_newest_of_each_person(world: World) -> None:  # spec 7.6
    world.publisher.goes_on.clear()
    world.moved(MIA, 1)
    await until(lambda: world.publisher.batches == [[("mia", 1)]])
    for reader, revision in ((MIA, 2), (AVA, 1), (MIA, 3)):
        world.moved(reader, revision)
    world.publisher.goes_on.set()
    await until(lambda: len(world.publisher.batches) == 2)
    assert sorted(world.publisher.batches[1]) == [("ava", 1), ("mia", 3)]


async def test_a_waiting_record_keeps_the_highest_of_both_numbers(world: World) -> None:  # spec 7.5
    for revision, delivered in ((2, 0), (0, 4), (3, 0), (0, 1)):
        world.moved(MIA, revision, delivered)
    await until(lambda: bool(world.publisher.batches))
    assert (world.publisher.batches, world.publisher.delivered) == ([[("mia", 3)]], [4])


async def test_a_batch_that_the_broker_refuses_is_counted_and_the_next_is_published(world: World) -> None:
    world.publisher.away = True
    world.moved(MIA, 1)
    await until(lambda: world.lost() == 1)
    world.publisher.away = False
    world.moved(MIA, 2)
    await until(lambda: world.publisher.batches[-1] == [("mia", 2)])
    assert world.lost() == 1


async def test_the_number_of_waiting_positions_is_bounded() -> None:
    world = World()
    for number in range(MAX_WAITING + 2):
        world.moved(Person(f"p{number}", "", AVA.side), 1)
    assert world.lost() == 2
