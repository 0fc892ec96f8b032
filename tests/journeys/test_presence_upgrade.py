"""Gateways and presence are replaced and killed together: nobody is shown as offline whose page comes back, and who leaves is."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.engines import KafkaEngine, StoreEngine
from stack.page import OFFLINE, Page
from stack.people import EVERYTHING
from stack.services import Stack
from stack.unlimited import UNLIMITED
from tests.fakes.waiting import until
from tests.journeys.balancer import balancer
from tests.journeys.desk import TestDesk

pytestmark = pytest.mark.stops_services
# Seconds. Replicas restart and pages come back in less time on any machine, and who leaves need not be waited for.
LONG, SHORT = 600, 1
# What ends at the same moment, and how; the pages move from that gateway to the other one.
CHANGES = [
    ("terminate", "gateway-1", ["presence-1"]),
    ("terminate", "gateway-2", ["presence-1", "presence-2"]),
    ("take_down", "gateway-1", ["presence-1"]),
]


@pytest.fixture
def replaced(tmp_path: Path, kafka_engine: KafkaEngine, store_engine: StoreEngine, mongo_prefix: str) -> Iterator[Stack]:
    """Two gateways and two replicas of presence, on topics and databases of their own."""
    env = {
        **UNLIMITED,
        **kafka_engine.settings,
        **store_engine.settings,
        "PARLEY_MONGO_PREFIX": mongo_prefix,
        "PARLEY_TICKETS_TRIAL": "true",
        "PARLEY_GATEWAY_DRAIN_SECONDS": "1",
        "PARLEY_PRESENCE_LEASE": str(LONG),
        "PARLEY_PRESENCE_HANDOVER": str(LONG),
        "PARLEY_PRESENCE_OFFLINE_GRACE": str(SHORT),
    }
    with Stack(tmp_path, kafka=None, store=None, counts={"gateway": 2, "presence": 2}, env=env) as stack:
        yield stack


async def test_nobody_is_shown_offline_while_gateways_and_presence_are_replaced(replaced: Stack, unique: str) -> None:
    # spec 1.6, 1.11, 12.1
    desk = TestDesk(replaced, unique)
    await desk.make()
    # Other people each time, because who was handed over once stays present for LONG.
    watchers, comers, goers = ([f"{role}-{number}" for number in range(len(CHANGES))] for role in ("watcher", "comer", "goer"))
    await desk.add_engineers(watchers, EVERYTHING)
    await desk.add_customers([*comers, *goers])
    port_of = {name: replaced.replicas[name].http_port for name in ("gateway-1", "gateway-2")}
    ports: list[int] = []
    async with balancer(ports) as url:
        for number, (how, gateway, presences) in enumerate(CHANGES):
            (other,) = port_of.keys() - {gateway}
            engineer, customer, goer = (desk.id_of(role[number]) for role in (watchers, comers, goers))
            sam = await desk.page("sam", gateway=int(other[-1]) - 1)  # stays where it is
            sam.watch(engineer, customer, goer)
            ports[:] = [port_of[gateway]]
            async with Page(url, "tech", engineer) as watching, Page(url, "portal", customer) as coming:
                watching.watch(engineer, customer, goer)
                for page in (sam, watching):
                    await shows(page, engineer, customer)

                ports.clear()
                await end(replaced, how, gateway, *presences)
                await start(replaced, gateway, *presences)
                # One opens a page at the gateway that has started, and leaves. Those who are wrongly taken as gone are offline before.
                leaving = await desk.page(goers[number], gateway=int(gateway[-1]) - 1)
                await shows(sam, goer)
                await leaving.__aexit__(None, None, None)
                await someone_goes_offline(sam)
                assert sam.went_offline == [goer], f"{how} {gateway}"

                frames, connects = presence_frames(watching), coming.connects
                ports[:] = [port_of[other]]
                await is_shown_presence(watching, frames)
                await reconnects(coming, connects)
                assert (watching.went_offline, sam.went_offline) == ([], [goer]), f"{how} {gateway}"
    await desk.close()


async def end(stack: Stack, how: str, *names: str) -> None:
    for name in names:
        getattr(stack, how)(name)
    await until(lambda: not set(names) & stack.pids().keys())


async def start(stack: Stack, *names: str) -> None:
    for name in names:
        stack.bring_up(name)
    for name in names:
        await asyncio.to_thread(stack.wait_ready, name, 60)


async def shows(page: Page, *person_ids: str) -> None:
    await page.until(lambda: all(page.presence.get(id, OFFLINE) != OFFLINE for id in person_ids), f"{person_ids} are present", 60)


async def someone_goes_offline(page: Page) -> None:
    await page.until(lambda: bool(page.went_offline), "somebody is offline", 60)


async def reconnects(page: Page, before: int) -> None:
    await page.until(lambda: page.connects > before, "it is connected again", 60)


async def is_shown_presence(page: Page, before: int) -> None:
    await page.until(lambda: presence_frames(page) > before, "it is shown who is present", 60)


def presence_frames(page: Page) -> int:
    return sum(frame["t"] == "presence" for frame in page.frames)
