"""The sweep of presence: often while somebody is connected or due, rarely at rest."""

import asyncio
from datetime import datetime

import pytest

from servicekit.metrics import Metrics
from services.presence.handlers.presence import BATCH
from services.presence.inbound.timers import Timers
from tests.fakes.moment import Moment
from tests.unit.presence.world import Gateway, World


async def test_while_nobody_is_connected_the_sweep_rests_until_a_report(
    world: World, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps, due, moment = list[datetime](), world.people.due, Moment(monkeypatch)

    async def counted(now: datetime, limit: int) -> list[str]:
        sweeps.extend([now] * (limit == BATCH))
        return await due(now, limit)

    async def sweeps_in(seconds: float) -> int:
        before = len(sweeps)
        await world.clock.advance(seconds)
        return len(sweeps) - before

    monkeypatch.setattr(world.people, "due", counted)
    sweeping = asyncio.create_task(Timers(world.handlers, world.clock, Metrics("presence")).sweep())
    await world.clock.advance(0)
    assert await sweeps_in(5) == 10
    moment.rest()
    await world.clock.advance(0.5)
    assert await sweeps_in(50) == 10

    await gateway.connects("ava")
    assert await sweeps_in(5) >= 10
    moment.rest()
    assert await sweeps_in(5) == 10, "somebody is connected"
    sweeping.cancel()
