"""Frames with the viewers of a ticket: who gets them, and what is reported to presence (spec 9.2)."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit.clock import SystemClock
from servicekit.errors import NotFound, Unavailable
from servicekit.identity import Caller
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.ticket_viewers import TicketViewers
from services.gateway.ports import SignedIn
from tests.unit.gateway.facts import AVA, BO, MIA
from tests.unit.gateway.fakes import NO_LIMITS, FakeService, FakeSocket, loops, until


class World:
    """Ava views each ticket, as presence says. `hidden`: tickets that nobody may see."""

    def __init__(self) -> None:
        self.hidden: set[str] = set()
        self.names = ["ava"]
        self.presence = FakeService(ListTicketViewers=lambda request: presence.ListTicketViewersResponse(person_ids=self.names))
        ava = directory.DirectoryPerson(id="ava", desk_id="desk", name="Ava Chen")
        people = directory.GetPeopleResponse(entries=[directory.DirectoryEntry(person=ava)])
        self.tickets, self.directory = FakeService(GetTicket=self._ticket), FakeService(GetPeople=people)
        self.reports = ConnectionReports(self.presence, SystemClock(), "gateway-1", "1")
        self.viewers = TicketViewers(self.reports, self.tickets, self.presence, self.directory, NO_LIMITS)

    def _ticket(self, request: tickets.GetTicketRequest) -> tickets.GetTicketResponse:
        if request.ticket_id in self.hidden:
            raise NotFound("There is no such ticket.")
        return tickets.GetTicketResponse()

    def socket(self, who: Caller = AVA) -> FakeSocket:
        made = FakeSocket(who.id)
        made.identify(SignedIn(who, directory.SignIn()))
        self.reports.opened(made)
        return made

    async def reported(self, socket: FakeSocket) -> str:
        """The ticket that the next report names for the socket."""
        self.presence.answers["ReportConnections"] = presence.ReportConnectionsResponse(want_full=True)
        await self.reports.report()
        request = [request for method, request, _ in self.presence.asked if method == "ReportConnections"][-1]
        return str(next(fact.ticket_id for fact in request.changed if fact.connection_id == socket.id))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with loops(world.viewers.run):
        yield world


def sent(socket: FakeSocket) -> list[Any]:
    frames = [json.loads(frame) for frame in socket.frames]
    return [(frame["ticketId"], [one["name"] for one in frame.get("viewers", [])]) for frame in frames]


async def test_a_page_gets_the_viewers_of_its_ticket_and_each_change_until_it_leaves(world: World) -> None:  # spec 9.2
    ava, bo = world.socket(), world.socket(BO)
    world.viewers.view(ava, "t1")
    await until(lambda: sent(ava) == [("t1", ["Ava Chen"])])
    assert await world.reported(ava) == "t1"

    world.names = []
    world.directory.answers["GetPeople"] = directory.GetPeopleResponse()
    assert world.viewers.changed("desk", ["t1", "t2"]) == 1
    await until(lambda: sent(ava)[1:] == [("t1", [])])

    world.viewers.view(ava, "")
    assert world.viewers.changed("desk", ["t1"]) == 0
    assert (await world.reported(ava), sent(bo)) == ("", [])


async def test_a_ticket_that_the_person_may_not_see_is_neither_answered_nor_reported(world: World) -> None:  # spec 9.2, 10.2
    world.hidden = {"t1"}
    bo, ava = world.socket(BO), world.socket()
    world.viewers.view(bo, "t1")
    world.viewers.view(ava, "t2")
    await until(lambda: bool(sent(ava)) and "GetTicket" in [method for method, _, by in world.tickets.asked if by is bo.viewer])
    assert (sent(bo), await world.reported(bo)) == ([], "")


async def test_a_ticket_that_is_hidden_later_is_no_longer_viewed(world: World) -> None:  # spec 9.2, 10.10
    ava = world.socket()
    world.viewers.view(ava, "t1")
    await until(lambda: len(sent(ava)) == 1)
    world.hidden = {"t1"}
    asked = len(world.tickets.asked)
    world.viewers.recheck(ava)
    await until(lambda: len(world.tickets.asked) > asked)
    await until(lambda: not world.reports._connections._open[ava.id].ticket_id)
    assert len(sent(ava)) == 1


async def test_the_pages_of_customers_and_closed_ones_are_ignored(world: World) -> None:  # spec 9.2, 10.2
    mia, ava = world.socket(MIA), world.socket()
    world.viewers.view(mia, "t1")
    world.viewers.view(ava, "t1")
    world.viewers.removed(ava)
    world.viewers.removed(ava)
    assert world.viewers.changed("desk", ["t1"]) == 0


async def test_viewers_are_sent_once_the_services_answer_again(world: World) -> None:  # design 5
    ava = world.socket()
    world.tickets.down = Unavailable("Tickets does not answer")
    world.viewers.view(ava, "t1")
    await until(lambda: len(world.tickets.asked) > 1)
    assert sent(ava) == []
    world.tickets.down = None
    await until(lambda: sent(ava) == [("t1", ["Ava Chen"])])
