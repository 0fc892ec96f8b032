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


async def test_each_number_of_a_position_moves_forward_only(replica_reads: Callable[[], ReadStore]) -> None:  # spec 7.5
    reads = replica_reads()
    moves = [await reads.move(DESK, ReadPosition("s1", "mia", *n)) for n in ((0, 2), (0, 1), (1, 0), (1, 2), (3, 0), (0, 4))]
    assert moves == [True, False, True, False, True, True]
    assert await reads.of_session(DESK, "s1") == [ReadPosition("s1", "mia", 3, 4)]


async def test_a_position_of_the_version_before_can_be_read_and_repeated(mongo: Mongo) -> None:
    before = {"_id": "s1:mia", "session_id": "s1", "person_id": "mia", "desk_id": DESK, "revision": 2}
    await mongo.database[COLLECTION].insert_one(before)
    assert not await MongoReads(mongo).move(DESK, ReadPosition("s1", "mia", 2))
    assert await MongoReads(mongo).of_session(DESK, "s1") == [ReadPosition("s1", "mia", 2, 0)]


async def test_the_version_before_finds_a_revision_in_each_position(mongo: Mongo) -> None:
    await MongoReads(mongo).move(DESK, ReadPosition("s1", "mia", 0, 2))
    assert (await mongo.database[COLLECTION].find_one({"_id": "s1:mia"}) or {})["revision"] == 0


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
