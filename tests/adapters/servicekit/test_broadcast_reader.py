"""Every replica hears everything from its start on, and says when it may have missed something."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_records import Received
from servicekit.kafka_topics import Topic, WrongPartitions, ensure_topics
from servicekit.metrics import Metrics
from stack.engines import KafkaEngine
from tests.adapters.servicekit.kafka_story import say
from tests.fakes.waiting import until


class Ear:
    """One replica's reader and what it heard."""

    def __init__(self, engine: KafkaEngine, topic: str, from_beginning: bool = False, handle: Callable[[str], None] | None = None) -> None:
        self.heard: list[str] = []
        self.jumps = 0
        self._handle = handle
        self.reader = BroadcastReader(
            engine.address, engine.fetch_wait, [Topic(topic)], self.hear, self.resync, Metrics("test"), from_beginning=from_beginning
        )

    def hear(self, record: Received) -> None:
        if self._handle is not None:
            self._handle(record.value.decode())
        self.heard.append(record.value.decode())

    def resync(self) -> None:
        assert self.reader.caught_up, "positions first, so that what is said after the fetch is heard"
        self.jumps += 1


Ears = Callable[..., Ear]


@pytest.fixture
async def ear_on(topic: str) -> AsyncIterator[Ears]:
    made: list[Ear] = []

    def make(engine: KafkaEngine, **more: object) -> Ear:
        made.append(Ear(engine, topic, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for ear in made:
        await ear.reader.stop()


async def listen(ear: Ear) -> Ear:
    await ear.reader.start()
    await until(lambda: ear.reader.caught_up)
    return ear


async def test_two_replicas_both_hear_everything_in_order_and_nothing_of_the_past(
    kafka_engine: KafkaEngine, ear_on: Ears, topic: str
) -> None:
    await say(kafka_engine.address, topic, "past")
    one, two = await listen(ear_on(kafka_engine)), await listen(ear_on(kafka_engine))

    await say(kafka_engine.address, topic, *map(str, range(50)))

    for ear in (one, two):
        await until(lambda ear=ear: len(ear.heard) == 50)  # type: ignore[misc]
        assert ear.heard == [str(n) for n in range(50)]
        assert ear.jumps == 0


async def test_a_compacted_topic_can_be_heard_from_its_beginning(kafka_engine: KafkaEngine, ear_on: Ears, topic: str) -> None:
    await say(kafka_engine.address, topic, *map(str, range(20)))

    ear = await listen(ear_on(kafka_engine, from_beginning=True))

    assert ear.heard == [str(n) for n in range(20)], "positions are known once all of the past was heard"


async def test_a_record_whose_handling_fails_is_counted_and_the_next_is_heard(kafka_engine: KafkaEngine, ear_on: Ears, topic: str) -> None:
    def refuse(value: str) -> None:
        if value == "bad":
            raise ValueError(value)

    ear = await listen(ear_on(kafka_engine, handle=refuse))

    await say(kafka_engine.address, topic, "bad", "good")

    await until(lambda: ear.heard == ["good"])


async def test_it_waits_for_a_broker_that_is_not_there_yet(own_kafka: KafkaEngine, ear_on: Ears) -> None:
    ear = ear_on(own_kafka)
    await asyncio.wait_for(ear.reader.start(), 1)
    assert not ear.reader.ready

    own_kafka.start()

    await until(lambda: ear.reader.ready, 20)
    assert ear.jumps == 0


async def test_a_broker_that_came_back_is_noticed_and_what_it_says_then_is_heard(own_kafka: KafkaEngine, ear_on: Ears, topic: str) -> None:
    own_kafka.start()
    ear = await listen(ear_on(own_kafka))
    await say(own_kafka.address, topic, "1", "2", "3")
    await until(lambda: len(ear.heard) == 3)

    own_kafka.kill()
    await until(lambda: not ear.reader.caught_up)
    own_kafka.start()
    # More than before the restart, so that an old position would lie inside the new log.
    await say(own_kafka.address, topic, *("lost" for _ in range(5)))

    await until(lambda: ear.jumps == 1, 30)
    await say(own_kafka.address, topic, "after")
    await until(lambda: "after" in ear.heard)


async def test_another_number_of_partitions_is_refused(kafka_engine: KafkaEngine, ear_on: Ears, topic: str) -> None:
    await ensure_topics(kafka_engine.address, [Topic(topic, partitions=2)])
    ear = ear_on(kafka_engine)

    await ear.reader.start()

    await until(lambda: isinstance(ear.reader.broken, WrongPartitions))
    assert not ear.reader.ready
