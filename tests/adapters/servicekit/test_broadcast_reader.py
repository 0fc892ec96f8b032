"""Every replica consumes all records from its start on, and is notified when it may have missed some."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiokafka.conn import CloseReason

from servicekit import kafka_broadcast, polls
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_broker import Broker
from servicekit.kafka_connections import new_consumer
from servicekit.kafka_records import Received
from servicekit.kafka_topics import Topic, WrongPartitions, ensure_topics
from servicekit.metrics import Metrics
from stack.engines import KafkaEngine
from tests.adapters.servicekit.kafka_story import publish
from tests.fakes.waiting import until


class Replica:
    """A broadcast reader of one replica, the records that it consumed, and the number of its resyncs."""

    def __init__(
        self,
        engine: KafkaEngine,
        topic: str,
        from_beginning: bool = False,
        handle: Callable[[str], None] | None = None,
        keeps_log: bool | None = None,
    ) -> None:
        self.consumed: list[str] = []
        self.resyncs = 0
        self._handle = handle
        self.reader = BroadcastReader(
            Broker(engine.address, keeps_log=engine.keeps_log if keeps_log is None else keeps_log),
            engine.fetch_wait,
            [Topic(topic)],
            self.consume,
            self.resync,
            Metrics("test"),
            fetch_pause=0.05,
            from_beginning=from_beginning,
        )

    def consume(self, record: Received) -> None:
        if self._handle is not None:
            self._handle(record.value.decode())
        self.consumed.append(record.value.decode())

    def resync(self) -> None:
        assert self.reader.ready, "resync must run after the offsets are known, so that no record after the fetch is missed"
        self.resyncs += 1


Replicas = Callable[..., Replica]


@pytest.fixture
async def replica_on(topic: str) -> AsyncIterator[Replicas]:
    made: list[Replica] = []

    def make(engine: KafkaEngine, **more: object) -> Replica:
        made.append(Replica(engine, topic, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for replica in made:
        await replica.reader.stop()


async def started(replica: Replica) -> Replica:
    await replica.reader.start()
    await until(lambda: replica.reader.ready)
    return replica


async def test_a_reader_at_rest_fetches_after_pauses_and_misses_nothing(
    kafka_engine: KafkaEngine, replica_on: Replicas, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polls, "REST_AFTER", 0.0)
    replica = await started(replica_on(kafka_engine))
    for number in range(5):
        await publish(kafka_engine.address, topic, str(number))
        await until(lambda: len(replica.consumed) == number + 1)  # noqa: B023
    assert (replica.consumed, replica.resyncs) == ([*"01234"], 0)


async def test_two_replicas_both_consume_all_new_records_in_order(kafka_engine: KafkaEngine, replica_on: Replicas, topic: str) -> None:
    await publish(kafka_engine.address, topic, "past")
    one, two = await started(replica_on(kafka_engine)), await started(replica_on(kafka_engine))

    await publish(kafka_engine.address, topic, *map(str, range(50)))

    for replica in (one, two):
        await until(lambda replica=replica: len(replica.consumed) == 50)  # type: ignore[misc]
        assert replica.consumed == [str(n) for n in range(50)]
        assert replica.resyncs == 0


async def test_a_compacted_topic_can_be_consumed_from_the_beginning(kafka_engine: KafkaEngine, replica_on: Replicas, topic: str) -> None:
    await publish(kafka_engine.address, topic, *map(str, range(20)))

    replica = await started(replica_on(kafka_engine, from_beginning=True))

    assert replica.consumed == [str(n) for n in range(20)], "the reader is caught up after all earlier records"


async def test_a_record_whose_handler_fails_is_counted_and_the_next_is_consumed(
    kafka_engine: KafkaEngine, replica_on: Replicas, topic: str
) -> None:
    def refuse(value: str) -> None:
        if value == "bad":
            raise ValueError(value)

    replica = await started(replica_on(kafka_engine, handle=refuse))

    await publish(kafka_engine.address, topic, "bad", "good")

    await until(lambda: replica.consumed == ["good"])


async def test_a_reader_waits_for_a_broker_that_has_not_started(own_kafka: KafkaEngine, replica_on: Replicas) -> None:
    replica = replica_on(own_kafka)
    await asyncio.wait_for(replica.reader.start(), 1)
    assert not replica.reader.ready

    own_kafka.start()

    await until(lambda: replica.reader.ready)
    assert replica.resyncs == 0


async def test_a_restarted_broker_is_detected_and_its_new_records_are_consumed(
    own_kafka: KafkaEngine, replica_on: Replicas, topic: str
) -> None:
    own_kafka.start()
    replica = await started(replica_on(own_kafka, keeps_log=False))
    await publish(own_kafka.address, topic, "1", "2", "3")
    await until(lambda: len(replica.consumed) == 3)

    own_kafka.kill()
    await until(lambda: not replica.reader.ready)
    own_kafka.start()
    # More records than before the restart, so that the old offset would be inside the new log.
    await publish(own_kafka.address, topic, *("lost" for _ in range(5)))

    await until(lambda: replica.resyncs == 1, 30)
    await publish(own_kafka.address, topic, "after")
    await until(lambda: "after" in replica.consumed)


async def test_another_number_of_partitions_is_refused(kafka_engine: KafkaEngine, replica_on: Replicas, topic: str) -> None:
    await ensure_topics(Broker(kafka_engine.address, partitions=2), [Topic(topic)])
    replica = replica_on(kafka_engine)

    await replica.reader.start()

    await until(lambda: isinstance(replica.reader.broken, WrongPartitions))
    assert not replica.reader.ready


async def test_after_a_lost_connection_the_reader_continues_at_its_positions_on_a_broker_that_keeps_its_log(
    kafka_engine: KafkaEngine, topic: str, replica_on: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumers: list[Any] = []

    def recorded(*args: Any, **more: Any) -> Any:
        consumers.append(new_consumer(*args, **more))
        return consumers[-1]

    monkeypatch.setattr(kafka_broadcast, "new_consumer", recorded)
    replica = replica_on(kafka_engine, keeps_log=True)
    await replica.reader.start()
    await until(lambda: replica.reader.ready)
    await publish(kafka_engine.address, topic, "before")
    await until(lambda: replica.consumed == ["before"])

    for connection in list(consumers[0]._client._conns.values()):
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
    await publish(kafka_engine.address, topic, "meanwhile", "after")

    await until(lambda: replica.consumed == ["before", "meanwhile", "after"])
    assert (replica.resyncs, len(consumers)) == (0, 1)
