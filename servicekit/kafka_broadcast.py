"""Consumes every record in every replica: no group, all partitions assigned manually, from the end.

It commits nothing, and nothing is redelivered: a service that needs older state fetches it from its owner. A lost connection is replaced by
aiokafka, and the reader continues at its positions. When offsets become invalid (a position is outside a partition's log, or the
connection to a broker was lost that loses its log with its process), the reader takes new ones and calls `on_offset_reset`, because
records may be missing.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import TopicPartition

from servicekit.kafka_broker import Broker
from servicekit.kafka_connections import BROKER_ERRORS, ConnectionLost, Fetches, close, new_consumer, on_connection_lost
from servicekit.kafka_records import Received, received
from servicekit.kafka_topics import Topic, ensure_topics
from servicekit.logs import log
from servicekit.loop import Loop
from servicekit.metrics import Metrics

POLL_MS = 1_000


class BroadcastReader(Loop):
    """Calls `handle` for each record, in order within a partition; what it raises is only logged and counted.

    `fetch_wait`, `fetch_bytes`: see new_consumer. `fetch_pause`: see Fetches. With `from_beginning` (compacted topics) it first consumes
    the records that exist, and only then is ready.
    """

    waits_for = "the broker and its topics"

    def __init__(
        self,
        kafka: Broker,
        fetch_wait: float,
        topics: Sequence[Topic],
        handle: Callable[[Received], None],
        on_offset_reset: Callable[[], None],
        metrics: Metrics,
        *,
        fetch_bytes: int = 1,
        fetch_pause: float = 0.0,
        from_beginning: bool = False,
    ) -> None:
        super().__init__("broadcast", self._once, metrics, transient=BROKER_ERRORS)
        self._kafka, self._topics = kafka, list(topics)
        self._fetch_wait, self._fetch_bytes, self._fetch_pause = fetch_wait, fetch_bytes, fetch_pause
        self._handle, self._on_offset_reset, self._from_beginning = handle, on_offset_reset, from_beginning
        self.ready = False
        self._caught_up_before = self._lost = False
        self._fetches: Fetches | None = None
        self._consumed = metrics.counter("kafka_broadcast_records_total", "Records consumed as a broadcast")
        self._failures = metrics.counter("kafka_broadcast_failures_total", "Records of a broadcast whose handling raised")
        self._resets = metrics.counter("kafka_offset_resets_total", "Times that the reader took new offsets and may have missed records")

    def wake(self) -> None:
        """Call when a record will come soon, so that it is not late by the pause."""
        if self._fetches is not None:
            self._fetches.wake()

    async def _once(self) -> None:
        await ensure_topics(self._kafka, self._topics)
        consumer = new_consumer(self._kafka, self._fetch_wait, self._fetch_bytes, group_id=None, auto_offset_reset="none")
        self._lost = False
        if not self._kafka.keeps_log:
            on_connection_lost(consumer._client, self._connection_lost)
        try:
            await consumer.start()
            await self._read(consumer)
        finally:
            self.ready = False
            await close(consumer)

    async def _read(self, consumer: Any) -> None:
        partitions = [TopicPartition(topic.name, number) for topic in self._topics for number in range(self._kafka.partitions)]
        consumer.assign(partitions)
        async with asyncio.timeout(10):
            ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
            starts = await consumer.beginning_offsets(partitions) if self._from_beginning else ends
        for partition in partitions:
            consumer.seek(partition, starts[partition])
        fetches = self._fetches = Fetches(consumer, self._fetch_pause)
        missing = {partition for partition in partitions if starts[partition] < ends[partition]}
        while True:
            if not missing and not self.ready and not self._lost:
                self._all_caught_up()
            fetched = await consumer.getmany(timeout_ms=POLL_MS if self.ready else 50)
            fetches.fetched(len(fetched))
            if self._lost:
                raise ConnectionLost
            for records in fetched.values():
                self._consumed.inc(len(records))
                for raw in records:
                    try:
                        self._handle(received(raw))
                    except Exception:
                        self._failures.inc()
                        log.exception("broadcast_record_failed", topic=raw.topic, partition=raw.partition, offset=raw.offset)
            if missing:
                missing = {partition for partition in missing if await consumer.position(partition) < ends[partition]}

    def _connection_lost(self) -> None:
        self._lost, self.ready = True, False

    def _all_caught_up(self) -> None:
        self.ready = True
        if self._caught_up_before:
            self._resets.inc()
            self._on_offset_reset()
        self._caught_up_before = True
