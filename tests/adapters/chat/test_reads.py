"""Read positions: the MongoDB adapter and the fake in memory."""

import asyncio
from collections.abc import Callable

import pytest

from servicekit.mongo import Mongo
from services.chat.domain.access import ReadPosition
from services.chat.outbound.mongo_reads import COLLECTION, MongoReads
from services.chat.ports import ReadStore
from tests.fakes.chat.reads import FakeReads

DESK = "harbour"


@pytest.fixture(params=["store", "memory"])
def replica_reads(request: pytest.FixtureRequest, mongo: Mongo) -> Callable[[], ReadStore]:
    """Returns a function that makes the read store of another replica."""
    memory = FakeReads()
    return lambda: MongoReads(mongo) if request.param == "store" else memory


async def test_a_position_moves_forward_only_and_returns_whether_it_moved(replica_reads: Callable[[], ReadStore]) -> None:  # spec 7.6
    here, there = replica_reads(), replica_reads()
    moves = [await reads.move(DESK, ReadPosition("s1", "mia", n)) for reads, n in ((here, 3), (there, 5), (here, 4), (there, 5), (here, 6))]
    assert moves == [True, True, False, False, True]
    assert await there.of_session(DESK, "s1") == [ReadPosition("s1", "mia", 6)]


async def test_one_position_is_forgotten(replica_reads: Callable[[], ReadStore]) -> None:  # spec 10.6
    reads = replica_reads()
    for session_id, person_id in (("s1", "mia"), ("s1", "ava"), ("s2", "mia")):
        await reads.move(DESK, ReadPosition(session_id, person_id, 1))

    await reads.forget("s1", "mia")

    assert await reads.of_session(DESK, "s1") == [ReadPosition("s1", "ava", 1)]
    assert await reads.of_session(DESK, "s2") == [ReadPosition("s2", "mia", 1)]


async def test_concurrent_positions_leave_one_document_with_the_highest(replica_reads: Callable[[], ReadStore]) -> None:  # spec 7.6
    revisions = [4, 9, 2, 7, 1, 8, 3]
    await asyncio.gather(*(replica_reads().move(DESK, ReadPosition("s1", "mia", revision)) for revision in revisions))
    assert await replica_reads().of_session(DESK, "s1") == [ReadPosition("s1", "mia", 9)]


async def test_positions_are_found_by_session_and_by_person_within_their_desk(replica_reads: Callable[[], ReadStore]) -> None:  # spec 10.2
    reads = replica_reads()
    for session_id, person_id in (("s1", "mia"), ("s1", "ava"), ("s2", "ava"), ("s3", "ava")):
        await reads.move(DESK, ReadPosition(session_id, person_id, 1))
    assert {position.person_id for position in await reads.of_session(DESK, "s1")} == {"mia", "ava"}
    assert {position.session_id for position in await reads.of_person(DESK, "ava", ["s1", "s2", "s9"])} == {"s1", "s2"}
    assert await reads.of_session("other", "s1") == await reads.of_person("other", "ava", ["s1"]) == []


async def test_the_collection_has_an_index_that_begins_with_the_session(mongo: Mongo) -> None:
    indexes = (await mongo.database[COLLECTION].index_information()).values()
    assert any(index["key"][0][0] == "session_id" for index in indexes)
