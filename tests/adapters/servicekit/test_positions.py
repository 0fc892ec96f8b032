"""What a group has finished, while records come, are repeated, or are gone."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from servicekit.errors import Unavailable
from servicekit.kafka_broker import Broker
from servicekit.kafka_positions import GroupPositions, is_behind
from servicekit.kafka_records import Record
from servicekit.kafka_topics import Topic, ensure_topics
from servicekit.metrics import Metrics
from stack.engines import KafkaEngine
from tests.adapters.servicekit.test_group_reader import HERE, Desk
from tests.fakes.waiting import until


@pytest.fixture
async def desk(kafka_engine: KafkaEngine, topic: str, unique: str, metrics: Metrics) -> AsyncIterator[Desk]:
    desk = Desk(kafka_engine, topic, unique, metrics)
    await desk.publisher.start()
    await ensure_topics(Broker(kafka_engine.address), [Topic(topic)])
    yield desk
    await desk.stop()


def waiting(desk: Desk) -> asyncio.Task[None]:
    positions = GroupPositions(Broker(desk.engine.address), desk.group, [Topic(desk.topic)])
    return asyncio.create_task(positions.until_finished())


async def test_a_group_without_records_has_finished(desk: Desk) -> None:  # spec 10.6
    await waiting(desk)


async def test_it_waits_for_records_that_were_published_before_and_not_for_later_ones(desk: Desk) -> None:  # spec 10.6
    desk.fails["old"] = Unavailable("the store is away")
    await desk.publisher.publish([Record(desk.topic, HERE, value.encode()) for value in ("first", "old")])
    consumed = waiting(desk)
    await desk.ready_reader()
    await until(lambda: desk.tried["old"] >= 2)
    assert not consumed.done()

    desk.fails = {"new": Unavailable("the store is away")}
    await until(lambda: desk.handled == ["first", "old"])
    await desk.publish("new")

    await asyncio.wait_for(consumed, 60)
    assert desk.handled == ["first", "old"]


async def test_a_record_that_is_retried_for_too_long_is_unavailable(desk: Desk) -> None:  # spec 10.6
    desk.fails["stuck"] = Unavailable("the store is away")
    await desk.publish("stuck")
    await desk.ready_reader()

    positions = GroupPositions(Broker(desk.engine.address), desk.group, [Topic(desk.topic)], stuck_after=1.0)
    with pytest.raises(Unavailable, match=f"partition . of {desk.topic}"):
        await asyncio.wait_for(positions.until_finished(), 60)


async def test_a_broker_that_is_down_is_unavailable(own_kafka: KafkaEngine, topic: str, unique: str) -> None:  # spec 10.6
    own_kafka.start()
    await ensure_topics(Broker(own_kafka.address), [Topic(topic)])
    own_kafka.kill()

    with pytest.raises(Unavailable):
        await GroupPositions(Broker(own_kafka.address), unique, [Topic(topic)]).until_finished()


@pytest.mark.parametrize(
    ("start", "end", "finished", "behind"),
    [(0, 0, None, False), (0, 5, None, True), (0, 5, 4, True), (0, 5, 5, False), (5, 5, None, False), (3, 5, 1, True), (0, 5, 9, False)],
)
def test_records_are_left_between_the_position_and_the_end(start: int, end: int, finished: int | None, behind: bool) -> None:
    assert is_behind(start, end, finished) is behind
