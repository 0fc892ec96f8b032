"""Records that a fault needs, published past the services."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from parley.chat.v1 import chat_pb2 as chat
from servicekit.clock import SystemClock
from servicekit.kafka_topics import CHAT, PRESENCE
from servicekit.moments import to_proto
from stack.services import Stack
from tests.journeys.desk import TestDesk

# Nobody reads more than these headers.
OF_NOBODY = [("kind", b"message_posted"), ("card", b"same"), ("desk", b""), ("people", b"")]
A_MINUTE = 60_000


@asynccontextmanager
async def publisher(stack: Stack) -> AsyncIterator[AIOKafkaProducer]:
    assert stack.kafka is not None
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka.address)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def publish_garbage(stack: Stack) -> None:
    async with publisher(stack) as producer:
        await producer.send_and_wait(PRESENCE.name, b"\xff\xff", key=b"nobody")


async def publish_late(producer: AIOKafkaProducer) -> None:
    """A record that was published a minute ago."""
    at = int(time.time() * 1000) - A_MINUTE
    await producer.send_and_wait(CHAT.name, b"", key=b"nobody", headers=OF_NOBODY, timestamp_ms=at)


async def publish_many(producer: AIOKafkaProducer, count: int) -> None:
    for number in range(count):
        await producer.send(CHAT.name, b"", key=str(number).encode(), headers=OF_NOBODY)
    await producer.flush()


async def publish_abandoned(producer: AIOKafkaProducer, desk: TestDesk) -> None:
    """An abandoned session in each partition, of which notify tells the engineers. For that it needs presence."""
    now = to_proto(SystemClock().now())
    for partition in sorted(await producer.partitions_for(CHAT.name)):
        id = f"{desk.id}-abandoned-{partition}"
        event = chat.SessionEvent(status_changed=chat.StatusChanged(to=chat.CHAT_STATUS_ABANDONED))
        card = chat.SessionCard(
            session_id=id, desk_id=desk.id, revision=1, status=chat.CHAT_STATUS_ABANDONED, opened_at=now, modified_at=now
        )
        card.company_id, card.board_id = desk.id_of("acme"), desk.id_of("service-desk")
        changed = chat.SessionChanged(entry=chat.SessionEntry(session_id=id, revision=1, at=now, events=[event]), card=card)
        # Without a desk in the headers, gateways show it to nobody.
        headers = [("kind", b"status_changed"), ("desk", b"")]
        await producer.send_and_wait(CHAT.name, changed.SerializeToString(), key=id.encode(), partition=partition, headers=headers)
