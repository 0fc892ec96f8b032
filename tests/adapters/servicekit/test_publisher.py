"""The publisher: records of a key are in order in the topic, and an acknowledged record is stored."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest

from servicekit import kafka_publisher
from servicekit.errors import InvalidArgument, Unavailable
from servicekit.kafka_broker import Broker
from servicekit.kafka_publisher import Publisher, partition_of
from servicekit.kafka_records import Received, Record
from servicekit.kafka_topics import Topic
from servicekit.metrics import Metrics
from stack.engines import KafkaEngine
from tests.adapters.servicekit.kafka_story import read
from tests.fakes.waiting import until

Publishers = Callable[[KafkaEngine], Publisher]


@pytest.fixture
async def publisher_on(metrics: Metrics, topic: str) -> AsyncIterator[Publishers]:
    made: list[Publisher] = []

    def make(engine: KafkaEngine) -> Publisher:
        made.append(Publisher(Broker(engine.address), engine.idempotence, metrics, topics=[Topic(topic)]))
        return made[-1]

    yield make
    for publisher in made:
        await publisher.stop()


@pytest.fixture
async def publisher(publisher_on: Publishers, kafka_engine: KafkaEngine) -> Publisher:
    publisher = publisher_on(kafka_engine)
    await publisher.start()
    return publisher


def numbered(topic: str, key: str, numbers: range) -> list[Record]:
    return [Record(topic, key, str(number).encode()) for number in numbers]


def numbers_of(records_read: list[Received], key: str) -> list[int]:
    return [int(record.value) for record in records_read if record.key == key]


async def test_a_record_arrives_with_key_value_and_headers(publisher: Publisher, kafka_url: str, topic: str) -> None:
    await publisher.publish([Record(topic, "kïwi", b"\x00\xff", {"desk": "harbour", "people": "ava,böb"})])

    [records_read] = await read(kafka_url, topic, 1)

    assert (records_read.key, records_read.value, records_read.headers) == ("kïwi", b"\x00\xff", {"desk": "harbour", "people": "ava,böb"})


async def test_records_of_a_key_keep_their_order_with_concurrent_publishers(publisher: Publisher, kafka_url: str, topic: str) -> None:
    keys = [f"key-{n}" for n in range(20)]

    async def publish_key(key: str) -> None:
        for start in range(0, 50, 5):
            await publisher.publish(numbered(topic, key, range(start, start + 5)))

    await asyncio.gather(*map(publish_key, keys))

    records_read = await read(kafka_url, topic, 1000)
    for key in keys:
        assert numbers_of(records_read, key) == list(range(50))


async def test_one_call_that_needs_many_batches_keeps_its_order(publisher: Publisher, kafka_url: str, topic: str) -> None:
    records = [Record(topic, "big", str(n).encode() + b" " * 100_000) for n in range(20)]

    await publisher.publish(records)

    assert numbers_of(await read(kafka_url, topic, 20), "big") == list(range(20))


async def test_a_key_has_the_same_partition_in_every_kafka_client(publisher: Publisher, kafka_url: str, topic: str) -> None:
    await publisher.publish([Record(topic, f"key-{n}", b"x") for n in range(50)])

    records_read = await read(kafka_url, topic, 50)

    assert {(record.key, record.partition) for record in records_read} == {(f"key-{n}", partition_of(f"key-{n}", 4)) for n in range(50)}
    # Known pairs of Kafka's own partitioner (its UtilsTest), to compare with another implementation.
    assert partition_of("21", 2**31) == -973932308 & 0x7FFFFFFF
    assert partition_of("foobar", 2**31) == -790332482 & 0x7FFFFFFF


async def test_a_record_that_the_broker_refuses_raises_and_the_next_is_published(publisher: Publisher, kafka_url: str, topic: str) -> None:
    with pytest.raises(InvalidArgument):
        await publisher.publish([Record(topic, "a", b"fine"), Record(topic, "a", b"x" * 2_000_000)])

    await publisher.publish([Record(topic, "a", b"next")])

    assert [record.value for record in await read(kafka_url, topic, 1)] == [b"next"]


async def test_publish_without_a_broker_is_unavailable_and_succeeds_after_it_started(
    own_kafka: KafkaEngine, publisher_on: Publishers, topic: str, metrics: Metrics
) -> None:
    publisher = publisher_on(own_kafka)
    await publisher.start()
    began = time.monotonic()

    with pytest.raises(Unavailable):
        await publisher.publish([Record(topic, "a", b"1")])

    assert time.monotonic() - began < 10
    assert not publisher.ready
    assert metrics.registry.get_sample_value(f"parley_{metrics.service}_kafka_publish_failures_total") == 1
    own_kafka.launch()
    await until(lambda: publisher.ready, 30)
    await publisher.publish([Record(topic, "a", b"1")])
    assert [record.value for record in await read(own_kafka.address, topic, 1)] == [b"1"]


async def test_records_of_a_key_keep_their_order_when_the_broker_freezes(
    own_kafka: KafkaEngine, publisher_on: Publishers, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_publisher, "REQUEST_MS", 400)
    monkeypatch.setattr(kafka_publisher, "ACK_SECONDS", 0.5)
    own_kafka.start()
    publisher = publisher_on(own_kafka)
    await publisher.start()
    acknowledged = refused = 0

    async def publish_up_to(many: int) -> None:
        """Publishes as a relay does: after a failure it repeats from the first record without an acknowledgement."""
        nonlocal acknowledged, refused
        while acknowledged < many:
            try:
                await publisher.publish(numbered(topic, "a", range(acknowledged, acknowledged + 5)))
                acknowledged += 5
            except Unavailable:
                refused += 1

    for part in (1, 2, 3):
        publishing = asyncio.create_task(publish_up_to(part * 500))
        await until(partial(lambda at: acknowledged > at, part * 500 - 400))
        freeze(own_kafka, signal.SIGSTOP)
        await until(partial(lambda at: refused > at, refused))
        freeze(own_kafka, signal.SIGCONT)
        await asyncio.wait_for(publishing, 20)

    records_read = await read(own_kafka.address, topic, 1500)
    first_occurrences = list(dict.fromkeys(numbers_of(records_read, "a")))
    assert refused >= 3
    assert first_occurrences == list(range(1500))


def freeze(engine: KafkaEngine, number: int) -> None:
    assert engine.child is not None and engine.child.pid is not None
    os.kill(engine.child.pid, number)


async def test_the_publisher_reconnects_to_a_broker_that_restarted_empty(
    own_kafka: KafkaEngine, publisher_on: Publishers, topic: str
) -> None:
    own_kafka.start()
    publisher = publisher_on(own_kafka)
    await publisher.start()
    await publisher.publish([Record(topic, "a", b"before")])
    own_kafka.kill()
    own_kafka.start()

    while True:
        try:
            await publisher.publish([Record(topic, "a", b"after")])
            break
        except Unavailable:
            continue

    assert b"after" in {record.value for record in await read(own_kafka.address, topic, 2 if own_kafka.idempotence else 1)}
