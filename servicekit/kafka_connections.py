"""Creates and closes consumers, and detects lost connections, which aiokafka replaces silently.

A broker that loses its data on restart (Tansu) does not answer a fetch beyond its new end, and accepts records for missing topics
without storing them. So a reader or producer ends with its connections, and the next one first ensures topics and offsets.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaError

from servicekit.kafka_broker import Broker
from servicekit.polls import Polls

# The wait of a fetch at rest. With 0 Tansu answers without a look at its records.
REST_WAIT_MS = 1
# Seconds between two looks of aiokafka for partitions to fetch, at rest. The end of a fetch and a change of the partitions wake it too.
REST_TIMEOUT = 5.0


class ConnectionLost(Exception):
    """Earlier offsets may be invalid."""


# Raised while the broker is down or after it was.
BROKER_ERRORS = (ConnectionLost, KafkaError, OSError, TimeoutError)


def on_connection_lost(client: Any, on_lost: Callable[[], None]) -> None:
    """Calls `on_lost` when a connection of an aiokafka client breaks or times out, before the client reconnects. Call this before start."""
    inner = client._on_connection_closed

    def closed(connection: Any, reason: CloseReason | None) -> None:
        inner(connection, reason)
        if reason not in (None, CloseReason.SHUTDOWN):
            on_lost()

    client._on_connection_closed = closed


def new_consumer(kafka: Broker, fetch_wait: float, fetch_bytes: int, **more: Any) -> Any:
    """A consumer that commits nothing by itself. `fetch_wait`: seconds that the broker may hold back a fetch with fewer than
    `fetch_bytes` bytes of records."""
    return AIOKafkaConsumer(
        **kafka.connection(),
        enable_auto_commit=False,
        fetch_max_wait_ms=max(int(fetch_wait * 1000), 1),
        fetch_min_bytes=fetch_bytes,
        request_timeout_ms=15_000,
        retry_backoff_ms=100,
        connections_max_idle_ms=None,
        **more,
    )


class Fetches:
    """Makes fetches rare while no records come, for a broker that holds back every fetch, also one for which a record has come.

    Such a broker (Tansu) reads the partitions several times in the wait of a fetch, and answers at its end. So while records come, fetches
    are as short as the consumer's wait. At rest the broker answers almost at once, and `pause` seconds pass before the next fetch, by which
    the first record may be late. A `pause` of 0 changes nothing: it is for a broker that answers as soon as a record comes.
    """

    def __init__(self, consumer: Any, pause: float) -> None:
        self._fetcher, self._polls, self._pauses = consumer._fetcher, Polls(0.0, pause), pause > 0
        # aiokafka has no settings for these, and reads them for each request.
        self._in_use = (self._fetcher._fetch_max_wait_ms, self._fetcher._fetcher_timeout)
        self._fetch, self._woken = self._fetcher._proc_fetch_request, asyncio.Event()
        if self._pauses:
            self._fetcher._proc_fetch_request = self._fetch_after_pause

    @property
    def resting(self) -> bool:
        return self._polls.resting

    def wake(self) -> None:
        """Ends a rest, because a record will come soon."""
        self._polls.used()
        self._woken.set()
        self._set_waits()

    def fetched(self, records: int) -> None:
        """Call after each `getmany`, before anything is awaited."""
        if records:
            self._polls.used()
        self._set_waits()

    def _set_waits(self) -> None:
        if self._pauses:
            waits = (REST_WAIT_MS, REST_TIMEOUT) if self._polls.resting else self._in_use
            self._fetcher._fetch_max_wait_ms, self._fetcher._fetcher_timeout = waits

    async def _fetch_after_pause(self, *request: Any) -> Any:
        try:
            if seconds := self._polls.seconds:
                self._woken.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._woken.wait()
        except asyncio.CancelledError:
            return False  # as aiokafka's own: the consumer lost the partitions or closes
        return await self._fetch(*request)


async def close(consumer: Any) -> None:
    """Leaves the group and closes, within 5 s even without an answer."""
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.wait({stopping}, timeout=5)
    if not stopping.done():
        stopping.cancel()
        await consumer._client.close()


def disable(client: Any) -> None:
    """Stops the client from getting any connection, also for retries."""

    async def no_connection(*args: Any, **kwargs: Any) -> None:
        return None

    client._get_conn = no_connection
