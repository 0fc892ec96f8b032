"""The outbox: records saved with a change are published in order, also after a crash, and nothing else is published."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

import pytest

from servicekit.kafka_broker import Broker
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Record
from servicekit.kafka_topics import Topic
from servicekit.metrics import Metrics
from servicekit.mongo import MongoOutbox
from servicekit.outbox import OutboxRelay, Unpublished, new_with_records, with_records
from stack.engines import KafkaEngine
from tests.adapters.conftest import Database
from tests.adapters.servicekit.kafka_story import read
from tests.fakes.faults import CrashesAt, StopsAt
from tests.fakes.waiting import until


@pytest.fixture
async def publisher(kafka_engine: KafkaEngine, topic: str, metrics: Metrics) -> AsyncIterator[Publisher]:
    publisher = Publisher(Broker(kafka_engine.address), kafka_engine.idempotence, metrics, topics=[Topic(topic)])
    await publisher.start()
    yield publisher
    await publisher.stop()


Relays = Callable[..., OutboxRelay]


@pytest.fixture
async def relay_with(database: Database, publisher: Publisher, metrics: Metrics) -> AsyncIterator[Relays]:
    made: list[OutboxRelay] = []

    def make(**more: object) -> OutboxRelay:
        made.append(OutboxRelay([MongoOutbox(database["things"])], publisher, metrics, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for relay in made:
        await relay.stop()


def fact(topic: str, id: str, number: int) -> Record:
    return Record(topic, id, str(number).encode() + b"\x00\xff", {"desk": "harbour", "kind": 'it\'s "x"'})


async def save(database: Database, topic: str, id: str, numbers: range) -> None:
    """Saves a document with the first fact and changes it once for each other fact."""
    things = database["things"]
    first, *others = numbers
    await things.insert_one(new_with_records({"_id": id, "revision": first}, [fact(topic, id, first)]))
    for number in others:
        await things.update_one({"_id": id}, with_records({"$set": {"revision": number}}, [fact(topic, id, number)]))


async def numbers(kafka: str, topic: str, count: int) -> dict[str, list[int]]:
    published: dict[str, list[int]] = {}
    for record in await read(kafka, topic, count):
        published.setdefault(record.key, []).append(int(record.value.removesuffix(b"\x00\xff")))
    return published


async def nothing_left(database: Database) -> bool:
    return await database["things"].count_documents({"outbox_pending": True}) == 0


async def test_facts_are_published_in_order_and_then_removed(database: Database, kafka_url: str, topic: str, relay_with: Relays) -> None:
    for id in ("a", "b"):
        await save(database, topic, id, range(5))

    await relay_with().publish_all()

    assert await numbers(kafka_url, topic, 10) == {"a": [0, 1, 2, 3, 4], "b": [0, 1, 2, 3, 4]}
    assert await nothing_left(database)
    assert await database["things"].find_one({"_id": "a"}) == {"_id": "a", "revision": 4, "outbox": []}
    [first, *_] = await read(kafka_url, topic, 1)
    assert first.headers == {"desk": "harbour", "kind": 'it\'s "x"'}


async def test_a_woken_relay_publishes_at_once_and_the_sweep_publishes_the_rest(
    database: Database, kafka_url: str, topic: str, relay_with: Relays
) -> None:
    relay = relay_with(sweep_seconds=0.1)
    await relay.start()
    await save(database, topic, "a", range(1))
    relay.wake()
    await until(lambda: nothing_left(database))

    await save(database, topic, "b", range(1))

    await until(lambda: nothing_left(database))
    assert await numbers(kafka_url, topic, 2) == {"a": [0], "b": [0]}


class CountingOutbox(MongoOutbox):
    searches = 0

    async def unpublished(self, limit: int) -> Sequence[Unpublished]:
        found = await super().unpublished(limit)
        self.searches += 1
        return found


@pytest.mark.parametrize("crashes", [0, 1])
async def test_the_records_of_a_new_document_are_published_without_a_search_and_with_one_after_a_crash(
    database: Database, kafka_url: str, topic: str, publisher: Publisher, metrics: Metrics, crashes: int
) -> None:
    outbox, faults = CountingOutbox(database["things"]), CrashesAt("published_not_marked", crashes)
    relay = OutboxRelay([outbox], publisher, metrics, faults=faults, sweep_seconds=3600)
    outbox.wake, outbox.publish = relay.wake, partial(relay.publish_saved, outbox)
    await relay.start()
    await until(lambda: outbox.searches == 1)

    update = with_records({"$set": {"revision": 0}}, [fact(topic, "a", 0)])
    await database["things"].update_one({"_id": "a"}, update, upsert=True)
    outbox.created("a", update)

    await until(lambda: nothing_left(database))
    assert (outbox.searches > 1) is (crashes > 0)
    await database["things"].update_one({"_id": "a"}, with_records({"$set": {"revision": 1}}, [fact(topic, "a", 1)]))
    outbox.wake()
    await until(lambda: nothing_left(database))
    await relay.stop()
    assert await numbers(kafka_url, topic, 2 + crashes) == {"a": [0] * crashes + [0, 1]}


async def test_a_crash_between_publish_and_mark_repeats_facts_and_loses_none(
    database: Database, kafka_url: str, topic: str, relay_with: Relays
) -> None:
    await save(database, topic, "a", range(3))
    stopped = StopsAt("published_not_marked")
    await (crashed := relay_with(faults=stopped)).start()
    await asyncio.wait_for(stopped.seen.wait(), 10)
    await crashed.stop()

    await relay_with().publish_all()

    assert await numbers(kafka_url, topic, 6) == {"a": [0, 1, 2, 0, 1, 2]}
    assert await nothing_left(database)


async def test_a_failed_round_is_retried_automatically(database: Database, kafka_url: str, topic: str, relay_with: Relays) -> None:
    await save(database, topic, "a", range(2))
    await relay_with(faults=CrashesAt("published_not_marked")).start()

    await until(lambda: nothing_left(database))

    assert await numbers(kafka_url, topic, 4) == {"a": [0, 1, 0, 1]}


async def test_two_concurrent_relays_never_publish_a_fact_before_its_predecessor(
    database: Database, kafka_url: str, topic: str, relay_with: Relays
) -> None:
    relays = [relay_with(sweep_seconds=0.02) for _ in range(2)]
    for relay in relays:
        await relay.start()

    await asyncio.gather(*(save(database, topic, id, range(20)) for id in ("a", "b")))

    await until(lambda: nothing_left(database))
    for relay in relays:
        await relay.stop()
    published = await numbers(kafka_url, topic, 40)
    assert {key: list(dict.fromkeys(values)) for key, values in published.items()} == {"a": list(range(20)), "b": list(range(20))}


async def test_a_fact_added_while_another_is_marked_is_not_lost(database: Database, topic: str) -> None:
    await save(database, topic, "a", range(1))
    outbox = MongoOutbox(database["things"])
    [unpublished] = await outbox.unpublished(10)
    await database["things"].update_one({"_id": "a"}, with_records({}, [fact(topic, "a", 1)]))

    await outbox.mark_published([unpublished])

    [left] = await outbox.unpublished(10)
    assert len(left.records) == 1


@pytest.mark.parametrize("pending", [False, True])
async def test_a_relay_that_is_late_leaves_the_newest_record_last_in_a_compacted_topic(
    database: Database, kafka_url: str, topic: str, publisher: Publisher, metrics: Metrics, pending: bool
) -> None:
    outbox, reading, faster_done = MongoOutbox(database["things"], compacted=True), asyncio.Event(), asyncio.Event()

    class Late:
        """Publishes its first records when the test says so."""

        async def publish(self, records: Sequence[Record]) -> None:
            reading.set()
            await faster_done.wait()
            await publisher.publish(records)

    await save(database, topic, "a", range(1))
    late = asyncio.create_task(OutboxRelay([outbox], Late(), metrics).publish_all())
    await reading.wait()
    for number in (1, 2):
        await database["things"].update_one({"_id": "a"}, with_records({"$set": {"revision": number}}, [fact(topic, "a", number)]))
    await OutboxRelay([outbox], publisher, metrics).publish_all()
    if pending:
        await database["things"].update_one({"_id": "a"}, with_records({"$set": {"revision": 3}}, [fact(topic, "a", 3)]))

    faster_done.set()
    await late

    assert await numbers(kafka_url, topic, 5 + pending) == {"a": [0, 1, 2, 0, 2, *[3] * pending]}
    assert await nothing_left(database)
    assert [(u.document_id, u.records) for u in await outbox.unpublished(10)] == []
