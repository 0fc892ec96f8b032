import pytest

from tests.unit.presence.world import Gateway, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def gateway(world: World) -> Gateway:
    return Gateway(world)
