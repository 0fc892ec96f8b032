"""Consumes topics as a member of a group, so that one replica handles each record, at least once.

Every replica may run it; the broker assigns the partitions. Offsets are committed only after records are finished (kafka_workers.py): after
a crash the next owner repeats what was not committed, so handlers must be idempotent. Order holds because each partition has one worker,
which handles one record at a time. A record that fails is retried with back-off and blocks only its own partition. A permanent error makes
it a dead letter at once, an error in the code after BUG_TRIES tries; other errors are retried until the record is handled. At each start,
also after a lost connection, `reconcile` runs beside reading until it succeeds: the broker may have lost or deleted records that were not
handled.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from aiokafka.errors import InvalidSessionTimeoutError
from google.protobuf.message import DecodeError

from servicekit import tracing
from servicekit.errors import Unavailable, as_typed
from servicekit.kafka_broker import Broker
from servicekit.kafka_connections import BROKER_ERRORS, close, new_consumer
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Received, Record
from servicekit.kafka_topics import Topic, dead_letters, ensure_topics
from servicekit.kafka_workers import Unfinished, Workers
from servicekit.logs import log
from servicekit.loop import Loop, back_off
from servicekit.metrics import AGES, Metrics

MAX_BACK_OFF = 5.0
# Seconds of silence after which the broker drops a member. With Tansu, whose fetch waits are short, a new member waits for half of it.
MIN_SILENCE = 2.0
# A bug fails on every try, so after this number of tries the record becomes a dead letter.
BUG_TRIES = 5
_BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError, ValueError)


class InvalidRecord(Exception):
    """The record always fails and becomes a dead letter. The message must not contain what people wrote."""


class GroupReader(Loop):
    """Ready once it has joined its group. `handle` may get a record more than once, and while `reconcile` runs. It may return a future,
    which delays the commit until it is done, and not the records after it. `fetch_wait`, `fetch_bytes` and `fetch_pause`: see new_consumer
    and Fetches (kafka_connections.py).

    `stop` cancels the current record without committing it, and commits what was handled.
    """

    waits_for = "the broker and its topics"

    def __init__(
        self,
        kafka: Broker,
        fetch_wait: float,
        group: str,
        topics: Sequence[Topic],
        handle: Callable[[Received], Awaitable[Unfinished]],
        metrics: Metrics,
        *,
        publisher: Publisher,
        fetch_bytes: int = 1,
        fetch_pause: float = 0.0,
        reconcile: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(f"reader-{group}", self._once, metrics, transient=BROKER_ERRORS)
        self._kafka, self._group, self._topics = kafka, group, list(topics)
        self._fetch_wait, self._fetch_bytes, self._fetch_pause = fetch_wait, fetch_bytes, fetch_pause
        self._handle, self._publisher, self._reconcile = handle, publisher, reconcile
        self.ready = False
        self._silence = max(fetch_wait * 20, MIN_SILENCE)
        labels = ("topic",)
        handled = metrics.counter("kafka_handled_total", "Records handled", labels)
        self._retries = metrics.counter("kafka_retries_total", "Failed tries of a record that are repeated", labels)
        self._dead = metrics.counter("kafka_dead_letters_total", "Records published as dead letters", labels)
        ages = metrics.histogram("kafka_handled_age_seconds", "From publishing a record until it was handled", labels, buckets=AGES)
        lag = metrics.gauge("kafka_lag_records", "Records of this member's partitions that are not handled", labels)
        self._workers: Workers | None = None
        # Looked up once, because each record needs both.
        self._of_topic = {topic.name: (handled.labels(topic.name), ages.labels(topic.name)) for topic in topics}
        for topic in topics:
            for metric in (self._retries, self._dead):
                metric.labels(topic.name)
            lag.labels(topic.name).set_function(partial(self._lag, topic.name))

    async def _once(self) -> None:
        self.waits_for = "the broker and its topics"
        dead = [dead_letters(topic, self._group) for topic in self._topics]
        await ensure_topics(self._kafka, [*self._topics, *dead])
        self.waits_for = "its group"
        silence = int(self._silence * 1000)
        consumer = new_consumer(
            self._kafka,
            self._fetch_wait,
            self._fetch_bytes,
            group_id=self._group,
            auto_offset_reset="earliest",
            session_timeout_ms=silence,
            heartbeat_interval_ms=min(silence // 3, 1_000),
        )
        workers = self._workers = Workers(consumer, self._fetch_pause, self._handle_traced)
        consumer.subscribe([topic.name for topic in self._topics], listener=workers)
        reconciling = asyncio.create_task(self._reconcile_until_done(), name=f"reconcile-{self._group}")
        try:
            await consumer.start()
            await workers.run(self._joined)
        except InvalidSessionTimeoutError:
            # Apache Kafka demands at least 6 s. The next try offers twice as much.
            self._silence *= 2
            raise
        finally:
            self.ready = False
            reconciling.cancel()
            await workers.end()
            _enable_leaving(consumer)
            await close(consumer)

    def _lag(self, topic: str) -> float:
        return self._workers.lag(topic) if self._workers else 0

    def _joined(self) -> None:
        self.ready = True

    async def _reconcile_until_done(self) -> None:
        tries = 0
        while self._reconcile is not None:
            try:
                await self._reconcile()
                return
            except Exception as error:
                typed = as_typed(error)
                log.warning("reconcile_failed", group=self._group, reason=typed.code if typed else type(error).__name__, exc_info=not typed)
            await back_off(tries := tries + 1, MAX_BACK_OFF)

    async def _handle_traced(self, record: Received) -> Unfinished:
        """Returns once the record is handled or is a dead letter. Continues the trace of the record."""
        parent = record.headers.get(tracing.HEADER, "")
        with tracing.span(f"consume {record.topic}", parent, key=record.key, group=self._group) if parent else nullcontext():
            return await self._handle_until_done(record)

    async def _handle_until_done(self, record: Received) -> Unfinished:
        tries = 0
        while True:
            try:
                unfinished = await self._handle(record)
                handled, ages = self._of_topic[record.topic]
                handled.inc()
                ages.observe(record.age())
                return unfinished
            except Exception as error:
                tries += 1
                if reason := _dead_reason(error, tries):
                    await self._publish_dead(record, reason)
                    return None
                self._retries.labels(record.topic).inc()
                if tries in (1, 10, 100):
                    at = f"{record.topic}/{record.partition}@{record.offset}"
                    log.warning(
                        "record_retried", group=self._group, at=at, tries=tries, reason=type(error).__name__, exc_info=not as_typed(error)
                    )
            await back_off(tries, MAX_BACK_OFF)

    async def _publish_dead(self, record: Received, reason: str) -> None:
        came_from = {"dead-reason": reason, "dead-partition": str(record.partition), "dead-offset": str(record.offset)}
        letter = Record(f"{record.topic}.{self._group}.dead", record.key, record.value, {**record.headers, **came_from})
        log.error("dead_letter", topic=record.topic, partition=record.partition, offset=record.offset, key=record.key, reason=reason)
        tries = 0
        while True:
            try:
                await self._publisher.publish([letter])
                break
            except Unavailable:
                await back_off(tries := tries + 1, MAX_BACK_OFF)
        self._dead.labels(record.topic).inc()


def _enable_leaving(consumer: Any) -> None:
    # aiokafka only leaves a group of generation 1 or later. Tansu counts from 0 and would wait until the member times out.
    membership = consumer._coordinator
    if getattr(membership, "generation", -1) == 0:
        membership.generation = 1


def _dead_reason(error: Exception, tries: int) -> str:
    """Why the record becomes a dead letter; "" if it is retried."""
    typed = as_typed(error)
    if typed is not None:
        return "" if typed.transient else typed.code
    if isinstance(error, InvalidRecord):
        return str(error) or "invalid_record"
    if isinstance(error, DecodeError | UnicodeDecodeError) or (isinstance(error, _BUGS) and tries >= BUG_TRIES):
        return type(error).__name__
    return ""
