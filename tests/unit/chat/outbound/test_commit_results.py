"""The result of an append for each answer of the store: the table above MongoSessionLog, row by row."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from pymongo.errors import AutoReconnect, BulkWriteError, NetworkTimeout, PyMongoError

from servicekit.errors import Unavailable
from servicekit.faults import NoFaults
from servicekit.metrics import Metrics
from services.chat.domain.events import Entry
from services.chat.outbound.mongo_session_log import MAX_ENTRIES, MongoSessionLog, entry_to_document
from services.chat.ports import CommandTaken, RevisionTaken
from tests.adapters.chat.story import AVA, message, opening
from tests.fakes.waiting import until

Documents = list[Mapping[str, Any]]


class ScriptedStore:
    """A fake of servicekit's Mongo with one collection: each insert gets the next answer of the script."""

    ready = True

    def __init__(self) -> None:
        self.answers: list[PyMongoError | None] = []
        self.found: Documents | PyMongoError = []
        self.batches: list[int] = []
        self.hold: asyncio.Event | None = None
        self.database = {"log": self}

    def with_options(self, **options: object) -> "ScriptedStore":
        return self

    async def insert_many(self, documents: Sequence[object], ordered: bool) -> None:
        assert not ordered
        self.batches.append(len(documents))
        if self.hold is not None:
            await self.hold.wait()
        if self.answers and (error := self.answers.pop(0)):
            raise error

    def find(self, condition: object, fields: object) -> "ScriptedStore":
        return self

    async def to_list(self, length: None) -> Documents:
        if isinstance(self.found, PyMongoError):
            raise self.found
        return self.found


def refused(index: int, code: int = 11000, concern: bool = False) -> BulkWriteError:
    concerns = [{"code": 64, "errmsg": "waiting for replication timed out"}] if concern else []
    return BulkWriteError({"writeErrors": [{"index": index, "code": code}], "writeConcernErrors": concerns})


CONCERN_NOT_MET = BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64, "errmsg": "timed out"}]})
STEPPING_DOWN = refused(0, code=10107)


@pytest.fixture
def store() -> ScriptedStore:
    return ScriptedStore()


@pytest.fixture
def log(store: ScriptedStore) -> MongoSessionLog:
    return MongoSessionLog(store, Metrics("chat"), NoFaults())  # type: ignore[arg-type]


MINE = opening("s")
THEIRS = message("s", 1, by=AVA)

RESULTS = [
    pytest.param(None, [], None, id="acknowledged"),
    pytest.param(refused(0), [THEIRS], RevisionTaken, id="another entry has the revision"),
    pytest.param(refused(0), [], CommandTaken, id="refused, and the revision is free: the command was taken"),
    pytest.param(refused(0), [MINE], None, id="the driver retried an insert that had succeeded"),
    pytest.param(AutoReconnect("gone"), [MINE], None, id="connection lost, and the entry was written"),
    pytest.param(NetworkTimeout("slow"), [THEIRS], RevisionTaken, id="no answer, and another entry has the revision"),
    pytest.param(NetworkTimeout("slow"), [], Unavailable, id="no answer, and the entry may still be written"),
    pytest.param(NetworkTimeout("slow"), AutoReconnect("gone"), Unavailable, id="no answer, and the read fails"),
    pytest.param(refused(0), AutoReconnect("gone"), Unavailable, id="refused, and the read fails"),
    pytest.param(CONCERN_NOT_MET, [MINE], None, id="write concern timed out, and the entry is stored"),
    pytest.param(CONCERN_NOT_MET, [], Unavailable, id="write concern timed out: the entry may be rolled back"),
    pytest.param(STEPPING_DOWN, [], Unavailable, id="the primary stepped down"),
]


@pytest.mark.parametrize("answer, found, expected", RESULTS)
async def test_an_append_returns_the_result_of_the_table(
    store: ScriptedStore,
    log: MongoSessionLog,
    answer: PyMongoError | None,
    found: list[Entry] | PyMongoError,
    expected: type[Exception] | None,
) -> None:
    store.answers = [answer]
    store.found = found if isinstance(found, PyMongoError) else [entry_to_document(one) for one in found]

    outcome = await asyncio.gather(log.append(MINE), return_exceptions=True)

    assert type(outcome[0]) is (type(None) if expected is None else expected)


async def test_entries_appended_while_a_batch_is_in_flight_share_the_next_batch(store: ScriptedStore, log: MongoSessionLog) -> None:
    store.hold = asyncio.Event()
    first = [log.append(opening(f"first-{n}")) for n in range(3)]
    await until(lambda: bool(store.batches))
    second = [log.append(opening(f"second-{n}")) for n in range(40)]
    store.hold.set()

    await asyncio.gather(*first, *second)

    assert store.batches == [3, 40]


async def test_a_batch_is_bounded_by_count_and_by_bytes(store: ScriptedStore, log: MongoSessionLog) -> None:
    await asyncio.gather(*(log.append(opening(f"s{n}")) for n in range(MAX_ENTRIES + 1)))
    await asyncio.gather(*(log.append(message(f"b{n}", 2, "x" * 1_000_000)) for n in range(6)))

    assert store.batches == [MAX_ENTRIES, 1, 5, 1]


async def test_two_concurrent_appends_to_one_session_raise(log: MongoSessionLog) -> None:
    first = log.append(opening("s"))

    with pytest.raises(RuntimeError):
        log.append(message("s", 2))
    await first


async def test_an_entry_cancelled_before_sending_is_not_written_and_blocks_nothing(store: ScriptedStore, log: MongoSessionLog) -> None:
    gone = log.append(opening("s"))
    gone.cancel()
    await log.append(opening("s"))

    assert store.batches == [1]


async def test_the_next_entry_of_a_session_waits_for_a_cancelled_one_in_flight(store: ScriptedStore, log: MongoSessionLog) -> None:
    store.hold = asyncio.Event()
    gone = log.append(opening("s"))
    await until(lambda: bool(store.batches))
    gone.cancel()
    following = log.append(message("s", 2))
    await asyncio.sleep(0)
    assert store.batches == [1]

    store.hold.set()
    await following

    assert store.batches == [1, 1]


async def test_nothing_is_written_before_the_unique_indexes_exist(store: ScriptedStore, log: MongoSessionLog) -> None:
    store.ready = False

    with pytest.raises(Unavailable):
        await log.append(opening("s"))

    assert store.batches == []


async def test_a_stop_refuses_queued_entries_and_finishes_those_in_flight(store: ScriptedStore, log: MongoSessionLog) -> None:
    store.hold = asyncio.Event()
    flying = log.append(opening("flying"))
    await until(lambda: bool(store.batches))
    queued = log.append(opening("queued"))
    stopping = asyncio.create_task(log.stop())
    await asyncio.sleep(0)
    store.hold.set()
    await stopping

    assert flying.result() is None
    assert isinstance(queued.exception(), Unavailable)
