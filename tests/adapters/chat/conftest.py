"""The store of one test, and the parts of chat replicas on it."""

from collections.abc import AsyncIterator, Callable

import pytest

from servicekit.faults import Faults, NoFaults
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_broker import Broker
from servicekit.kafka_topics import CHAT
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from services.chat.outbound.mongo_session_log import MongoSessionLog
from services.chat.wiring import INDEXES
from tests.adapters.chat.replicas import Consumed, Replica, Replicas, UncertainPublisher
from tests.fakes.waiting import until


@pytest.fixture
async def mongo(mongo_url: str, mongo_prefix: str) -> AsyncIterator[Mongo]:
    mongo = Mongo(mongo_url, mongo_prefix, "chat", INDEXES)
    await mongo.start()
    await until(lambda: mongo.ready)
    yield mongo
    await mongo.stop()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("chat")


@pytest.fixture
def replica_log(mongo: Mongo) -> Callable[[], MongoSessionLog]:
    """Returns a function that makes the log of another replica on the same store."""
    return lambda: MongoSessionLog(mongo, Metrics("chat"), NoFaults())


@pytest.fixture
async def consumed(engine_settings: dict[str, str]) -> AsyncIterator[Consumed]:
    consumed = Consumed()
    fetch_wait = float(engine_settings["PARLEY_KAFKA_FETCH_WAIT"])
    reader = BroadcastReader(
        Broker(engine_settings["PARLEY_KAFKA"]), fetch_wait, [CHAT], consumed.records.append, lambda: None, Metrics("test")
    )
    await reader.start()
    await until(lambda: reader.ready)
    yield consumed
    await reader.stop()


@pytest.fixture
async def publisher(engine_settings: dict[str, str]) -> AsyncIterator[UncertainPublisher]:
    idempotence = engine_settings["PARLEY_KAFKA_IDEMPOTENCE"] == "true"
    publisher = UncertainPublisher(Broker(engine_settings["PARLEY_KAFKA"]), idempotence, Metrics("test"), topics=[CHAT])
    await publisher.start()
    await until(lambda: publisher.ready)
    yield publisher
    await publisher.stop()


@pytest.fixture
async def replica(mongo: Mongo, publisher: UncertainPublisher) -> AsyncIterator[Replicas]:
    started = []

    async def start(faults: Faults | None = None) -> Replica:
        replica = Replica(mongo, publisher, faults or NoFaults())
        await replica.relay.start()
        started.append(replica)
        return replica

    yield start
    for one in started:
        await one.crash()
