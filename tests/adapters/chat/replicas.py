"""Chat replicas that consist of log, projection and relay, and a reader of the topic."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from parley.chat.v1 import chat_pb2 as pb
from servicekit.clock import SystemClock
from servicekit.errors import Unavailable
from servicekit.faults import Faults
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Received, Record
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from services.chat.domain.events import Entry
from services.chat.domain.session import ChatSession
from services.chat.outbound.log_to_kafka import LogToKafka
from services.chat.outbound.mongo_session_log import MongoSessionLog
from services.chat.outbound.mongo_sessions import MongoSessions
from services.chat.outbound.mongo_unpublished import MongoUnpublished
from tests.adapters.chat.story import DESK, state

DUE = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


async def due(session: ChatSession) -> datetime:
    return DUE


@dataclass
class Consumed:
    """Every record of the topic since the test began."""

    records: list[Received] = field(default_factory=list)

    def revisions(self, session_id: str) -> list[int]:
        return [pb.SessionChanged.FromString(r.value).entry.revision for r in self.records if r.key == session_id]

    def never_out_of_order(self, session_id: str) -> bool:
        highest = 0
        for revision in self.revisions(session_id):
            if revision > highest + 1:
                return False
            highest = max(highest, revision)
        return True


class UncertainPublisher(Publisher):
    """Loses the acknowledgement of the first `times` calls: the broker has the records, the caller gets Unavailable."""

    times = 0

    async def publish(self, records: list[Record]) -> None:  # type: ignore[override]
        await super().publish(records)
        if self.times:
            self.times -= 1
            raise Unavailable("lost")


class Replica:
    """One chat process's log, projection and relay."""

    def __init__(self, mongo: Mongo, publisher: Publisher, faults: Faults) -> None:
        metrics = Metrics("chat")
        self.log, self.sessions = MongoSessionLog(mongo, metrics, faults), MongoSessions(mongo)
        self.unpublished = MongoUnpublished(mongo)
        self.relay = LogToKafka(
            self.log,
            self.unpublished,
            self.sessions,
            publisher,
            due,
            SystemClock(),
            metrics,
            faults,
            sweep_seconds=0.05,
            project_seconds=0.01,
        )
        self.publisher, self.past = publisher, dict[str, list[Entry]]()

    async def commit(self, one: Entry, *, before: list[Entry] | None = None) -> None:
        """Commits an entry as a handler does: first to the log, then to the relay."""
        past = [*(await self.log.load(DESK, one.session_id) if before is None else before), one]
        await self.log.append(one)
        self.relay.committed(one, state(past))

    async def settled(self, session_id: str) -> bool:
        """Whether no entry of the session is marked as unpublished."""
        return not await self.unpublished.unpublished_of(DESK, session_id, 10**6)

    async def marked(self, session_id: str) -> bool:
        return not await self.settled(session_id)

    async def crash(self) -> None:
        """Stops at once, without publishing the waiting entries."""
        for loop in self.relay._loops:
            await loop.stop()


Replicas = Callable[..., Awaitable[Replica]]
