"""Reading a topic as one of a group, so that each record is handled by some replica at least once.

Who may run it: every replica; the broker deals the partitions out. A crash: offsets are committed only behind what was handled, so the
next owner repeats at most what was not yet committed, and handlers are idempotent. Why order holds: one worker for each partition,
one record at a time. A record that can't be handled now is tried again without end, and holds up its own partition alone. Anything
odd about the broker (it was away, it forgot) starts the reader over, and that begins with `reconcile`.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from typing import Any

from aiokafka import AIOKafkaConsumer
from google.protobuf.message import DecodeError

from servicekit import tracing
from servicekit.errors import Unavailable, as_typed
from servicekit.kafka_connections import BROKER_ERRORS, close
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Received, Record
from servicekit.kafka_topics import Topic, dead_letters, ensure_topics
from servicekit.kafka_workers import Workers
from servicekit.logs import log
from servicekit.loop import Loop, back_off
from servicekit.metrics import Metrics

LONGEST_BACK_OFF = 5.0
# A bug fails the same way each time. After this number of tries the record goes to the dead letters.
BUG_TRIES = 5
_BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError, ValueError)


class Poison(Exception):
    """This record always fails, so it goes to the dead letters. The message must hold nothing that people wrote."""


class GroupReader(Loop):
    """Ready once it is in its group and reconciled. `handle` may be called again for a record that it has seen.

    `stop` leaves the record in hand unfinished and uncommitted; what was handled is committed.
    """

    waits_for = "the broker"

    def __init__(
        self,
        kafka: str,
        fetch_wait: float,
        group: str,
        topics: Sequence[Topic],
        handle: Callable[[Received], Awaitable[None]],
        metrics: Metrics,
        *,
        publisher: Publisher,
        reconcile: Callable[[], Awaitable[None]] | None = None,
        replication: int = 1,
    ) -> None:
        super().__init__(f"reader-{group}", self._once, metrics, transient=BROKER_ERRORS)
        self._kafka, self._fetch_wait, self._group, self._topics = kafka, fetch_wait, group, list(topics)
        self._handle, self._publisher, self._reconcile, self._replication = handle, publisher, reconcile, replication
        self.ready = False
        text = ("topic",)
        self._handled = metrics.counter("kafka_handled_total", "Records handled", text)
        self._retries = metrics.counter("kafka_retries_total", "Tries of a record that failed and will be repeated", text)
        self._dead = metrics.counter("kafka_dead_letters_total", "Records that stand aside as dead letters", text)
        for topic in topics:
            for metric in (self._handled, self._retries, self._dead):
                metric.labels(topic.name)

    async def _once(self) -> None:
        self.waits_for = "the broker"
        dead = [dead_letters(topic, self._group) for topic in self._topics]
        await ensure_topics(self._kafka, [*self._topics, *dead], self._replication)
        self.waits_for = "its first reconciliation"
        await self._reconcile_until_done()
        self.waits_for = "its group"
        # With Tansu, whose fetch waits are short, a new member waits for half of this to join. Apache Kafka demands at least 6 s.
        silence = int(max(self._fetch_wait * 20, 2) * 1000)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._kafka,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=max(int(self._fetch_wait * 1000), 1),
            session_timeout_ms=silence,
            heartbeat_interval_ms=min(silence // 4, 1_000),
            request_timeout_ms=15_000,
            retry_backoff_ms=100,
            connections_max_idle_ms=None,
        )
        workers = Workers(consumer, self._take)
        consumer.subscribe([topic.name for topic in self._topics], listener=workers)
        try:
            await consumer.start()
            await workers.run(self._joined)
        finally:
            self.ready = False
            await workers.end()
            _leave_even_the_first_generation(consumer)
            await close(consumer)

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
            await back_off(tries := tries + 1, LONGEST_BACK_OFF)

    async def _take(self, record: Received) -> None:
        """Until it is handled or stands aside, as a part of the trace that led to it."""
        parent = record.headers.get(tracing.HEADER, "")
        with tracing.span(f"hear {record.topic}", parent, key=record.key, group=self._group) if parent else nullcontext():
            await self._take_on(record)

    async def _take_on(self, record: Received) -> None:
        tries = 0
        while True:
            try:
                await self._handle(record)
                self._handled.labels(record.topic).inc()
                return
            except Exception as error:
                tries += 1
                if reason := _poisonous(error, tries):
                    await self._set_aside(record, reason)
                    return
                self._retries.labels(record.topic).inc()
                if tries in (1, 10, 100):
                    at = f"{record.topic}/{record.partition}@{record.offset}"
                    log.warning(
                        "record_retried", group=self._group, at=at, tries=tries, reason=type(error).__name__, exc_info=not as_typed(error)
                    )
            await back_off(tries, LONGEST_BACK_OFF)

    async def _set_aside(self, record: Received, reason: str) -> None:
        came_from = {"dead-reason": reason, "dead-partition": str(record.partition), "dead-offset": str(record.offset)}
        letter = Record(f"{record.topic}.{self._group}.dead", record.key, record.value, {**record.headers, **came_from})
        log.error("dead_letter", topic=record.topic, partition=record.partition, offset=record.offset, key=record.key, reason=reason)
        tries = 0
        while True:
            try:
                await self._publisher.publish([letter])
                break
            except Unavailable:
                await back_off(tries := tries + 1, LONGEST_BACK_OFF)
        self._dead.labels(record.topic).inc()


def _leave_even_the_first_generation(consumer: Any) -> None:
    # aiokafka says good-bye from generation 1 on; Tansu counts from 0, and would wait for the silent one.
    membership = consumer._coordinator
    if getattr(membership, "generation", -1) == 0:
        membership.generation = 1


def _poisonous(error: Exception, tries: int) -> str:
    """Why the record will never be handled; "" when it may."""
    typed = as_typed(error)
    if typed is not None:
        return "" if typed.transient else typed.code
    if isinstance(error, Poison):
        return str(error) or "poison"
    if isinstance(error, DecodeError | UnicodeDecodeError) or (isinstance(error, _BUGS) and tries >= BUG_TRIES):
        return type(error).__name__
    return ""
