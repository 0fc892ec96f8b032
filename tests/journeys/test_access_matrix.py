"""Every cell of docs/access.md, through gRPC and through the gateway (spec 10.2)."""

from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any

import pytest

from servicekit.errors import Kind
from services.gateway.inbound.responses import STATUS
from stack.services import Stack
from tests.contract import access_page as page
from tests.contract.rpcs import RPCS
from tests.journeys.access_asks import Ask, asks_of
from tests.journeys.access_callers import Callers
from tests.journeys.access_cells import KNOWS, Seen, wrong_with
from tests.journeys.desk import TestDesk
from tests.journeys.scene import Scene
from tests.journeys.team import Team, answered

SHARING = "sharing"
Asks = dict[tuple[str, str], Ask]


@pytest.fixture
async def team(stack: Stack) -> AsyncIterator[Team]:
    async with Team(stack) as team:
        yield team


@pytest.fixture
async def asks(team: Team, desk: TestDesk) -> Asks:
    scene = Scene(team, desk)
    await scene.prepare()
    return await asks_of(scene)


@pytest.fixture
async def callers(team: Team, desk: TestDesk) -> AsyncIterator[Callers]:
    elsewhere = TestDesk(desk.stack, f"{desk.id}e")
    await elsewhere.make()
    callers = Callers(team, desk, elsewhere)
    await callers.prepare()
    yield callers
    await callers.close()


def in_order(row: page.Row, columns: Iterable[str]) -> list[str]:
    """Those who may not do it first, so that what the others change does not decide their answer."""
    return sorted((column for column in columns if column in row.cells), key=lambda column: row.cells[column] in KNOWS)


async def by_grpc(team: Team, token: str, rpc: str, request: Any) -> Seen:
    outcome = await answered(partial(team.call, RPCS[rpc], request, token), (Kind.UNAVAILABLE,))
    if outcome.kind:
        refusal = (outcome.kind, outcome.code, outcome.field, outcome.details, outcome.message)
        return Seen(str(STATUS[Kind(outcome.kind)]), str(refusal))
    return Seen("", str(outcome.answer))


async def test_every_rpc_answers_each_caller_as_documented(desk: TestDesk, team: Team, asks: Asks, callers: Callers) -> None:
    # spec 2.9, 2.10, 9.4, 10.2, 10.3
    wrong = list[str]()

    async def check(columns: Iterable[str]) -> None:
        for row in page.rows("RPC"):
            ask = asks[row.name, row.part]
            for column in in_order(row, columns):
                call = partial(by_grpc, team, callers.token(column), row.name)
                if why := await wrong_with(row.cells[column], ask, call):
                    wrong.append(f"{row.name} {row.part}, {column}: {row.cells[column]} {why}")

    columns = page.heading("RPC")[2:]
    await check(column for column in columns if column != SHARING)
    await desk.share_tickets(True)
    await check([SHARING])
    assert wrong == [], "\n".join(wrong)
