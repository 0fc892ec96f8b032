"""The store of one test, and logs on it: each is what one replica would have."""

from collections.abc import AsyncIterator, Callable

import pytest

from servicekit.faults import NoFaults
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from services.chat.outbound.mongo_session_log import MongoSessionLog
from services.chat.wiring import INDEXES
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
    """Each call is another replica's log on the same store."""
    return lambda: MongoSessionLog(mongo, Metrics("chat"), NoFaults())
