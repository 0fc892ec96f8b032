"""A group handles every record, also when a handler, another member or the broker fails."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from servicekit import polls
from servicekit.errors import InvalidArgument, NotFound, Unavailable
from servicekit.kafka_broker import Broker
from servicekit.kafka_group import GroupReader, InvalidRecord
from servicekit.kafka_publisher import Publisher, partition_of
from servicekit.kafka_records import Received
from servicekit.kafka_topics import Topic
from servicekit.metrics import Metrics
from stack.engines import KafkaEngine
from tests.adapters.servicekit.kafka_story import publish, read
from tests.fakes.waiting import until

# Two keys in different partitions of four.
HERE, THERE = "a", next(key for key in "bcdefgh" if partition_of(key, 4) != partition_of("a", 4))


class Desk:
    """Starts readers of one topic and group on a broker and records which records were handled."""

    def __init__(self, engine: KafkaEngine, topic: str, group: str, metrics: Metrics) -> None:
        self.engine, self.topic, self.group, self.metrics = engine, topic, group, metrics
        self.publisher = Publisher(Broker(engine.address), engine.idempotence, metrics)
        self.readers: list[GroupReader] = []
        self.handled: list[str] = []
        self.tried: Counter[str] = Counter()
        self.reconciled = 0
        self.fails: dict[str, Exception] = {}
        self.reconcile_fails: Exception | None = None

    async def reader(self, handle: Callable[[Received], Awaitable[None]] | None = None) -> GroupReader:
        reader = GroupReader(
            Broker(self.engine.address),
            self.engine.fetch_wait,
            self.group,
            [Topic(self.topic)],
            handle or self.handle,
            self.metrics,
            publisher=self.publisher,
            fetch_pause=0.05,
            reconcile=self.reconcile,
        )
        self.readers.append(reader)
        await reader.start()
        return reader

    async def ready_reader(self) -> GroupReader:
        reader = await self.reader()
        await until(lambda: reader.ready)
        return reader

    async def handle(self, record: Received) -> None:
        value = record.value.decode()
        self.tried[value] += 1
        if value in self.fails:
            raise self.fails[value]
        self.handled.append(value)

    async def reconcile(self) -> None:
        if self.reconcile_fails is not None:
            raise self.reconcile_fails
        self.reconciled += 1

    async def publish(self, *values: str, key: str = HERE) -> None:
        await publish(self.engine.address, self.topic, *values, key=key)

    def count(self, name: str) -> float:
        return self.metrics.registry.get_sample_value(f"parley_test_{name}", {"topic": self.topic}) or 0

    async def stop(self) -> None:
        for reader in self.readers:
            await reader.stop()
        await self.publisher.stop()


@pytest.fixture
async def desk(kafka_engine: KafkaEngine, topic: str, unique: str, metrics: Metrics) -> AsyncIterator[Desk]:
    desk = Desk(kafka_engine, topic, unique, metrics)
    await desk.publisher.start()
    yield desk
    await desk.stop()


async def test_records_of_a_key_are_handled_in_order(desk: Desk) -> None:
    await desk.ready_reader()

    await desk.publish(*map(str, range(100)))

    await until(lambda: len(desk.handled) == 100)
    assert desk.handled == [str(n) for n in range(100)]
    await until(lambda: desk.count("kafka_handled_age_seconds_count") == 100)
    assert 0 < desk.count("kafka_handled_age_seconds_sum") < 100 * 60
    assert desk.count("kafka_lag_records") == 0


async def test_a_member_at_rest_fetches_after_pauses_and_commits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "REST_AFTER", 0.0)
    first = await desk.ready_reader()
    for number in range(3):
        await desk.publish(str(number))
        await until(lambda: len(desk.handled) == number + 1)  # noqa: B023
    await first.stop()

    await desk.ready_reader()
    await desk.publish("last")

    await until(lambda: "last" in desk.handled)
    assert desk.handled == ["0", "1", "2", "last"]


async def test_records_published_before_the_first_reader_are_handled(desk: Desk) -> None:
    await desk.publish("early")

    await desk.reader()

    await until(lambda: desk.handled == ["early"])


async def test_a_handled_record_is_not_handled_again_by_the_next_reader(desk: Desk) -> None:
    reader = await desk.ready_reader()
    await desk.publish("1", "2")
    await until(lambda: desk.handled == ["1", "2"])
    await reader.stop()

    await desk.ready_reader()
    await desk.publish("3")

    await until(lambda: "3" in desk.handled)
    assert desk.handled == ["1", "2", "3"]


async def test_an_offset_is_committed_only_after_its_handler_returns(desk: Desk) -> None:
    held = asyncio.Event()

    async def never_done(record: Received) -> None:
        held.set()
        await asyncio.Event().wait()

    await desk.publish("held")
    stuck = await desk.reader(never_done)
    await asyncio.wait_for(held.wait(), 20)
    await stuck.stop()

    await desk.reader()

    await until(lambda: desk.handled == ["held"])


async def test_a_blocked_partition_does_not_delay_another(desk: Desk) -> None:
    desk.fails["blocked"] = Unavailable("the store is away")
    await desk.ready_reader()

    await desk.publish("blocked", "behind it", key=HERE)
    await desk.publish("beside it", key=THERE)

    await until(lambda: desk.handled == ["beside it"] and desk.tried["blocked"] >= 3)
    assert desk.count("kafka_retries_total") >= 3
    del desk.fails["blocked"]
    await until(lambda: desk.handled == ["beside it", "blocked", "behind it"])


async def test_records_that_cannot_be_handled_go_to_the_dead_letter_topic(desk: Desk) -> None:
    desk.fails = {"foreign": InvalidRecord("not_ours"), "wrong": InvalidArgument("no"), "gone": NotFound("no"), "bug": KeyError("oh")}
    await desk.ready_reader()

    await desk.publish(*desk.fails, "good")

    await until(lambda: desk.handled == ["good"])
    letters = await read(desk.engine.address, f"{desk.topic}.{desk.group}.dead", 4)
    assert [(letter.key, letter.value.decode()) for letter in letters] == [(HERE, value) for value in desk.fails]
    assert [letter.headers["dead-reason"] for letter in letters] == ["not_ours", "invalid_argument", "not_found", "KeyError"]
    assert desk.count("kafka_dead_letters_total") == 4


async def test_records_are_handled_while_reconciling_fails_and_it_is_repeated_until_it_succeeds(desk: Desk) -> None:
    desk.reconcile_fails = Unavailable("the owner is down")
    await desk.publish("waiting")
    await desk.ready_reader()
    await until(lambda: desk.handled == ["waiting"])
    assert desk.reconciled == 0

    desk.reconcile_fails = None

    await until(lambda: desk.reconciled == 1)


async def test_two_readers_share_the_partitions_and_miss_no_record_when_one_leaves(desk: Desk) -> None:
    first = await desk.ready_reader()
    await desk.ready_reader()
    published = [f"{key}{n}" for n in range(20) for key in (HERE, THERE)]
    for n, value in enumerate(published):
        await desk.publish(value, key=value[0])
        if n == 10:
            await first.stop()

    await until(lambda: set(desk.handled) == set(published))


async def test_a_reader_reconciles_again_after_a_broker_restart_and_continues(
    own_kafka: KafkaEngine, topic: str, unique: str, metrics: Metrics
) -> None:
    own_kafka.start()
    desk = Desk(own_kafka, topic, unique, metrics)
    await desk.publisher.start()
    await desk.ready_reader()
    await desk.publish("before", "and more", "of it")
    await until(lambda: len(desk.handled) == 3)

    own_kafka.kill()
    own_kafka.start()

    await until(lambda: desk.reconciled == 2 and desk.readers[0].ready, 30)
    await desk.publish("after")
    await until(lambda: "after" in desk.handled)
    await desk.stop()
