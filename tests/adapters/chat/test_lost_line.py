"""The line to the store breaks while an entry is being committed: nobody is told a thing that is not so."""

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
from tests.adapters.chat.cut_line import Cut, CutLine, cut_line
from tests.adapters.chat.story import DESK, message, opening
from tests.fakes.waiting import until


@pytest.fixture
def line(store_engine: StoreEngine) -> Iterator[CutLine]:
    host, _, port = store_engine.address.partition(":")
    with cut_line(host, int(port)) as line:
        yield line


@pytest.fixture
async def log(line: CutLine, store_engine: StoreEngine, mongo_prefix: str) -> AsyncIterator[MongoSessionLog]:
    """Reaches the store by that line alone."""
    mongo = Mongo(f"mongodb://127.0.0.1:{line.port}/?{urlsplit(store_engine.url).query}", mongo_prefix, "chat", INDEXES)
    await mongo.start()
    await until(lambda: mongo.ready)
    yield MongoSessionLog(mongo, Metrics("chat"), NoFaults())
    await mongo.stop()


async def test_a_commit_whose_answer_is_lost_succeeds_and_is_there_once(line: CutLine, log: MongoSessionLog) -> None:
    line.cut = Cut.AFTER
    await log.append(first := opening("s"))

    assert line.cut is Cut.NOT
    assert await log.load(DESK, "s") == [first]


async def test_a_commit_that_never_arrived_may_be_repeated(line: CutLine, log: MongoSessionLog) -> None:
    line.cut = Cut.BEFORE
    with pytest.raises(Unavailable):
        await log.append(first := opening("s"))
    assert await log.load(DESK, "s") == []

    await log.append(first)

    assert await log.load(DESK, "s") == [first]


async def test_a_loser_whose_answer_is_lost_is_told_that_it_lost(line: CutLine, log: MongoSessionLog) -> None:
    await log.append(winner := opening("s"))
    line.cut = Cut.AFTER
    with pytest.raises(RevisionTaken):
        await log.append(message("s", 1))

    assert await log.load(DESK, "s") == [winner]


async def test_while_nobody_answers_the_fate_is_unavailable_and_the_entry_is_not_lost(
    line: CutLine, log: MongoSessionLog, mongo: Mongo
) -> None:
    line.cut = Cut.FOR_GOOD
    with pytest.raises(Unavailable):
        await log.append(first := opening("s"))

    by_another_line = MongoSessionLog(mongo, Metrics("chat"), NoFaults())
    assert await by_another_line.load(DESK, "s") == [first]
