"""The workers of a group member, with a fake consumer."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from servicekit.kafka_records import Received, received
from servicekit.kafka_workers import Workers
from tests.fakes.waiting import until

HERE = TopicPartition("t", 0)
RECORD = ConsumerRecord("t", 0, 0, 0, 0, b"a", b"1", None, 1, 1, ())


class Consumer:
    """A consumer of one record, or of these. Its commit ends when the test sets an event."""

    def __init__(self, *records: Any) -> None:
        self._records, self.offsets, self.failing = records or (RECORD,), list[int](), 0
        self._client, self._on_connection_closed = self, lambda line, reason: None
        self._fetcher = SimpleNamespace(_fetch_max_wait_ms=100, _fetcher_timeout=0.2, _proc_fetch_request=None)
        self.committing, self.committed = asyncio.Event(), asyncio.Event()
        self._fetched = False

    async def getmany(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        if self._fetched:
            await asyncio.sleep(timeout_ms / 1000)
            return {}
        self._fetched = True
        return {HERE: [*self._records]}

    def highwater(self, partition: TopicPartition) -> int:
        return 7

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.committing.set()
        await self.committed.wait()
        self.failing -= 1
        if self.failing >= 0:
            raise KafkaError
        self.offsets.append(offsets[HERE])


@pytest.mark.parametrize("turns", range(5))
async def test_a_reader_stopped_at_the_end_of_its_commit_stops(turns: int) -> None:
    consumer = Consumer()
    handled: list[Received] = []

    async def take(record: Received) -> None:
        handled.append(record)

    workers = Workers(consumer, 0.0, take)
    running = asyncio.create_task(workers.run(lambda: None))
    await asyncio.wait_for(consumer.committing.wait(), 10)

    consumer.committed.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()

    done, _ = await asyncio.wait({running}, timeout=10)
    assert done == {running}
    assert [record.value for record in handled] == [b"1"]


async def test_an_offset_is_committed_when_all_records_before_it_are_finished() -> None:  # design 5
    consumer, handled = Consumer(*(replace(RECORD, offset=offset) for offset in range(4))), list[int]()
    consumer.committed.set()
    consumer.failing = 1
    unfinished = {offset: asyncio.get_running_loop().create_future() for offset in (1, 2)}

    async def take(record: Received) -> asyncio.Future[None] | None:
        handled.append(record.offset)
        return unfinished.get(record.offset)

    workers = Workers(consumer, 0.0, take)
    running = asyncio.create_task(workers.run(lambda: None))
    await until(lambda: consumer.offsets == [1])
    assert handled == [0, 1, 2, 3]
    unfinished[2].set_result(None)
    unfinished[1].set_result(None)
    await until(lambda: consumer.offsets == [1, 4])
    running.cancel()
    await asyncio.wait({running})


async def test_the_tasks_of_a_partition_that_is_taken_away_end_and_are_not_finished() -> None:  # spec 10.6, design 5
    # Its next owner repeats the records, so no work of this member may come after that of the owner.
    consumer, begun, ended = Consumer(*(replace(RECORD, offset=offset) for offset in range(2))), asyncio.Event(), asyncio.Event()
    consumer.committed.set()
    plain = asyncio.get_running_loop().create_future()

    async def copying() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()

    async def take(record: Received) -> asyncio.Future[None]:
        return plain if record.offset else asyncio.create_task(copying())

    workers = Workers(consumer, 0.0, take)
    running = asyncio.create_task(workers.run(lambda: None))
    await asyncio.wait_for(begun.wait(), 10)
    await until(lambda: consumer.offsets == [0])

    await workers.on_partitions_revoked([HERE])

    assert ended.is_set() and not plain.done()
    running.cancel()
    await asyncio.wait({running})
    await workers.end()
    assert consumer.offsets == [0]


async def test_the_lag_counts_records_from_the_one_that_is_being_handled() -> None:  # spec 12.2
    consumer, taken = Consumer(), asyncio.Event()

    async def hold(record: Received) -> None:
        taken.set()
        await asyncio.Event().wait()

    workers = Workers(consumer, 0.0, hold)
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
        await asyncio.wait_for(Workers(Consumer(), 0.0, take).run(lambda: None), 10)


def test_a_header_without_a_value_is_empty() -> None:
    assert received(replace(RECORD, headers=(("kind", None), ("desk", b"a")))).headers == {"kind": "", "desk": "a"}


async def test_a_position_whose_commit_failed_is_committed_later_though_its_partition_is_idle() -> None:
    class Refusing(Consumer):
        def __init__(self) -> None:
            super().__init__()
            self.commits: list[dict[TopicPartition, int]] = []

        async def commit(self, offsets: dict[TopicPartition, int]) -> None:
            self.commits.append(offsets)
            if len(self.commits) == 1:
                raise OSError

    async def take(record: Received) -> None:
        pass

    consumer = Refusing()
    running = asyncio.create_task(Workers(consumer, 0.0, take).run(lambda: None))
    await until(lambda: len(consumer.commits) == 2)
    running.cancel()
    await asyncio.wait({running})
    assert consumer.commits[1] == {HERE: 1}
