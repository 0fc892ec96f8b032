from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.presence.world import World, directory_service, two_replicas


@pytest.fixture
async def world(engine_settings: dict[str, str], mongo_prefix: str, tmp_path: Path, unique: str) -> AsyncIterator[World]:
    async with directory_service() as tickets, two_replicas(engine_settings, mongo_prefix, tmp_path, unique, tickets) as world:
        yield world
