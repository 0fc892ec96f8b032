"""A few runs of the state machine test (tests/unit/chat/test_machine.py) on a real store."""

import asyncio
from collections import deque
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from servicekit.faults import NoFaults
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from services.chat.domain.events import Entry
from services.chat.domain.session import ChatSession
from services.chat.outbound import log_to_kafka
from services.chat.outbound.mongo_claims import MongoClaims
from services.chat.outbound.mongo_session_log import MongoSessionLog, converter
from services.chat.outbound.mongo_sessions import MongoSessions
from services.chat.outbound.mongo_sessions import converter as session_converter
from services.chat.outbound.mongo_unpublished import MongoUnpublished
from services.chat.wiring import INDEXES
from tests.fakes.waiting import until
from tests.unit.chat.machine import World
from tests.unit.chat.machine_connection import Topic
from tests.unit.chat.test_machine import LONG, Sequences

FEW = settings(
    max_examples=100 if LONG else 2,
    stateful_step_count=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class HiccupingLog(MongoSessionLog):
    """`hiccups`: the errors that the senders of the next entries get, and whether their entries were written."""

    def __init__(self, mongo: Mongo, hiccups: deque[tuple[Exception, bool]]) -> None:
        super().__init__(mongo, Metrics("chat"), NoFaults())
        self._hiccups = hiccups

    def append(self, entry: Entry) -> "asyncio.Future[None]":
        if not self._hiccups:
            return super().append(entry)
        error, written = self._hiccups.popleft()
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if written:
            super().append(entry).add_done_callback(lambda result: answer.set_exception(result.exception() or error))
        else:
            answer.set_exception(error)
        return answer


class RealStores:
    """One real database. The broker is a list, as in the unit tests."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo, self._hiccups = mongo, deque[tuple[Exception, bool]]()
        self.claims, self.sessions, self.topic = MongoClaims(mongo), MongoSessions(mongo), Topic()
        self.unpublished = MongoUnpublished(mongo)

    def log(self) -> MongoSessionLog:
        return HiccupingLog(self.mongo, self._hiccups)

    @property
    def publisher(self) -> Topic:
        return self.topic

    def hiccup(self, error: Exception, written: bool) -> None:
        self._hiccups.append((error, written))

    def end_hiccups(self) -> None:
        self._hiccups.clear()

    async def entries(self, desk_id: str) -> dict[str, list[Entry]]:
        documents = await self.mongo.database["log"].find({"desk_id": desk_id}).to_list(None)
        found: dict[str, list[Entry]] = {}
        for entry in sorted((converter.structure(document, Entry) for document in documents), key=lambda entry: entry.revision):
            found.setdefault(entry.session_id, []).append(entry)
        return found

    async def projected(self, session_id: str) -> ChatSession | None:
        document = await self.mongo.database["sessions"].find_one({"_id": session_id})
        return session_converter.structure({**document, "id": session_id}, ChatSession) if document else None

    async def settled(self) -> bool:
        return not await self.mongo.database["log"].count_documents({"unpublished": {"$exists": True}})


@pytest.mark.timeout(300 if not LONG else 7200)
def test_no_sequence_of_commands_breaks_a_rule_on_a_real_store(
    mongo_url: str, mongo_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 2.3, 3.3, 3.7, 3.8, 3.13
    monkeypatch.setattr(log_to_kafka, "PROJECT_SECONDS", 0.002)
    monkeypatch.setattr(World, "sweep_seconds", 0.05)
    runs = 0

    class StoredSequences(Sequences):
        def begin(self) -> tuple[asyncio.AbstractEventLoop, Any]:
            nonlocal runs
            runs += 1
            loop = asyncio.new_event_loop()
            return loop, RealStores(loop.run_until_complete(_database(mongo_url, f"{mongo_prefix}{runs}_")))

        async def end(self) -> None:
            await super().end()
            await self.stores.mongo.stop()

    run_state_machine_as_test(StoredSequences, settings=FEW)
    assert runs >= FEW.max_examples


async def _database(url: str, prefix: str) -> Mongo:
    mongo = Mongo(url, prefix, "chat", INDEXES)
    await mongo.start()
    await until(lambda: mongo.ready)
    return mongo
