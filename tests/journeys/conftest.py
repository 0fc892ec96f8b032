"""All of Parley as processes, once for these tests: two chat and two gateway replicas, so that no story may lean on one memory."""

from collections.abc import AsyncIterator, Iterator

import pytest

from stack.services import Stack
from tests.conftest import KAFKA, STORE
from tests.journeys.desk import TestDesk


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("parley")
    with Stack(folder, kafka=KAFKA, store=STORE, replicas={"chat": 2, "gateway": 2}, env={"PARLEY_TICKETS_TRIAL": "true"}) as stack:
        yield stack


@pytest.fixture
async def desk(stack: Stack, unique: str) -> AsyncIterator[TestDesk]:
    """A desk of this test alone, with its people and boards."""
    desk = TestDesk(stack, unique)
    await desk.make()
    yield desk
    await desk.close()
