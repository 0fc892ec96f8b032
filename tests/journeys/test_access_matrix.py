"""Every cell of docs/access.md, by gRPC and through the gateway (spec 10.2)."""

from collections.abc import AsyncIterator, Collection
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from servicekit.errors import Kind
from services.gateway.inbound.responses import STATUS
from stack.services import Stack
from tests.contract import access_page as page
from tests.contract.gateway_routes import Route, in_the_router, of_apps, of_rpcs
from tests.contract.rpcs import RPCS
from tests.journeys.access_asks import Ask, asks_of
from tests.journeys.access_callers import COLUMNS, NOBODY, PEOPLE, Callers, app_of
from tests.journeys.access_cells import Seen, in_order, wrong_with
from tests.journeys.access_http import call_of, of_other_routes
from tests.journeys.desk import TestDesk
from tests.journeys.scene import Scene
from tests.journeys.scene_transfers import keep_transfers_open
from tests.journeys.team import Team, answered

SHARING = "sharing"
Asks = dict[tuple[str, str], Ask]


@pytest.fixture
async def team(stack: Stack) -> AsyncIterator[Team]:
    async with Team(stack) as team:
        yield team


@pytest.fixture
async def scene(team: Team, desk: TestDesk) -> Scene:
    scene = Scene(team, desk)
    await scene.prepare()
    return scene


@pytest.fixture
async def asks(scene: Scene) -> Asks:
    return await asks_of(scene)


@pytest.fixture
async def callers(team: Team, desk: TestDesk) -> AsyncIterator[Callers]:
    elsewhere = TestDesk(desk.stack, f"{desk.id}e")
    await elsewhere.make()
    callers = Callers(team, desk, elsewhere)
    await callers.prepare()
    # The scene does the same on the owner's desk: the one request of UpdateSettings names the version of both desks' settings.
    await keep_transfers_open(team, callers.token("desk 2 admin"))
    yield callers
    await callers.close()


async def by_grpc(team: Team, token: str, rpc: str, request: Any) -> Seen:
    outcome = await answered(partial(team.call, RPCS[rpc], request, token), (Kind.UNAVAILABLE,))
    if outcome.kind:
        refusal = (outcome.kind, outcome.code, outcome.field, outcome.details, outcome.message)
        return Seen(str(STATUS[Kind(outcome.kind)]), str(refusal))
    return Seen("", str(outcome.answer))


async def test_every_rpc_answers_each_caller_as_documented(desk: TestDesk, team: Team, asks: Asks, callers: Callers) -> None:
    # spec 2.9, 2.10, 9.4, 10.2, 10.3, 13.2, 13.3
    wrong, checked = list[str](), 0

    async def check(columns: Collection[str]) -> None:
        nonlocal checked
        for row in page.rows("RPC"):
            ask = asks[row.name, row.part]
            for column in in_order(row, columns):
                checked += 1
                call = partial(by_grpc, team, callers.token(column), row.name)
                if why := await wrong_with(row.cells[column], ask, call):
                    wrong.append(f"{row.name} {row.part}, {column}: {row.cells[column]} {why}")

    await check([column for column in COLUMNS if column != SHARING])
    await desk.share_tickets(True)
    await check([SHARING])
    assert wrong == [], "\n".join(wrong)
    assert checked == sum(len(row.cells) for row in page.rows("RPC"))


async def test_every_route_answers_each_caller_as_documented(
    desk: TestDesk, scene: Scene, asks: Asks, callers: Callers, tmp_path: Path
) -> None:  # spec 2.9, 2.10, 9.4, 10.2, 13.2, 13.3
    routes = {(route.rpc, route.app): route for route in of_rpcs()}
    wrong, checked = list[str](), set[str]()

    async def compare(row: page.Row, ask: Ask, route: Route, column: str) -> None:
        checked.add(route.name)
        person = await callers.signed_in(column, route.app)
        if why := await wrong_with(row.cells[column], ask, call_of(route, person)):
            wrong.append(f"{route.name} {row.part}, {column}: {row.cells[column]} {why}")

    async def check(columns: Collection[str]) -> None:
        for row in page.rows("RPC"):
            for column in in_order(row, columns):
                if route := routes.get((row.name, app_of(column))):
                    await compare(row, asks[row.name, row.part], route, column)

    others = await of_other_routes(scene, asks)

    async def check_others(columns: Collection[str]) -> None:
        for row in page.rows("Route"):
            for name in of_apps(row.name):
                verb, path = name.split()
                for column in in_order(row, columns):
                    if name == row.name or column == NOBODY or app_of(column) == Route(verb, path, "").app:
                        await compare(row, others.get((row.name, row.part), Ask({})), Route(verb, path, ""), column)

    async def check_without_sign_in() -> None:
        for (rpc, app), route in routes.items():
            row = page.Row(rpc, "", dict.fromkeys(("owner", "admin", NOBODY), "401"))
            ask = next(ask for (name, _), ask in asks.items() if name == rpc)
            for column in row.cells:
                if column == NOBODY or app_of(column) != app:
                    await compare(row, ask, route, column)

    before = [column for column in (*PEOPLE, NOBODY) if column != SHARING]
    await check([column for column in before if column != NOBODY])
    await check_without_sign_in()
    await check_others(before)
    await desk.share_tickets(True)
    await check([SHARING])
    await check_others([SHARING])
    assert wrong == [], "\n".join(wrong)
    assert checked == in_the_router(tmp_path)
