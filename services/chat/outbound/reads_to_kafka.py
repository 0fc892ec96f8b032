"""Publishes read positions on their own topic. Only the newest position of each person and session is published, and a loss does no harm,
because pages get positions with every fetch too. So they wait in memory, without an outbox."""

import asyncio

from servicekit.errors import Unavailable
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Record
from servicekit.metrics import Metrics
from services.chat.domain.access import ReadPosition
from services.chat.domain.people import Person
from services.chat.domain.session import ChatSession
from services.chat.outbound.session_records import read_record

MOST_WAITING = 10_000


class ReadsToKafka:
    """The port ReadTopic. `run` publishes one batch after the other."""

    def __init__(self, publisher: Publisher, metrics: Metrics) -> None:
        self._publisher = publisher
        self._waiting: dict[tuple[str, str], Record] = {}
        self._work = asyncio.Event()
        self._lost = metrics.counter("read_positions_lost_total", "Read positions that were saved and not published")

    def moved(self, position: ReadPosition, session: ChatSession, reader: Person) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.pop(next(iter(self._waiting)))
            self._lost.inc()
        self._waiting[position.session_id, position.person_id] = read_record(position, session, reader)
        self._work.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            records, self._waiting = list(self._waiting.values()), {}
            try:
                await self._publisher.publish(records)
            except Unavailable:
                self._lost.inc(len(records))
