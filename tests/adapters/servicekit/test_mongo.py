"""Outages of the store: at the start, for a while, and during a write."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError, PyMongoError

from servicekit import mongo
from servicekit.errors import Unavailable
from servicekit.mongo import Mongo, is_duplicate, is_unavailable, store_errors
from stack.engines import StoreEngine
from tests.conftest import STORE
from tests.fakes.waiting import until


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[StoreEngine]:
    """Not started yet."""
    engine = STORE(tmp_path)
    yield engine
    engine.kill()


@pytest.fixture
async def store(own_store: StoreEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mongo]:
    monkeypatch.setattr(mongo, "SELECT_MS", 300)
    monkeypatch.setattr(mongo, "PING_SECONDS", 0.1)
    store = Mongo(own_store.url, "t_", "things", {"things": [IndexModel([("word", 1)], unique=True)]})
    yield store
    await store.stop()


async def test_a_part_waits_for_a_store_that_is_down_and_then_creates_its_indexes(own_store: StoreEngine, store: Mongo) -> None:
    await asyncio.wait_for(store.start(), 1)
    assert not store.ready

    own_store.start()

    await until(lambda: store.ready, 20)
    await store.database["things"].insert_one({"_id": "a", "word": "x"})
    with pytest.raises(DuplicateKeyError) as raised:
        await store.database["things"].insert_one({"_id": "b", "word": "x"})
    assert is_duplicate(raised.value)
    assert not is_unavailable(raised.value)


async def test_calls_are_unavailable_and_the_part_is_not_ready_while_the_store_is_down(own_store: StoreEngine, store: Mongo) -> None:
    own_store.start()
    await store.start()
    await until(lambda: store.ready, 20)

    own_store.kill()

    with pytest.raises(Unavailable) as raised, store_errors():
        await store.database["things"].insert_one({"_id": "a"})
    assert isinstance(raised.value.__cause__, PyMongoError)
    await until(lambda: not store.ready)
    own_store.start()
    await until(lambda: store.ready, 20)
    await store.database["things"].insert_one({"_id": "b"})


async def test_an_error_that_is_not_an_outage_is_raised_unchanged(own_store: StoreEngine, store: Mongo) -> None:
    own_store.start()
    with store_errors():
        await store.database["things"].insert_one({"_id": "a"})
    with pytest.raises(DuplicateKeyError), store_errors():
        await store.database["things"].insert_one({"_id": "a"})


def test_reads_see_only_what_a_majority_has(store: Mongo) -> None:
    assert store.database["things"].read_concern.level == "majority"
