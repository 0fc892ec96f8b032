"""The state of a page, from its frame to ListPages, with two gateways and two presence replicas."""

from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest

from parley.presence.v1 import presence_pb2 as presence
from stack.page import Json, Page
from stack.services import Stack
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.team import Team

Pages = dict[str, presence.PageState]


@pytest.fixture
async def team(stack: Stack) -> AsyncIterator[Team]:
    async with Team(stack) as team:
        yield team


class Listed:
    """What ListPages answers for people of the desk: connection id -> state."""

    def __init__(self, team: Team, desk: TestDesk) -> None:
        self._team, self._desk = team, desk

    async def of(self, *people: str) -> Pages:
        asked = presence.ListPagesRequest(desk_id=self._desk.id, person_ids=[self._desk.id_of(word) for word in people])
        answer = await self._team.do("PresenceService.ListPages", asked, self._team.own())
        return {page.connection_id: page.state for page in answer.pages}

    async def until(self, holds: Callable[[Pages], bool], *people: str) -> None:
        async def found() -> bool:
            return holds(await self.of(*people))

        await until(found)


def connection_of(page: Page) -> str:
    """The id of the page's current socket."""
    return str([frame["connectionId"] for frame in page.frames if frame["t"] == "welcome"][-1])


async def test_a_page_is_listed_with_its_newest_state_while_it_is_open(desk: TestDesk, team: Team) -> None:  # spec 1.2, 5.4
    first, listed = await desk.page("ava", 0), Listed(team, desk)
    async with Page(desk.gateways[1], "tech", desk.id_of("ava")) as second:
        one, two = connection_of(first), connection_of(second)
        first.report(visible=True, focused=True, permission="granted", sound_allowed=True, session_ids=["s1"], browser_id="b1")
        second.report(installed=True, browser_id="b1")
        visible = presence.PageState(
            visible=True,
            focused=True,
            permission=presence.NOTIFICATION_PERMISSION_GRANTED,
            sound_allowed=True,
            session_ids=["s1"],
            browser_id="b1",
        )
        installed = presence.PageState(installed=True, permission=presence.NOTIFICATION_PERMISSION_DEFAULT, browser_id="b1")
        await listed.until(lambda pages: pages == {one: visible, two: installed}, "ava", "sam")

        first.report(permission="granted", browser_id="b1")
        hidden = presence.PageState(permission=presence.NOTIFICATION_PERMISSION_GRANTED, browser_id="b1")
        await listed.until(lambda pages: pages == {one: hidden, two: installed}, "ava")

    await listed.until(lambda pages: pages == {one: hidden}, "ava")


async def test_a_page_that_reconnects_is_listed_with_its_state_and_once(desk: TestDesk, team: Team) -> None:  # spec 5.4
    mia, listed = await desk.page("mia", 1), Listed(team, desk)
    mia.report(visible=True, browser_id="b1")
    await listed.until(lambda pages: [state.visible for state in pages.values()] == [True], "mia")
    before = connection_of(mia)

    mia.cut()
    await mia.until(lambda: connection_of(mia) != before, "the page is connected again")

    visible = presence.PageState(visible=True, permission=presence.NOTIFICATION_PERMISSION_DEFAULT, browser_id="b1")
    await listed.until(lambda pages: pages == {connection_of(mia): visible}, "mia")


async def test_a_notification_is_received_by_the_best_page_only_and_its_report_is_recorded(
    desk: TestDesk, team: Team
) -> None:  # spec 5.4, 5.9
    hidden, visible, mia = await desk.page("ava", 0), await desk.page("ava", 1), await desk.page("mia", 0)
    hidden.report(permission="granted", browser_id="b1")
    visible.report(visible=True, focused=True, permission="granted", sound_allowed=True, browser_id="b1")
    await Listed(team, desk).until(lambda pages: sum(state.browser_id == "b1" for state in pages.values()) == 2, "ava")

    await desk.chat(mia)
    await visible.until(lambda: bool(notifications(visible)), "the notification")
    delivery_id = notifications(visible)[0]["deliveryId"]
    visible.send({"t": "delivery", "deliveryId": delivery_id, "outcome": "DELIVERY_OUTCOME_SOUNDED"})

    async def recorded() -> bool:
        delivery = (await visible.api("GET", f"/deliveries/{delivery_id}"))["delivery"]
        return "receivedAt" in delivery and "soundedAt" in delivery

    await until(recorded)
    assert notifications(hidden) == []


def notifications(page: Page) -> list[Json]:
    return [frame for frame in page.frames if frame["t"] == "notification"]


async def test_engineers_with_the_same_ticket_see_each_other_through_two_gateways_until_they_leave_it(desk: TestDesk) -> None:  # spec 9.2
    ava, sam, mia = await desk.page("ava", 0), await desk.page("sam", 1), await desk.page("mia", 0)
    body = {"commandId": "c1", "summary": "VPN drops", "text": "Every afternoon."}
    ticket_id = (await mia.retried(lambda: mia.api("POST", "/tickets", body)))["ticket"]["id"]

    def shows(page: Page, *words: str) -> bool:
        """Whether the newest frame names these engineers."""
        frames = [frame for frame in page.frames if frame["t"] == "ticketViewers"]
        viewers = [one["id"] for one in frames[-1].get("viewers", [])] if frames else []
        return sorted(viewers) == sorted(map(desk.id_of, words))

    for page in (ava, sam, mia):
        page.send({"t": "viewTicket", "ticketId": ticket_id})
    for page in (ava, sam):
        await page.until(partial(shows, page, "ava", "sam"), "both engineers", seconds=60)

    sam.send({"t": "viewTicket", "ticketId": ""})
    await ava.until(partial(shows, ava, "ava"), "Sam has left", seconds=60)
    assert shows(mia)
