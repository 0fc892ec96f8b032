"""A separate store for each test of an adapter."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase

from tests.queries.check import every_query_has_an_index as every_query_has_an_index
from tests.queries.check import query_log as query_log

Database = AsyncIOMotorDatabase[dict[str, Any]]


@pytest.fixture
async def database(mongo_url: str, mongo_prefix: str) -> AsyncIterator[Database]:
    """An empty database on the chosen store."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo_url, tz_aware=True)
    yield client[f"{mongo_prefix}adapter"]
    client.close()


@pytest.fixture
def topic(unique: str) -> str:
    """A topic that no other test uses."""
    return f"{unique}.v1"
