"""Fetches the assigned partitions of a group member, runs one worker for each, and commits what they have finished.

A record is finished when its handler returns, or if it returns a future, when that is done. The worker does not wait for the future: the
records after it are handled meanwhile, and are repeated with it after a crash, because an offset is committed only when all before it are
finished. The number of futures that are not done is bounded by the handler. When a partition is taken away, its next owner repeats what is
not finished; so a future that is a task is cancelled, and what completes a plain future goes on.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from servicekit.kafka_connections import ConnectionLost, Fetches, disable, on_connection_lost
from servicekit.kafka_records import Received, received
from servicekit.logs import log

COMMIT_SECONDS = 0.25
MAX_WAITING = 1_000
# Seconds between two looks at the workers while no records come and all are finished.
REST_SECONDS = 1.0
# How long a partition that is taken away waits for its cancelled tasks to end. Meanwhile the group waits for this member.
CANCEL_SECONDS = 3.0

Unfinished = asyncio.Future[None] | None


class Workers(ConsumerRebalanceListener):  # type: ignore[misc]
    """One worker for each assigned partition. Create it before the consumer starts."""

    def __init__(self, consumer: Any, fetch_pause: float, handle: Callable[[Received], Awaitable[Unfinished]]) -> None:
        self._consumer, self._fetch_pause, self._handle = consumer, fetch_pause, handle
        self._waiting: dict[TopicPartition, deque[Any]] = {}
        self._tasks: dict[TopicPartition, asyncio.Task[None]] = {}
        # The next offset after what is handled, and what was committed last.
        self._handled: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._unfinished: dict[TopicPartition, list[tuple[int, asyncio.Future[None]]]] = {}
        self._assigned, self._lost = False, asyncio.Event()
        on_connection_lost(consumer._client, self._connection_lost)

    # At once, not when the next fetch returns: an old offset must not be committed at a broker that has lost its data.
    def _connection_lost(self) -> None:
        disable(self._consumer._client)
        self._lost.set()

    async def run(self, joined: Callable[[], None]) -> None:
        """Fetches records for the workers. Raises ConnectionLost, or the error of a fetch or worker that fails."""
        reading, lost = asyncio.create_task(self._read(joined)), asyncio.create_task(self._lost.wait())
        try:
            await asyncio.wait({reading, lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, lost):
                task.cancel()
            await asyncio.gather(reading, lost, return_exceptions=True)
        if self._lost.is_set():
            raise ConnectionLost
        reading.result()

    async def _read(self, joined: Callable[[], None]) -> None:
        consumer, committed_at = self._consumer, time.monotonic()
        fetches = Fetches(consumer, self._fetch_pause)
        while True:
            timeout = REST_SECONDS if fetches.resting and self._all_committed() else COMMIT_SECONDS
            fetched = await consumer.getmany(timeout_ms=int(timeout * 1000), max_records=500)
            fetches.fetched(len(fetched))
            if self._assigned:
                joined()
            for task in self._tasks.values():
                if task.done():
                    task.result()  # raises a worker's error: the reader restarts, so that the partition does not stop
            for partition, records in fetched.items():
                self._enqueue(partition, records)
            if time.monotonic() - committed_at >= COMMIT_SECONDS:
                await self._commit()
                committed_at = time.monotonic()

    def lag(self, topic: str) -> int:
        """How many records of the topic's assigned partitions are not handled, by the broker's last answers."""
        behind = {p: (self._consumer.highwater(p) or 0) - found[0].offset for p, found in self._waiting.items() if found}
        return sum(max(count, 1) for partition, count in behind.items() if partition.topic == topic)

    async def end(self) -> None:
        await self._drop(list(self._tasks))

    async def on_partitions_revoked(self, revoked: Any) -> None:
        await self._drop([partition for partition in revoked if partition in self._tasks])

    async def on_partitions_assigned(self, assigned: Any) -> None:
        self._assigned = True

    def _enqueue(self, partition: TopicPartition, records: Sequence[Any]) -> None:
        waiting = self._waiting.setdefault(partition, deque())
        waiting.extend(records)
        if len(waiting) >= MAX_WAITING:
            self._consumer.pause(partition)
        task = self._tasks.get(partition)
        if task is None or task.done():
            self._tasks[partition] = asyncio.create_task(self._work(partition, waiting))

    async def _work(self, partition: TopicPartition, waiting: deque[Any]) -> None:
        while waiting:
            raw = waiting[0]
            unfinished = await self._handle(received(raw))
            waiting.popleft()
            if unfinished is not None and not unfinished.done():
                self._unfinished.setdefault(partition, []).append((raw.offset, unfinished))
            self._handled[partition] = raw.offset + 1
            if len(waiting) == MAX_WAITING // 2:
                self._consumer.resume(partition)

    async def _drop(self, partitions: Sequence[TopicPartition]) -> None:
        tasks = [self._tasks.pop(partition) for partition in partitions]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._commit()
        unfinished = [future for partition in partitions for _, future in self._unfinished.get(partition, ())]
        # Before the tasks are cancelled: a commit would take a cancelled one for finished.
        for partition in partitions:
            for kept in (self._waiting, self._handled, self._committed, self._unfinished):
                kept.pop(partition, None)
        await _cancelled([future for future in unfinished if isinstance(future, asyncio.Task)])

    def _all_committed(self) -> bool:
        return self._committed == self._handled and all(task.done() for task in self._tasks.values())

    async def _commit(self) -> None:
        finished = {partition: self._finished(partition) for partition in self._handled}
        new = {partition: offset for partition, offset in finished.items() if self._committed.get(partition) != offset}
        if new and not self._lost.is_set():
            try:
                async with asyncio.timeout(3):
                    await self._consumer.commit(new)
                self._committed |= new
            except (KafkaError, OSError, TimeoutError) as error:
                # It is tried again with the next commit; until then the next owner of the partition would repeat these records.
                log.info("commit_failed", reason=type(error).__name__)

    def _finished(self, partition: TopicPartition) -> int:
        """The offset of the first record that is not finished."""
        left = self._unfinished[partition] = [each for each in self._unfinished.get(partition, ()) if not each[1].done()]
        return left[0][0] if left else self._handled[partition]


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        _, left = await asyncio.wait(tasks, timeout=CANCEL_SECONDS)
        if left:
            log.warning("unfinished_tasks_left", count=len(left))
