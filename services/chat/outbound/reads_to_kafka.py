"""Publishes read positions on their own topic. Only the newest position of each person and session is published, and a loss does no harm,
because pages get positions with every fetch too. So they wait in memory, without an outbox."""

import asyncio

from parley.chat.v1 import chat_pb2 as pb
from servicekit.errors import Unavailable
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Record
from servicekit.kafka_topics import READS
from servicekit.metrics import Metrics
from servicekit.tracing import current_traceparent
from services.chat.contract.sessions import headers_of, read_to_proto
from services.chat.domain.access import ReadPosition, who_may_see_position
from services.chat.domain.people import Person
from services.chat.domain.session import ChatSession

MAX_WAITING = 10_000


class ReadsToKafka:
    """The port ReadTopic. `run` publishes one batch after the other."""

    def __init__(self, publisher: Publisher, metrics: Metrics) -> None:
        self._publisher = publisher
        self._waiting: dict[tuple[str, str], tuple[ReadPosition, Record]] = {}
        self._work = asyncio.Event()
        self._lost = metrics.counter("read_positions_lost_total", "Read positions that were saved and not published")

    def moved(self, position: ReadPosition, session: ChatSession, reader: Person) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.pop(next(iter(self._waiting)))
            self._lost.inc()
        key = (position.session_id, position.person_id)
        if key in self._waiting:
            position = position.joined(self._waiting[key][0])
        self._waiting[key] = position, read_record(position, session, reader)
        self._work.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            records, self._waiting = [record for _, record in self._waiting.values()], {}
            try:
                await self._publisher.publish(records)
            except Unavailable:
                self._lost.inc(len(records))


def read_record(position: ReadPosition, session: ChatSession, reader: Person) -> Record:
    """`reader` has read `session` up to the position. The header `people` names those whose pages may show it."""
    headers = {**headers_of(session, who_may_see_position(session, reader)), "kind": "position_moved", "traceparent": current_traceparent()}
    return Record(READS.name, session.id, pb.ReadPositionMoved(position=read_to_proto(position)).SerializeToString(), headers)
