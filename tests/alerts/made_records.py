"""Records that a fault needs, published past the services."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

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


@dataclass
class LateSession:
    """A waiting session, of whose card the engineers' pages get a new revision with each record. It is in no store."""

    producer: AIOKafkaProducer
    desk: TestDesk
    revision: int = 0

    async def publish(self, status: chat.ChatStatus.ValueType = chat.CHAT_STATUS_WAITING) -> None:
        """Ten records that were published a minute ago, as their time says. With CHAT_STATUS_COMPLETED pages list it no more."""
        at = int(time.time() * 1000) - A_MINUTE
        headers = [("kind", b"offer_raised"), ("desk", self.desk.id.encode())]
        for _ in range(10):
            self.revision += 1
            changed = _session(self.desk, "late", self.revision, status, chat.SessionEvent(offer_raised=chat.OfferRaised()))
            id = changed.card.session_id.encode()
            await self.producer.send_and_wait(CHAT.name, changed.SerializeToString(), key=id, headers=headers, timestamp_ms=at)


async def publish_many(producer: AIOKafkaProducer, count: int) -> None:
    for number in range(count):
        await producer.send(CHAT.name, b"", key=str(number).encode(), headers=OF_NOBODY)
    await producer.flush()


async def publish_abandoned(producer: AIOKafkaProducer, desk: TestDesk) -> None:
    """An abandoned session in each partition, of which notify tells the engineers. For that it needs presence."""
    # Without a desk in the headers, gateways show it to nobody.
    headers = [("kind", b"status_changed"), ("desk", b"")]
    for partition in sorted(await producer.partitions_for(CHAT.name)):
        event = chat.SessionEvent(status_changed=chat.StatusChanged(to=chat.CHAT_STATUS_ABANDONED))
        changed = _session(desk, f"abandoned-{partition}", 1, chat.CHAT_STATUS_ABANDONED, event)
        id = changed.card.session_id.encode()
        await producer.send_and_wait(CHAT.name, changed.SerializeToString(), key=id, partition=partition, headers=headers)


def _session(desk: TestDesk, word: str, revision: int, status: chat.ChatStatus.ValueType, event: chat.SessionEvent) -> chat.SessionChanged:
    id, now = desk.id_of(word), to_proto(SystemClock().now())
    card = chat.SessionCard(
        session_id=id,
        desk_id=desk.id,
        company_id=desk.id_of("acme"),
        board_id=desk.id_of("service-desk"),
        revision=revision,
        type=chat.CHAT_TYPE_REQUEST,
        status=status,
        opened_at=now,
        modified_at=now,
    )
    return chat.SessionChanged(entry=chat.SessionEntry(session_id=id, revision=revision, at=now, events=[event]), card=card)
