"""The connection to the store breaks while an entry is committed: no caller gets a wrong result."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest

from servicekit.errors import Unavailable
from servicekit.faults import NoFaults
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from services.chat.outbound.mongo_session_log import MongoSessionLog
from services.chat.ports import RevisionTaken
from services.chat.wiring import INDEXES
from stack.engines import StoreEngine
from tests.adapters.chat.cut_connection import Cut, CutConnection, cut_connection
from tests.adapters.chat.story import DESK, message, opening
from tests.fakes.waiting import until


@pytest.fixture
def connection(store_engine: StoreEngine) -> Iterator[CutConnection]:
    host, _, port = store_engine.address.partition(":")
    with cut_connection(host, int(port)) as connection:
        yield connection


@pytest.fixture
async def log(connection: CutConnection, store_engine: StoreEngine, mongo_prefix: str) -> AsyncIterator[MongoSessionLog]:
    """A log that reaches the store only through the proxy."""
    mongo = Mongo(f"mongodb://127.0.0.1:{connection.port}/?{urlsplit(store_engine.url).query}", mongo_prefix, "chat", INDEXES)
    await mongo.start()
    await until(lambda: mongo.ready)
    yield MongoSessionLog(mongo, Metrics("chat"), NoFaults())
    await mongo.stop()


async def test_a_commit_whose_response_is_lost_succeeds_and_is_stored_once(connection: CutConnection, log: MongoSessionLog) -> None:
    connection.cut = Cut.AFTER
    await log.append(first := opening("s"))

    assert connection.cut is Cut.NOT
    assert await log.load(DESK, "s") == [first]


async def test_a_commit_that_did_not_reach_the_store_may_be_repeated(connection: CutConnection, log: MongoSessionLog) -> None:
    connection.cut = Cut.BEFORE
    with pytest.raises(Unavailable):
        await log.append(first := opening("s"))
    assert await log.load(DESK, "s") == []

    await log.append(first)

    assert await log.load(DESK, "s") == [first]


async def test_a_conflict_whose_response_is_lost_raises_revision_taken(connection: CutConnection, log: MongoSessionLog) -> None:
    await log.append(winner := opening("s"))
    connection.cut = Cut.AFTER
    with pytest.raises(RevisionTaken):
        await log.append(message("s", 1))

    assert await log.load(DESK, "s") == [winner]


async def test_a_commit_without_any_response_is_unavailable_and_not_lost(
    connection: CutConnection, log: MongoSessionLog, mongo: Mongo
) -> None:
    connection.cut = Cut.FOR_GOOD
    with pytest.raises(Unavailable):
        await log.append(first := opening("s"))

    by_another_line = MongoSessionLog(mongo, Metrics("chat"), NoFaults())
    assert await by_another_line.load(DESK, "s") == [first]
