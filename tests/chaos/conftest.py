"""All of Parley as processes, for tests that put it under load. `make test` runs them when no other tests run."""

from collections.abc import AsyncIterator, Iterator

import pytest

from stack.services import Stack
from stack.unlimited import UNLIMITED
from tests.conftest import KAFKA, STORE
from tests.journeys.desk import TestDesk


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("parley"), kafka=KAFKA, store=STORE, env={**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true"}) as stack:
        yield stack


@pytest.fixture
async def desk(stack: Stack, unique: str) -> AsyncIterator[TestDesk]:
    """A desk that only this test uses, with its people and boards."""
    desk = TestDesk(stack, unique)
    await desk.make()
    yield desk
    await desk.close()
