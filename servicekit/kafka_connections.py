"""Creates and closes consumers, and detects lost connections, which aiokafka replaces silently.

A broker that loses its data on restart (Tansu) does not answer a fetch beyond its new end, and accepts records for missing topics
without storing them. So a reader or producer ends with its connections, and the next one first ensures topics and offsets.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaError

from servicekit.kafka_broker import Broker


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


def new_consumer(kafka: Broker, fetch_wait: float, **more: Any) -> Any:
    """A consumer that commits nothing by itself. `fetch_wait`: seconds that the broker may hold back an empty fetch."""
    return AIOKafkaConsumer(
        **kafka.connection(),
        enable_auto_commit=False,
        fetch_max_wait_ms=max(int(fetch_wait * 1000), 1),
        request_timeout_ms=15_000,
        retry_backoff_ms=100,
        connections_max_idle_ms=None,
        **more,
    )


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
