"""All of Parley as processes, once for these tests: two replicas of every service, so that no test can rely on one process's memory."""

from collections.abc import AsyncIterator, Iterator

import pytest

from stack.replicas import SERVICES
from stack.services import Stack
from stack.unlimited import UNLIMITED
from tests.conftest import KAFKA, STORE
from tests.journeys.desk import TestDesk

# Ten processes share the machine with the tests, so each consumer polls the embedded broker about 20 times a second instead of 200.
ENV = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_KAFKA_FETCH_WAIT": str(max(KAFKA.fetch_wait, 0.1))}
ENV["PARLEY_GATEWAY_DRAIN_SECONDS"] = "2"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("parley")
    with Stack(folder, kafka=KAFKA, store=STORE, counts=dict.fromkeys(SERVICES, 2), env=ENV) as stack:
        yield stack


@pytest.fixture
async def desk(stack: Stack, unique: str) -> AsyncIterator[TestDesk]:
    """A desk that only this test uses, with its people and boards."""
    desk = TestDesk(stack, unique)
    await desk.make()
    yield desk
    await desk.close()
