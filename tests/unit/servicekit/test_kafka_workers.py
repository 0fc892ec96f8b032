"""The workers of a group member, with a fake consumer."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

from servicekit.kafka_records import Received, received
from servicekit.kafka_workers import Workers

HERE = TopicPartition("t", 0)
RECORD = ConsumerRecord("t", 0, 0, 0, 0, b"a", b"1", None, 1, 1, ())


class Consumer:
    """A consumer of one record. Its commit ends when the test sets an event."""

    def __init__(self) -> None:
        self._client, self._on_connection_closed = self, lambda line, reason: None
        self.committing, self.committed = asyncio.Event(), asyncio.Event()
        self._fetched = False

    async def getmany(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        if self._fetched:
            await asyncio.sleep(timeout_ms / 1000)
            return {}
        self._fetched = True
        return {HERE: [RECORD]}

    def highwater(self, partition: TopicPartition) -> int:
        return 7

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.committing.set()
        await self.committed.wait()


@pytest.mark.parametrize("turns", range(5))
async def test_a_reader_stopped_at_the_end_of_its_commit_stops(turns: int) -> None:
    consumer = Consumer()
    handled: list[Received] = []

    async def take(record: Received) -> None:
        handled.append(record)

    workers = Workers(consumer, take)
    running = asyncio.create_task(workers.run(lambda: None))
    await asyncio.wait_for(consumer.committing.wait(), 10)

    consumer.committed.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()

    done, _ = await asyncio.wait({running}, timeout=10)
    assert done == {running}
    assert [record.value for record in handled] == [b"1"]


async def test_the_lag_counts_records_from_the_one_that_is_being_handled() -> None:  # spec 12.2
    consumer, taken = Consumer(), asyncio.Event()

    async def hold(record: Received) -> None:
        taken.set()
        await asyncio.Event().wait()

    workers = Workers(consumer, hold)
    assert workers.lag("t") == 0
    running = asyncio.create_task(workers.run(lambda: None))
    await asyncio.wait_for(taken.wait(), 10)

    assert (workers.lag("t"), workers.lag("other")) == (7, 0)

    running.cancel()
    await workers.end()


async def test_a_worker_that_fails_ends_the_reader_which_starts_over() -> None:
    async def take(record: Received) -> None:
        raise RuntimeError(record.topic)

    with pytest.raises(RuntimeError, match="t"):
        await asyncio.wait_for(Workers(Consumer(), take).run(lambda: None), 10)


def test_a_header_without_a_value_is_empty() -> None:
    assert received(replace(RECORD, headers=(("kind", None), ("desk", b"a")))).headers == {"kind": "", "desk": "a"}
