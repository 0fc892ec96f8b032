"""Outages of the store: at the start, for a while, and during a write."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError, PyMongoError

from servicekit import mongo
from servicekit.errors import Unavailable
from servicekit.mongo import Mongo, is_duplicate, is_unavailable, store_errors
from stack.engines import StoreEngine
from stack.ports import HOST
from tests.conftest import STORE
from tests.fakes.certificates import Authority
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
    store = Mongo(own_store.url, "t_", "things", {"things": [IndexModel([("word", 1)], unique=True)]}, ping_seconds=0.1)
    yield store
    await store.stop()


async def test_a_part_waits_for_a_store_that_is_down_and_then_creates_its_indexes(own_store: StoreEngine, store: Mongo) -> None:
    await asyncio.wait_for(store.start(), 1)
    assert not store.ready

    own_store.start()

    await until(lambda: store.ready)
    await store.database["things"].insert_one({"_id": "a", "word": "x"})
    with pytest.raises(DuplicateKeyError) as raised:
        await store.database["things"].insert_one({"_id": "b", "word": "x"})
    assert is_duplicate(raised.value)
    assert not is_unavailable(raised.value)


async def test_calls_are_unavailable_and_the_part_is_not_ready_while_the_store_is_down(own_store: StoreEngine, store: Mongo) -> None:
    own_store.start()
    await store.start()
    await until(lambda: store.ready)

    own_store.kill()

    with pytest.raises(Unavailable) as raised, store_errors():
        await store.database["things"].insert_one({"_id": "a"})
    assert isinstance(raised.value.__cause__, PyMongoError)
    await until(lambda: not store.ready)
    own_store.start()
    await until(lambda: store.ready)
    await store.database["things"].insert_one({"_id": "b"})


async def test_an_error_that_is_not_an_outage_is_raised_unchanged(own_store: StoreEngine, store: Mongo) -> None:
    own_store.start()
    with store_errors():
        await store.database["things"].insert_one({"_id": "a"})
    with pytest.raises(DuplicateKeyError), store_errors():
        await store.database["things"].insert_one({"_id": "a"})


@asynccontextmanager
async def tls_before(store: StoreEngine, authority: Authority, asks: bool = False) -> AsyncIterator[str]:
    """host:port of a TLS listener that passes everything on to the store. `asks`: only for clients with a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.sign("store"))
    context.load_verify_locations(authority.ca)
    context.verify_mode = ssl.CERT_REQUIRED if asks else ssl.CERT_NONE

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_store, to_store = await asyncio.open_connection(HOST, store.port)
        ways = [asyncio.create_task(copy(reader, to_store)), asyncio.create_task(copy(from_store, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for end in (to_store, writer):
            end.close()
        await asyncio.gather(*ways, return_exceptions=True)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)

    server = await asyncio.start_server(passed_on, HOST, 0, ssl=context)
    yield f"{HOST}:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_a_store_is_reached_by_tls_and_only_with_the_authority_of_its_certificate(
    store_engine: StoreEngine, mongo_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 12.1
    monkeypatch.setattr(mongo, "SELECT_MS", 2000)
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    async with tls_before(store_engine, authority) as address:
        url = f"mongodb://{address}/?{store_engine.url.partition('?')[2]}"
        store, refused = (Mongo(url, mongo_prefix, "tls", ca=ca) for ca in (authority.ca, stranger.ca))
        await store.start()
        await until(lambda: store.ready)

        with pytest.raises(Unavailable) as raised, store_errors():
            await refused.database["things"].find_one({})

        assert "certificate verify failed" in str(raised.value.__cause__)
        await refused.stop()
        await store.stop()


async def test_a_store_that_asks_for_a_clients_certificate_gets_it(
    store_engine: StoreEngine, mongo_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 12.1
    monkeypatch.setattr(mongo, "SELECT_MS", 2000)
    authority = Authority(tmp_path)
    own = authority.sign("client").in_one_file()
    async with tls_before(store_engine, authority, asks=True) as address:
        url = f"mongodb://{address}/?{store_engine.url.partition('?')[2]}"
        store, refused = (Mongo(url, mongo_prefix, "tls", ca=authority.ca, cert=cert) for cert in (own, ""))
        await store.start()
        await until(lambda: store.ready)

        with pytest.raises(Unavailable), store_errors():
            await refused.database["things"].find_one({})

        await refused.stop()
        await store.stop()


def test_reads_see_only_what_a_majority_has(store: Mongo) -> None:
    assert store.database["things"].read_concern.level == "majority"
