"""The benchmarks' store with indexes finds what the one without them finds. Needs Java."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection

from stack.engines import IndexedMemoryStore

pytestmark = pytest.mark.skipif(not shutil.which("javac"), reason="needs Java")


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection[dict[str, Any]]]:
    engine = IndexedMemoryStore(Path(tmp_path_factory.mktemp("store")))
    engine.start()
    with MongoClient[dict[str, Any]](engine.url) as client:
        yield client["test"]["things"]
    engine.stop()


def test_a_search_by_an_index_finds_what_one_of_all_documents_finds(things: Collection[dict[str, Any]]) -> None:
    for field in ("due", "of"):
        things.create_index([(field, 1), ("more", 1)])
    documents = [{"_id": str(number), "due": number % 7 or None, "of": f"s{number % 5}", "more": number} for number in range(50)]
    things.insert_many(documents)
    things.update_many({"of": {"$eq": "s1"}}, {"$set": {"due": 100}})
    things.update_one({"_id": "2"}, {"$set": {"of": "s4"}})
    things.update_one({"_id": "3"}, {"$unset": {"due": ""}})
    things.delete_many({"due": {"$lte": 2}})
    things.insert_one({"_id": "new", "due": 2.5, "of": "s4"})

    everything = list(things.find())

    def ids(condition: dict[str, Any]) -> list[str]:
        return sorted(each["_id"] for each in things.find(condition))

    for low, high in ((2, 3), (3, 100), (101, 200), (5, 4)):
        inside = sorted(each["_id"] for each in everything if each.get("due") is not None and low < each["due"] <= high)
        assert ids({"due": {"$gt": low, "$lte": high}}) == inside
    for text in ("s1", "s4", "s9"):
        assert ids({"of": {"$eq": text}}) == sorted(each["_id"] for each in everything if each["of"] == text)
    things.insert_one({"_id": "list", "due": [1, 50], "of": "s0"})
    assert "list" in ids({"due": {"$gt": 40, "$lte": 60}})
