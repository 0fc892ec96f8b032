"""Noticing that a broker went away, although aiokafka reconnects silently.

A broker that keeps nothing over a restart (Tansu) answers a fetch beyond its new end with silence, and accepts records for topics that
it has forgotten and never shows them. So nobody here goes on over a reconnect: a reader or producer lives as long as its connections,
and the next one begins by making sure of topics and positions.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaError


class BrokerWasAway(Exception):
    """Positions from before can't be trusted."""


# What a broker that is down or was away raises: no defect of ours.
BROKER_ERRORS = (BrokerWasAway, KafkaError, OSError, TimeoutError)


def when_lost(client: Any, on_lost: Callable[[], None]) -> None:
    """Calls `on_lost` when a connection of an aiokafka client breaks or times out, before there is another one. Set it before start."""
    inner = client._on_connection_closed

    def closed(connection: Any, reason: CloseReason | None) -> None:
        inner(connection, reason)
        if reason not in (None, CloseReason.SHUTDOWN):
            on_lost()

    client._on_connection_closed = closed


async def close(consumer: Any) -> None:
    """Leaves the group and closes, within 5 s even when nobody answers."""
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.wait({stopping}, timeout=5)
    if not stopping.done():
        stopping.cancel()
        await consumer._client.close()


def cut(client: Any) -> None:
    """From now on this client reaches nobody, however often it tries again."""

    async def nobody(*place: Any, **more: Any) -> None:
        return None

    client._get_conn = nobody
