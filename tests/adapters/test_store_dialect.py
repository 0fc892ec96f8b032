"""The operations that Parley needs of any server with MongoDB's protocol, and no others.

The tests run against each server. A real deployment can be tested by setting `mongo_url` to its PARLEY_MONGO.
"""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Binary
from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorGridFSBucket
from pymongo import ASCENDING, DESCENDING, DeleteMany, IndexModel, UpdateMany, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError
from pymongo.write_concern import WriteConcern

from servicekit.mongo import is_duplicate
from tests.adapters.conftest import Database

Things = AsyncIOMotorCollection[dict[str, Any]]
MORNING = datetime(2026, 3, 2, 9, 0, 0, 123000, tzinfo=UTC)


@pytest.fixture
def things(database: Database) -> Things:
    return database["things"]


@pytest.fixture
async def numbered(things: Things) -> Things:
    """Ten documents, n0 to n9, with n, its parity, and a time an hour after that of the previous one."""
    documents = [{"_id": f"n{n}", "n": n, "odd": n % 2 == 1, "at": MORNING.replace(hour=n + 1), "in": {"deep": n}} for n in range(10)]
    await things.insert_many(documents)
    return things


async def ids(things: Things, *find: Any, **more: Any) -> list[str]:
    return [document["_id"] async for document in things.find(*find, **more)]


async def test_a_document_round_trips_with_times_in_utc(things: Things) -> None:
    document = {"_id": "a", "text": "ünïcode ✓", "n": 2**40, "f": 1.5, "yes": True, "none": None, "list": ["x", {"y": [1]}], "at": MORNING}

    await things.insert_one({**document, "raw": Binary(b"\x00\xff")})

    found = await things.find_one({"_id": "a"})
    assert found is not None
    assert bytes(found.pop("raw")) == b"\x00\xff"
    assert found == document


async def test_a_write_by_majority_and_journal_is_accepted(things: Things) -> None:
    await things.with_options(write_concern=WriteConcern(w="majority", j=True)).insert_one({"_id": "a"})
    assert await things.count_documents({}) == 1


async def test_a_second_document_with_the_same_id_is_refused(things: Things) -> None:
    await things.insert_one({"_id": "a", "v": 1})
    with pytest.raises(DuplicateKeyError) as raised:
        await things.insert_one({"_id": "a", "v": 2})
    assert is_duplicate(raised.value)
    assert await things.find_one({"_id": "a"}) == {"_id": "a", "v": 1}


async def test_an_unordered_batch_returns_the_error_of_each_document(things: Things) -> None:
    await things.insert_many([{"_id": "b"}, {"_id": "d"}])
    with pytest.raises(BulkWriteError) as raised:
        await things.insert_many([{"_id": letter} for letter in "abcde"], ordered=False)
    details: Any = raised.value.details
    assert [(error["index"], error["code"]) for error in details["writeErrors"]] == [(1, 11000), (3, 11000)]
    assert is_duplicate(raised.value)
    assert await ids(things, sort=[("_id", 1)]) == list("abcde")


async def test_a_unique_index_over_several_fields_refuses_a_duplicate_with_its_code(things: Things) -> None:
    await things.create_indexes([IndexModel([("desk", ASCENDING), ("command", ASCENDING)], unique=True)])
    await things.insert_one({"_id": "1", "desk": "d", "command": "c"})
    await things.insert_one({"_id": "2", "desk": "e", "command": "c"})
    with pytest.raises(DuplicateKeyError):
        await things.insert_one({"_id": "3", "desk": "d", "command": "c"})
    with pytest.raises(BulkWriteError) as raised:
        await things.insert_many([{"_id": "4", "desk": "d", "command": "c"}, {"_id": "5", "desk": "f", "command": "c"}], ordered=False)
    assert is_duplicate(raised.value)
    assert await ids(things, sort=[("_id", 1)]) == ["1", "2", "5"]


async def test_creating_an_existing_index_changes_nothing(things: Things) -> None:
    indexes = [IndexModel([("a", ASCENDING)]), IndexModel([("b", DESCENDING), ("c", ASCENDING)])]
    await things.create_indexes(indexes)
    await things.create_indexes(indexes)
    assert {key for index in (await things.index_information()).values() for key, _ in index["key"]} >= {"a", "b", "c"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"n": {"$gte": 3, "$lt": 5}}, ["n3", "n4"]),
        ({"n": {"$in": [1, 7, 99]}}, ["n1", "n7"]),
        ({"n": {"$nin": list(range(8))}}, ["n8", "n9"]),
        ({"odd": {"$ne": True}, "n": {"$gt": 6}}, ["n8"]),
        ({"$or": [{"n": 0}, {"n": 9}]}, ["n0", "n9"]),
        ({"$and": [{"n": {"$gt": 2}}, {"n": {"$lt": 4}}]}, ["n3"]),
        ({"at": {"$lte": MORNING.replace(hour=2)}}, ["n0", "n1"]),
        ({"in.deep": 4}, ["n4"]),
        ({"missing": {"$exists": True}}, []),
        ({"_id": {"$gt": "n7"}}, ["n8", "n9"]),
        ({"_id": {"$gt": "n7", "$lt": "n8\U0010ffff"}}, ["n8"]),
        ({"_id": {"$regex": "^N[12]", "$options": "i"}}, ["n1", "n2"]),
    ],
)
async def test_a_query_finds_the_matching_documents(numbered: Things, query: dict[str, Any], found: list[str]) -> None:
    assert await ids(numbered, query, sort=[("n", 1)]) == found
    assert await numbered.count_documents(query) == len(found)


async def test_find_sorts_by_several_fields_skips_limits_and_projects(numbered: Things) -> None:
    assert await ids(numbered, sort=[("odd", -1), ("n", 1)], limit=3) == ["n1", "n3", "n5"]
    assert await ids(numbered, sort=[("n", -1)], skip=2, limit=2) == ["n7", "n6"]
    assert await numbered.find_one({"_id": "n3"}, {"n": 1}) == {"_id": "n3", "n": 3}
    assert await numbered.find_one({"_id": "n3"}, {"_id": 0, "at": 0, "in": 0}) == {"n": 3, "odd": True}
    assert sorted(await numbered.distinct("odd")) == [False, True]


async def test_lists_are_matched_by_element(things: Things) -> None:
    await things.insert_many([{"_id": "a", "tags": ["x", "y"], "rows": [{"k": 1, "v": 2}]}, {"_id": "b", "tags": [], "rows": []}])
    assert await ids(things, {"tags": "x"}) == ["a"]
    assert await ids(things, {"tags": {"$in": ["y", "z"]}}) == ["a"]
    assert await ids(things, {"tags": {"$size": 0}}) == ["b"]
    await things.insert_one({"_id": "c", "tags": None, "rows": []})
    assert sorted(await ids(things, {"tags": {"$in": [None, "y"]}})) == ["a", "c"]
    assert await ids(things, {"rows.k": 1}) == ["a"]
    assert await ids(things, {"rows": {"$elemMatch": {"k": 1, "v": 2}}}) == ["a"]


async def test_an_update_with_a_condition_changes_all_or_nothing(things: Things) -> None:
    await things.insert_one({"_id": "a", "revision": 1, "old": True, "low": 5, "high": 5, "in": {}})
    change = {"$set": {"in.deep": "x"}, "$unset": {"old": ""}, "$inc": {"revision": 1}, "$min": {"low": 3}, "$max": {"high": 9}}

    first, second = [await things.update_one({"_id": "a", "revision": 1}, change) for _ in range(2)]

    assert (first.matched_count, second.matched_count) == (1, 0)
    assert await things.find_one({"_id": "a"}) == {"_id": "a", "revision": 2, "low": 3, "high": 9, "in": {"deep": "x"}}


async def test_a_list_can_be_pushed_to_sliced_and_pulled_from(things: Things) -> None:
    # Numbers and text only: nx converts a list of documents, booleans or bytes into text on a push.
    await things.insert_one({"_id": "a", "last": [1, 2], "texts": ["p", '{"q": [1]}', "r"], "rows": [{"id": "p"}, {"id": "q"}]})
    await things.update_one({"_id": "a"}, {"$push": {"last": {"$each": [3, 4], "$slice": -3}, "texts": '{"s": "\'"}', "new": "n"}})
    await things.update_one({"_id": "a"}, {"$pull": {"texts": {"$in": ["p", "r"]}, "rows": {"id": "p"}}})
    assert await things.find_one({"_id": "a"}) == {
        "_id": "a",
        "last": [2, 3, 4],
        "texts": ['{"q": [1]}', '{"s": "\'"}'],
        "new": ["n"],
        "rows": [{"id": "q"}],
    }


async def test_an_element_of_a_list_is_replaced_where_a_field_of_it_matches(things: Things) -> None:
    await things.insert_one({"_id": "a", "v": 1, "rows": [{"id": "p", "n": 1}, {"id": "q", "n": 2, "none": 0}], "texts": ["p", "q"]})
    found, change = {"_id": "a", "v": 1, "rows.id": "q"}, {"$set": {"rows.$": {"id": "q", "none": None}, "v": 2}, "$pull": {"texts": "p"}}
    assert [(await things.update_one(found, change)).matched_count for _ in range(2)] == [1, 0]
    assert await things.find_one({"_id": "a"}) == {
        "_id": "a",
        "v": 2,
        "rows": [{"id": "p", "n": 1}, {"id": "q", "none": None}],
        "texts": ["q"],
    }


async def test_update_many_counts_what_it_changed(numbered: Things) -> None:
    result = await numbered.update_many({"odd": True}, {"$set": {"seen": True}})
    assert (result.matched_count, result.modified_count) == (5, 5)
    assert await numbered.count_documents({"seen": True}) == 5


async def test_find_one_and_update_changes_the_first_by_sort_and_returns_the_new_document(numbered: Things) -> None:
    taken = await numbered.find_one_and_update({"odd": True}, {"$set": {"by": "me"}}, sort=[("n", -1)], return_document=True)
    assert taken is not None
    assert (taken["_id"], taken["by"]) == ("n9", "me")
    assert await numbered.find_one_and_update({"n": 99}, {"$set": {"by": "me"}}) is None


async def test_an_upsert_inserts_only_a_missing_document(things: Things) -> None:
    for n in (1, 2):
        await things.update_one({"_id": "a"}, {"$set": {"n": n}, "$setOnInsert": {"first": n}}, upsert=True)
    assert await things.find_one({"_id": "a"}) == {"_id": "a", "n": 2, "first": 1}


async def test_an_upsert_whose_condition_fails_on_an_existing_id_is_a_duplicate(things: Things) -> None:
    await things.insert_one({"_id": "a", "revision": 5})
    with pytest.raises(DuplicateKeyError):
        await things.update_one({"_id": "a", "revision": {"$lt": 3}}, {"$set": {"revision": 3}}, upsert=True)
    assert await things.find_one({"_id": "a"}) == {"_id": "a", "revision": 5}


async def test_a_stale_upsert_in_a_bulk_write_is_a_duplicate(things: Things) -> None:
    await things.insert_many([{"_id": "stale", "revision": 9}, {"_id": "old", "revision": 1}])
    writes = [UpdateOne({"_id": id, "revision": {"$lt": 5}}, {"$set": {"revision": 5}}, upsert=True) for id in ("stale", "old", "new")] + [
        UpdateMany({"revision": 5}, {"$set": {"seen": True}})
    ]
    with pytest.raises(BulkWriteError) as raised:
        await things.bulk_write(writes, ordered=False)
    assert is_duplicate(raised.value)
    assert {d["_id"]: d["revision"] async for d in things.find()} == {"stale": 9, "old": 5, "new": 5}


async def test_a_delete_returns_its_count_and_applies_its_condition(numbered: Things) -> None:
    assert (await numbered.delete_one({"_id": "n1", "n": 2})).deleted_count == 0
    assert (await numbered.delete_one({"_id": "n1", "n": 1})).deleted_count == 1
    assert (await numbered.delete_many({"n": {"$gte": 5}})).deleted_count == 5
    assert await ids(numbered, sort=[("n", 1)]) == ["n0", "n2", "n3", "n4"]
    await numbered.bulk_write([DeleteMany({"n": 0}), DeleteMany({"odd": False, "n": {"$lt": 4}})], ordered=False)
    assert await ids(numbered, sort=[("n", 1)]) == ["n3", "n4"]


async def test_groups_are_counted_and_summed(numbered: Things) -> None:
    sums = {"_id": "$odd", "count": {"$sum": 1}, "total": {"$sum": "$n"}, "most": {"$max": "$n"}}
    stages: list[dict[str, Any]] = [{"$match": {"n": {"$lt": 5}}}, {"$group": sums}]
    groups = {group["_id"]: group async for group in numbered.aggregate(stages)}
    assert groups[False] == {"_id": False, "count": 3, "total": 6, "most": 4}
    assert groups[True] == {"_id": True, "count": 2, "total": 4, "most": 3}


async def test_a_file_is_stored_read_in_ranges_and_deleted(database: Database) -> None:
    bucket = AsyncIOMotorGridFSBucket(database, bucket_name="files", chunk_size_bytes=1000)
    content = bytes(range(256)) * 20
    await bucket.upload_from_stream_with_id("f1", "log.txt", io.BytesIO(content), metadata={"ticket": "t"})

    stream = await bucket.open_download_stream("f1")
    assert (stream.filename, stream.length, dict(stream.metadata or {})) == ("log.txt", len(content), {"ticket": "t"})
    assert await stream.read() == content
    stream.seek(1500)
    assert await stream.read(10) == content[1500:1510]

    await bucket.delete("f1")
    assert [file async for file in bucket.find({"_id": "f1"})] == []
