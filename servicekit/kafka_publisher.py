"""Publishes records in order: for each key, a topic contains records in the order in which they were passed.

One batch per partition is in flight at a time. The next one is sent only after the broker acknowledges it; when it fails, the queued
records of the partition fail too. (A producer without idempotence may drop one record and still send the next.) A caller that gets
Unavailable repeats all of its records: some may be published already, and duplicates are allowed while gaps are not.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Coroutine, Sequence
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from servicekit.errors import InvalidArgument, Unavailable
from servicekit.kafka_broker import Broker
from servicekit.kafka_connections import BROKER_ERRORS, disable, on_connection_lost
from servicekit.kafka_records import Record
from servicekit.kafka_topics import Topic, ensure_topics
from servicekit.logs import log
from servicekit.loop import Loop
from servicekit.metrics import Metrics

CONNECT_SECONDS = 3.0
ACK_SECONDS = 6.0
REQUEST_MS = 4_000
BATCH_BYTES = 512 * 1024
LARGEST_RECORD = 900 * 1024


class Publisher(Loop):
    """Ready while it has a producer whose last batch succeeded. Ensures that `topics` exist before it publishes."""

    waits_for = "the broker and its topics"

    def __init__(self, kafka: Broker, idempotence: bool, metrics: Metrics, *, topics: Sequence[Topic] = ()) -> None:
        super().__init__("publisher", self._keep_connected, metrics, transient=BROKER_ERRORS)
        self._kafka, self._idempotence, self._topics = kafka, idempotence, topics
        self.ready = False
        self._queues: dict[tuple[str, int], _Queue] = {}
        self._counts: dict[str, int] = {}
        self._producer: Any = None
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self._down.set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._published = metrics.counter("kafka_published_total", "Records that the broker acknowledged")
        # Also while no broker answers, so that it grows as long as an outage lasts.
        self._failed = metrics.counter("kafka_publish_failures_total", "Batches that were not acknowledged, and calls without a broker")

    async def stop(self) -> None:
        """Callers whose batch is in flight get Unavailable; the broker may still store it."""
        await super().stop()
        for queue in self._queues.values():
            queue.fail()
        producer, self._producer = self._producer, None
        self._set_down()
        if producer is not None:
            await _dispose(producer)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def publish(self, records: Sequence[Record]) -> None:
        """Returns when all are acknowledged. Raises Unavailable within about 10 s (repeat all), InvalidArgument for a record too large."""
        if not records:
            return
        for record in records:
            if len(record.value) > LARGEST_RECORD:
                raise InvalidArgument("The record is too large for the broker.", field=record.topic, key=record.key)
        partitions = await self._partitions_of(records)
        waiter = _Waiter(len(records))
        for partition, record in zip(partitions, records, strict=True):
            queue = self._queues.get(partition)
            if queue is None:
                queue = self._queues[partition] = _Queue()
            queue.waiting.append((record, waiter))
            if queue.task is None or queue.task.done():
                queue.task = self._spawn(self._drain(queue, *partition))
        await waiter.future

    async def _partitions_of(self, records: Sequence[Record]) -> list[tuple[str, int]]:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._up.wait()
                for topic in {record.topic for record in records} - self._counts.keys():
                    self._counts[topic] = len(await self._producer.partitions_for(topic))
                return [(r.topic, partition_of(r.key, self._counts[r.topic])) for r in records]
        except (KafkaError, OSError, TimeoutError, KeyError, AttributeError) as error:
            self._failed.inc()
            raise Unavailable("The broker does not answer; repeat all.") from error

    async def _drain(self, queue: "_Queue", topic: str, partition: int) -> None:
        try:
            while queue.waiting:
                producer = self._producer
                if producer is None:
                    queue.fail()
                    return
                batch, queue.sent = _next_batch(producer, queue.waiting)
                try:
                    async with asyncio.timeout(ACK_SECONDS):
                        await (await producer.send_batch(batch, topic, partition=partition))
                except (KafkaError, OSError, TimeoutError, AssertionError) as error:
                    log.warning("publish_failed", topic=topic, partition=partition, reason=type(error).__name__)
                    self._failed.inc()
                    self._discard(producer)
                    return
                self._published.inc(len(queue.sent))
                for waiter in queue.sent:
                    waiter.one_done()
                queue.sent = []
        finally:
            queue.fail()

    async def _keep_connected(self) -> None:
        while True:
            await self._down.wait()
            await ensure_topics(self._kafka, self._topics)
            self._producer = await self._connected()
            self._counts.clear()
            self._down.clear()
            self._up.set()
            self.ready = True

    async def _connected(self) -> Any:
        producer = AIOKafkaProducer(
            **self._kafka.connection(),
            acks="all",
            enable_idempotence=self._idempotence,
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=REQUEST_MS,
            metadata_max_age_ms=60_000,
        )
        on_connection_lost(producer.client, lambda: self._discard(producer))
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await producer.start()
        except BaseException:
            await _dispose(producer)
            raise
        return producer

    # After a failure or a lost connection the producer's state is unknown (sequence numbers, a batch that it still holds), and the broker
    # may have lost its data. So the producer sends nothing more, and a new one starts after the topics are ensured.
    def _discard(self, producer: Any) -> None:
        disable(producer.client)
        if producer is self._producer:
            self._producer = None
            self._set_down()
            for queue in self._queues.values():
                queue.fail()
                if queue.task is not None and queue.task is not asyncio.current_task():
                    queue.task.cancel()
            self._spawn(_dispose(producer))

    def _set_down(self) -> None:
        self.ready = False
        self._up.clear()
        self._down.set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Waiter:
    """One call of publish: succeeds when all of its records do, fails with the first that fails."""

    __slots__ = ("future", "left")

    def __init__(self, left: int) -> None:
        self.left, self.future = left, asyncio.get_running_loop().create_future()

    def one_done(self) -> None:
        self.left -= 1
        if self.left == 0 and not self.future.done():
            self.future.set_result(None)

    def fail(self) -> None:
        if not self.future.done():
            self.future.set_exception(Unavailable("The broker does not answer; repeat all."))


class _Queue:
    """The records that wait for one partition, and the waiters of the batch in flight."""

    __slots__ = ("sent", "task", "waiting")

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.waiting: deque[tuple[Record, _Waiter]] = deque()
        self.sent: list[_Waiter] = []

    def fail(self) -> None:
        for waiter in [*self.sent, *(waiter for _, waiter in self.waiting)]:
            waiter.fail()
        self.sent = []
        self.waiting.clear()


@lru_cache(maxsize=20_000)
def partition_of(key: str, partitions: int) -> int:
    """Kafka's default: murmur2 of the key."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


def _next_batch(producer: Any, waiting: deque[tuple[Record, _Waiter]]) -> tuple[Any, list[_Waiter]]:
    batch, waiters = producer.create_batch(), []
    while waiting:
        record, waiter = waiting[0]
        headers = [(name, value.encode()) for name, value in record.headers.items()]
        if batch.append(timestamp=None, key=record.key.encode(), value=record.value, headers=headers) is None:
            break
        waiting.popleft()
        waiters.append(waiter)
    batch.close()
    return batch, waiters


async def _dispose(producer: Any) -> None:
    # Not by stop(), which first sends the batches that it holds.
    producer._closed = True
    await producer.client.close()
    with contextlib.suppress(KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(3):
            await producer._sender.close()
