"""A week of a desk: no table in memory and no list grows with everything that ever happened (spec 10.9)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from servicekit.app import App
from servicekit.mongo import Mongo
from servicekit.settings import load
from services.chat import wiring as chat
from services.chat.config import ChatSettings
from services.gateway import wiring as gateway
from services.gateway.config import GatewaySettings
from services.notify import wiring as notify
from services.notify.config import NotifySettings
from services.presence import wiring as presence
from services.presence.config import PresenceSettings
from services.tickets import wiring as tickets
from services.tickets.config import TicketsSettings
from stack.engines import ApacheKafka
from stack.keys import account_of, key_of
from stack.services import LAUNCHER, Stack
from tests.conftest import KAFKA
from tests.fakes.clock import TurnedClock
from tests.fakes.waiting import until
from tests.journeys.conftest import ENV
from tests.journeys.desk import TestDesk
from tests.journeys.tables import sizes

pytestmark = [
    pytest.mark.stops_services,
    pytest.mark.skipif(
        KAFKA is ApacheKafka, reason="counts what the services hold in memory, which is the same on every engine; make test-load runs it"
    ),
]

SERVICES: Mapping[str, tuple[Any, type[Any]]] = {
    "presence": (presence, PresenceSettings),
    "tickets": (tickets, TicketsSettings),
    "chat": (chat, ChatSettings),
    "notify": (notify, NotifySettings),
    "gateway": (gateway, GatewaySettings),
}
# The chats of a day. Enough that a table that grows does so by more than the days differ.
CHATS = 2
DAY = 86_400
# Of LogToKafka: the sessions with entries that are not published and marked yet.
ON_THEIR_WAY = ("_waiting", "_to_project", "_projecting", "_publishing", "_unmarked")
# Tables with a bound of their own, which a week of two chats a day does not reach, and what bounds each.
BOUNDED = {
    **dict.fromkeys((f"Workers._{name}" for name in ("committed", "handled", "tasks", "unfinished", "waiting")), "the partitions"),
    "Publisher._queues": "the partitions",
    "Deadlines._checks": "MAX_CHECKS",
    "PublishedRevisions._revisions": "MAX_REMEMBERED",
    "Records._kept": "MAX_KEPT",
    "RefusalLog._written": "the kinds of refusals",
    "RevisedCache._held": "its `most`",
    "Meters.frames_in": "the kinds of frames",
    "PostStream._numbers": "MAX_NUMBERS",
    "PresenceHandlers._alive": "the gateways",
    "SessionQueues._queues": "MAX_CACHED",
    "SessionQueue.revisions_by_command": "the commands of the cached sessions",
    "SignIns._of_person[]": "the cached sign-ins",
    "Sweep._seen": "the entries of a page that are not published yet",
    "Timer._postponed": "what failed in the last seconds, of one batch",
    "TokenVerifier._cache": "MAX_CACHED",
    "_Shown._asked_at": "MAX_SHOWN",
}


class Week:
    """All services in this process, with one clock that the test turns."""

    def __init__(self, stack: Stack, clock: TurnedClock, apps: Mapping[str, App]) -> None:
        self.stack, self.clock, self.apps = stack, clock, apps

    async def passes(self, seconds: float, step: float) -> None:
        """Turns the clock in steps, at each of which everything that sleeps wakes once, and lets the services call each other."""
        for _ in range(int(seconds / step)):
            self.clock.set_forward(step - 1)
            await self.clock.advance(1)
            await asyncio.sleep(0.02)

    def tables(self) -> Counter[str]:
        return sum((sizes(app) for app in self.apps.values()), Counter())

    def database(self, service: str) -> Any:
        return next(part for part in self.apps[service].parts if isinstance(part, Mongo)).database


@pytest.fixture
async def week(tmp_path: Path, engine_settings: dict[str, str], unique: str) -> AsyncIterator[Week]:
    env = {
        **ENV,
        "PARLEY_GATEWAY_DRAIN_SECONDS": "0",
        "PARLEY_GATEWAY_DIGEST_SECONDS": "1",
        **engine_settings,
        "PARLEY_MONGO_PREFIX": f"{unique}_",
    }
    stack, clock, apps = Stack(tmp_path, kafka=None, store=None, env=env), TurnedClock(datetime.now(UTC)), dict[str, App]()
    account_of(stack.keys, LAUNCHER, ["directory:write"])
    for service in SERVICES:
        key_of(stack.keys, service)
    async with AsyncExitStack() as running:
        for service, (wiring, settings_class) in SERVICES.items():
            apps[service] = await running.enter_async_context(wiring.wire(load(settings_class, stack.env_of(f"{service}-1")), clock=clock))
        await until(lambda: all(app.ready for app in apps.values()))
        yield Week(stack, clock, apps)


async def a_day(week: Week, desk: TestDesk, number: int) -> None:
    """Customers request chats; some are handled and ended while the customer is inside, in the others nobody comes until the customer is
    gone. Nobody leaves a chat; they close their pages."""
    ava = await desk.page("ava")
    assert (ava.cards, ava.alerts) == ({}, {})
    assert sizes(week.apps["gateway"])["LiveCards._live"] == 0
    for chat_number in range(CHATS):
        mia, text = await desk.page("mia"), f"day {number} chat {chat_number}"
        session_id = await desk.chat(mia, text)
        await ava.until(lambda id=session_id: id in ava.cards, "the chat is listed")  # type: ignore[misc]
        ending: dict[str, Any] = {"none": {}}
        if chat_number % 2:
            ending = {"closingNote": {"note": "Called back."}}
            await mia.__aexit__(None, None, None)

            async def abandoned(id: str = session_id) -> bool:
                await week.passes(60, 10)
                return str(ava.cards[id]["status"]) == "CHAT_STATUS_ABANDONED"

            await until(abandoned)
        else:
            await ava.api("POST", f"/sessions/{session_id}/join", {"commandId": f"join {text}", "mode": "JOIN_MODE_TAKE"})
            for page in (mia, ava):
                await page.post(session_id, "Hello").accepted
        await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": f"end {text}", **ending})
        await mia.__aexit__(None, None, None)
    await ava.__aexit__(None, None, None)


async def a_night(week: Week) -> None:
    """Deadlines take everybody out of the ended chats, and what is kept for hours is dropped."""

    async def nothing_is_live() -> bool:
        await week.passes(3600, 600)
        return not await week.database("chat")["sessions"].count_documents({"live": True})

    await until(nothing_is_live)
    await week.passes(DAY / 2, 3600)
    # The gateway drops a desk without pages in a round of digests.
    await until(lambda: not sizes(week.apps["gateway"])["DeskCards._desks"])
    # In the last hour a session that nobody closed may have become older.
    await until(lambda: not any(sizes(week.apps["chat"])[f"LogToKafka.{name}"] for name in ON_THEIR_WAY))


async def test_a_week_of_a_desk_leaves_no_table_and_no_list_larger(week: Week, unique: str) -> None:  # spec 3.14, 10.9
    desk = TestDesk(week.stack, unique)
    await desk.make()
    after_a_night: list[Counter[str]] = []
    for number in range(7):
        await a_day(week, desk, number)
        await a_night(week)
        after_a_night.append(week.tables())

    second, last = after_a_night[1], after_a_night[-1]
    grown = {path: (second[path], size) for path, size in last.items() if size > second[path] and path not in BOUNDED}
    assert not grown, "\n".join(f"{path}: {before} -> {size}" for path, (before, size) in sorted(grown.items()))
    await desk.close()
