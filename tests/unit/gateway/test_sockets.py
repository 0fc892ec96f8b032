"""Which sockets are admitted, when the gateway fetches again, and how it stops."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import chat_pb2 as chat
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import SystemClock
from servicekit.errors import Unauthenticated, Unavailable
from servicekit.moments import to_ms, to_proto
from services.gateway.domain.cards import CardBump, cards_digest
from services.gateway.domain.site import App
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.followed_sessions import FollowedSessions
from services.gateway.handlers.people_cache import PeopleCache
from services.gateway.handlers.presence_updates import PresenceUpdates
from services.gateway.handlers.resync import Resync
from services.gateway.handlers.session_updates import SessionUpdates
from services.gateway.handlers.sign_ins import SignIns, signed_in_from
from services.gateway.handlers.sockets import Intervals, Sockets
from services.gateway.handlers.ticket_viewers import TicketViewers
from services.gateway.outbound.server_frames import REFETCH
from services.gateway.ports import Socket
from tests.unit.gateway.facts import card
from tests.unit.gateway.fakes import NO_LIMITS, FakeService, FakeSocket, loops, until


def in_an_hour() -> Timestamp:
    return to_proto(SystemClock().now() + timedelta(hours=1))


@dataclass
class World:
    """A gateway's sockets with fakes around them."""

    signed_in: dict[str, directory.SignIn] = field(default_factory=dict)

    def __post_init__(self) -> None:
        clock = SystemClock()
        self.directory = FakeService(GetSignIn=self._sign_in)
        self.chat = FakeService(ListSessions=chat.ListSessionsResponse())
        self.presence = FakeService(ReportConnections=presence.ReportConnectionsResponse(), GetPresence=presence.GetPresenceResponse())
        self.index: SocketIndex[Socket] = SocketIndex()
        self.cards = cards = DeskCards(self.chat)
        sign_ins = SignIns(self.directory, clock, trial=True)
        self.reports = reports = ConnectionReports(self.presence, clock, "gateway-1", "1")
        intervals = Intervals(beat=0.01, silence=0.05, digest=0.01, slices=1)
        updates = SessionUpdates(self.index, cards)
        self.sockets = Sockets(self.index, sign_ins, cards, updates, reports, clock, "gateway-1", intervals, NO_LIMITS, 50)
        presences = PresenceUpdates(self.index, cards, self.presence, PeopleCache(self.directory))
        followed = FollowedSessions(self.index, self.sockets, updates, self.chat, NO_LIMITS)
        viewers = TicketViewers(reports, FakeService(), self.presence, self.directory, NO_LIMITS)
        self.resync = Resync(self.index, self.sockets, sign_ins, cards, presences, followed, viewers)

    def _sign_in(self, request: directory.GetSignInRequest) -> directory.GetSignInResponse:
        if request.secret not in self.signed_in:
            raise Unauthenticated("Nobody.")
        return directory.GetSignInResponse(sign_in=self.signed_in[request.secret])

    async def socket(self, person_id: str) -> FakeSocket:
        """Opens a socket of a new sign-in of a customer at Acme."""
        secret = f"{person_id}-{len(self.signed_in)}"
        person = directory.DirectoryPerson(id=person_id, desk_id="desk", kind=directory.PERSON_KIND_CUSTOMER, company_id="acme")
        self.signed_in[secret] = directory.SignIn(id=secret, person=person, desk=directory.Desk(id="desk"), expires_at=in_an_hour())
        made = FakeSocket(secret)
        made.on_close = self.sockets.removed
        await self.sockets.admit(made, App.PORTAL)
        made.received_at = asyncio.get_running_loop().time()
        return made


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with loops(world.resync.run, world.cards.load):
        yield world


async def test_no_socket_is_admitted_before_all_topics_are_consumed(world: World) -> None:  # spec 3.7
    world.sockets.caught_up = lambda: False
    mia = await world.socket("mia")
    assert (mia.closed, mia.frames, len(world.index)) == (4503, [], 0)


async def test_after_a_gap_every_page_fetches_and_ended_sign_ins_are_found(world: World) -> None:  # spec 3.7
    mia, leo = await world.socket("mia"), await world.socket("leo")
    del world.signed_in[leo.secret]
    world.resync.all_pages()
    await until(lambda: mia.frames[-1] == REFETCH and leo.closed == 4401)
    assert list(world.index) == [mia]
    assert sum(method == "ListSessions" for method, _, _ in world.chat.asked) == 2


async def test_sockets_stay_open_while_sign_ins_are_unavailable_and_fetch_later(world: World) -> None:
    mia = await world.socket("mia")
    world.directory.down = Unavailable("down")
    asked = len(world.directory.asked)
    world.resync.all_pages()
    await until(lambda: len(world.directory.asked) > asked + 2)
    assert not mia.closed and mia.frames[-1] != REFETCH
    world.directory.down = None
    await until(lambda: mia.frames[-1] == REFETCH)


async def test_a_change_of_a_person_affects_only_their_sockets(world: World) -> None:
    mia, leo = await world.socket("mia"), await world.socket("leo")
    world.signed_in[mia.secret].person.company_id = "globex"
    world.resync.person(directory.DirectoryEntry(revision=2, person=world.signed_in[mia.secret].person))
    await until(lambda: mia.frames[-1] == REFETCH)
    assert leo.frames[-1] != REFETCH
    assert list(world.index.of_company("desk", "globex")) == [mia]
    assert list(world.index.of_company("desk", "acme")) == [leo]


async def test_active_sockets_get_beats_and_silent_ones_are_closed(world: World) -> None:  # spec 7.4
    mia, leo, bo = [await world.socket(id) for id in ("mia", "leo", "bo")]
    bo.received_at = asyncio.get_running_loop().time() + 600
    beating = asyncio.create_task(world.sockets.beat())
    async with asyncio.timeout(60):
        while not (leo.closed and mia.pings > 1):
            mia.received_at = asyncio.get_running_loop().time()
            await asyncio.sleep(0.005)
    beating.cancel()
    assert (leo.closed, mia.closed) == (4409, 0)
    assert b"serverBeat" in mia.frames[-1]
    # A page that has answered is sent no ping.
    assert b"serverBeat" in bo.frames[-1] and bo.pings == 0


async def test_a_sign_in_that_expires_closes_its_socket(world: World) -> None:  # spec 10.1
    mia, leo = await world.socket("mia"), await world.socket("leo")
    world.signed_in[mia.secret].expires_at.FromDatetime(SystemClock().now())
    mia.identify(signed_in_from(world.signed_in[mia.secret]))
    mia.received_at = leo.received_at = asyncio.get_running_loop().time() + 60
    beating = asyncio.create_task(world.sockets.beat())
    await until(lambda: bool(mia.closed) and b"serverBeat" in leo.frames[-1])
    beating.cancel()
    assert (mia.closed, leo.closed) == (4401, 0)


async def test_a_stop_waits_for_the_pages_up_to_a_limit(world: World) -> None:  # spec 12.1
    mia, stubborn = await world.socket("mia"), await world.socket("leo")
    stubborn.on_close = lambda socket: None
    await world.sockets.leave(0, within=0.05)
    assert (mia.closed, stubborn.closed) == (1001, 1001)
    late = await world.socket("zoe")
    assert late.closed == 4503


async def test_pages_leave_one_after_the_other_and_are_reported_as_handed_over(world: World) -> None:  # spec 12.1
    pages = [await world.socket(name) for name in ("mia", "leo", "zoe")]
    loop, closed_at = asyncio.get_running_loop(), list[float]()

    def closed(socket: FakeSocket) -> None:
        closed_at.append(loop.time())
        world.sockets.removed(socket)

    for page in pages:
        page.on_close = closed
    began = loop.time()
    await world.sockets.leave(0.3, within=5)

    assert [at - began >= 0.1 * number for number, at in enumerate(closed_at)] == [True] * 3
    assert {page.close_reason for page in pages} == {"300"}
    await world.reports.stop()
    _, report, _ = world.presence.asked[-1]
    assert [(fact.closed, fact.handed_over) for fact in report.changed] == [(True, True)] * 3


async def test_pages_that_all_leave_at_once_are_asked_to_come_back_at_random(world: World) -> None:
    mia = await world.socket("mia")
    await world.sockets.leave(0, within=5)
    assert (mia.closed, mia.close_reason) == (1001, "1500")


async def test_the_first_digest_of_a_socket_names_only_cards_that_its_list_may_lack(world: World) -> None:  # spec 3.7, 10.9
    await world.socket("leo")
    table, now = world.cards.of("desk"), to_ms(SystemClock().now())
    for session_id, at_ms in (("yesterday", now - 86_400_000), ("now", now)):
        table.put(card(session_id=session_id))
        table.bump(CardBump("desk", session_id, 2, at_ms))

    mia = await world.socket("mia")
    world.sockets.send_digest(mia)

    first = json.loads(mia.frames[-1])
    assert [grown["sessionId"] for grown in first["grown"]] == ["now"]
    # The checksum covers every card, so a page whose list lacks an older message, as after an outage, finds a difference and fetches.
    assert [first["cards"] == cards_digest([("now", 2), ("yesterday", held)]) for held in (1, 2)] == [False, True]
    table.bump(CardBump("desk", "yesterday", 3, now))
    world.sockets.send_digest(mia)
    assert [(grown["sessionId"], grown["since"]) for grown in json.loads(mia.frames[-1])["grown"]] == [("yesterday", 1)]


async def test_a_digest_at_which_a_slow_page_is_closed_is_its_last_and_the_others_get_theirs(world: World) -> None:  # spec 11.1
    slow = await world.socket("leo")
    sent = list[bytes]()

    def send(frame: bytes) -> None:
        sent.append(frame)
        slow.close(4408)

    slow.send = send  # type: ignore[method-assign]
    digests = asyncio.create_task(world.sockets.send_digests())
    await until(lambda: bool(slow.closed) and len(world.index) == 0)

    mia = await world.socket("mia")
    await until(lambda: digests.done() or sum(b'"digest"' in frame for frame in mia.frames) > 1)
    assert not digests.done()
    assert len(sent) == 1
    digests.cancel()
