"""All of Parley as processes, once for these tests: two replicas of every service, so that no test can rely on one process's memory."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stack.replicas import SERVICES
from stack.services import Stack
from stack.unlimited import UNLIMITED
from tests.conftest import KAFKA, STORE
from tests.journeys.desk import TestDesk
from tests.queries.check import every_query_has_an_index as every_query_has_an_index
from tests.queries.check import query_log as query_log
from tests.queries.permissions import every_command_is_permitted as every_command_is_permitted
from tests.queries.recording import environment

# Ten processes share the machine with the tests, so each consumer polls the embedded broker about 20 times a second instead of 200.
ENV = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_KAFKA_FETCH_WAIT": str(max(KAFKA.fetch_wait, 0.1))}
ENV["PARLEY_GATEWAY_DRAIN_SECONDS"] = "2"
# No test writes anything as a person who is being erased.
ENV["PARLEY_TICKETS_ERASE_AFTER_SECONDS"] = "2"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, query_log: Path) -> Iterator[Stack]:
    folder, env = tmp_path_factory.mktemp("parley"), {**ENV, **environment(query_log)}
    with Stack(folder, kafka=KAFKA, store=STORE, counts=dict.fromkeys(SERVICES, 2), env=env) as stack:
        yield stack


@pytest.fixture
async def desk(stack: Stack, unique: str) -> AsyncIterator[TestDesk]:
    """A desk that only this test uses, with its people and boards."""
    desk = TestDesk(stack, unique)
    await desk.make()
    yield desk
    await desk.close()
