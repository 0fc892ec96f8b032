"""Read positions: which persons may mark, which are sent them, and which calls are avoided."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from parley.chat.v1 import chat_pb2 as chat
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import SystemClock
from servicekit.errors import NotFound, Unavailable
from servicekit.identity import Caller
from servicekit.kafka_records import Received
from servicekit.metrics import Metrics
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.read_positions import ReadPositions
from services.gateway.handlers.start_page import StartPage
from services.gateway.inbound.kafka_events import read_position_moved
from services.gateway.ports import SignedIn, Socket
from tests.unit.gateway.facts import AVA, BO, MIA, ZOE, card
from tests.unit.gateway.fakes import FakeService, FakeSocket, until


class World:
    def __init__(self) -> None:
        self.index: SocketIndex[Socket] = SocketIndex()
        self.chat = FakeService(MarkRead=chat.MarkReadResponse())
        self.cards = DeskCards(self.chat)
        self.cards.subscribe("desk")
        self.cards.of("desk").put(card(status="handled", participants=frozenset({"mia", "ava"})))
        self.metrics = Metrics("gateway")
        self.reads = ReadPositions(self.index, self.cards, self.chat, self.metrics)

    def socket(self, who: Caller, follows: str = "") -> FakeSocket:
        socket = FakeSocket("secret")
        socket.identify(SignedIn(who, directory.SignIn()))
        self.index.add(socket)
        if follows:
            self.index.sessions.grant(socket, frozenset({follows}))
        return socket

    def asked(self) -> list[tuple[str, int]]:
        return [(by.id, request.revision) for method, request, by in self.chat.asked if method == "MarkRead" and by]

    def outcome(self, name: str) -> float:
        return self.metrics.registry.get_sample_value("parley_gateway_read_marks_total", {"outcome": name}) or 0.0

    def asked_delivered(self) -> list[tuple[str, int, int]]:
        return [(by.id, request.revision, request.delivered) for method, request, by in self.chat.asked if method == "MarkRead" and by]

    def publish(self, person_id: str, revision: int, people: str, desk: str = "desk", delivered: int = 0) -> int:
        position = chat.ReadPosition(session_id="s1", person_id=person_id, revision=revision, delivered=delivered)
        value = chat.ReadPositionMoved(position=position).SerializeToString()
        return read_position_moved(self.index, self.reads, Received("parley.reads.v1", 0, 0, "s1", value, {"desk": desk, "people": people}))


def sent(socket: FakeSocket) -> list[tuple[str, int]]:
    frames = [msgspec.json.decode(frame) for frame in socket.frames]
    assert all((frame["t"], frame["sessionId"]) == ("read", "s1") for frame in frames)
    return [(frame["personId"], frame["revision"]) for frame in frames]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    running = asyncio.create_task(world.reads.run())
    yield world
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_saved_position_is_sent_once_to_all_pages_of_its_person_and_to_the_others(world: World) -> None:  # spec 7.6
    here, other_tab, mia = world.socket(AVA), world.socket(AVA), world.socket(MIA)
    world.reads.mark(here, "s1", 1)
    await until(lambda: bool(here.frames and other_tab.frames))
    assert world.publish("ava", 1, "ava,mia") == 1
    assert (sent(here), sent(other_tab), sent(mia)) == ([("ava", 1)], [("ava", 1)], [("ava", 1)])


async def test_a_cached_position_is_answered_without_a_call_to_chat(world: World) -> None:  # spec 7.6
    ava = world.socket(AVA)
    world.publish("ava", 5, "ava,mia")
    world.reads.mark(ava, "s1", 4)
    assert (sent(ava), world.asked(), world.outcome("cached")) == ([("ava", 5), ("ava", 5)], [], 1)


async def test_marks_during_a_call_become_one_call_with_the_highest(world: World) -> None:
    ava = world.socket(AVA)
    world.chat.hangs.set()
    world.reads.mark(ava, "s1", 1)
    await until(lambda: world.asked() == [("ava", 1)])
    for revision in (2, 4, 3):
        world.reads.mark(ava, "s1", revision)
    world.chat.hangs.clear()
    await until(lambda: sent(ava)[-1:] == [("ava", 4)])
    assert world.asked() == [("ava", 1), ("ava", 4)]


async def test_what_a_page_has_received_is_sent_to_the_others_and_to_no_page_of_its_person(world: World) -> None:  # spec 7.5
    # To the person's own pages a read position means that notifications of the session may be closed.
    here, other_tab, mia, zoe = world.socket(AVA), world.socket(AVA), world.socket(MIA), world.socket(ZOE)
    world.reads.delivered(here, "s1", 1)
    await until(lambda: world.outcome("saved") == 1)
    world.publish("ava", 0, "ava,mia", delivered=1)
    assert (world.asked_delivered(), here.frames, other_tab.frames, zoe.frames) == ([("ava", 0, 1)], [], [], [])
    frame = {"t": "read", "sessionId": "s1", "personId": "ava", "revision": 0, "delivered": 1}
    assert [msgspec.json.decode(data) for data in mia.frames] == [frame]


async def test_what_is_known_to_be_delivered_or_read_is_not_reported_to_chat_again(world: World) -> None:  # spec 7.5
    ava, other_tab = world.socket(AVA), world.socket(AVA)
    world.publish("ava", 1, "ava,mia", delivered=3)
    for socket, revision in ((ava, 1), (other_tab, 3)):
        world.reads.delivered(socket, "s1", revision)
    world.publish("ava", 5, "ava,mia")
    world.reads.delivered(ava, "s1", 5)
    assert (world.asked(), world.outcome("cached")) == ([], 3)


async def test_a_delivered_and_a_read_revision_become_one_call(world: World) -> None:  # spec 7.5
    ava = world.socket(AVA)
    world.chat.hangs.set()
    world.reads.mark(ava, "s1", 1)
    await until(lambda: world.asked_delivered() == [("ava", 1, 0)])
    world.reads.delivered(ava, "s1", 2)
    world.reads.mark(ava, "s1", 2)
    world.reads.delivered(ava, "s1", 4)
    world.chat.hangs.clear()
    await until(lambda: world.outcome("saved") == 2)
    assert world.asked_delivered() == [("ava", 1, 0), ("ava", 2, 4)]


async def test_only_a_page_of_a_person_in_the_session_counts_as_the_other_side(world: World) -> None:  # spec 7.5, 10.2
    for socket in (world.socket(BO), world.socket(ZOE), world.socket(BO, follows="s1")):
        world.reads.delivered(socket, "s1", 1)
    assert (world.outcome("ignored"), world.asked()) == (3, [])


async def test_only_participants_and_followers_can_mark(world: World) -> None:  # spec 10.2
    bo, zoe = world.socket(BO), world.socket(ZOE)
    for socket in (bo, zoe):
        world.reads.mark(socket, "s1", 1)
    assert world.outcome("ignored") == 2
    follower = world.socket(BO, follows="s1")
    world.reads.mark(follower, "s1", 1)
    await until(lambda: sent(follower) == [("bo", 1)])
    assert world.asked() == [("bo", 1)]


@pytest.mark.parametrize(("error", "outcome"), [(Unavailable("down"), "no_answer"), (NotFound("gone"), "refused")])
async def test_a_position_that_chat_did_not_save_is_not_sent_and_the_next_mark_calls_again(
    world: World, error: Exception, outcome: str
) -> None:
    ava = world.socket(AVA)
    world.chat.down = error  # type: ignore[assignment]
    world.reads.mark(ava, "s1", 1)
    await until(lambda: world.outcome(outcome) == 1)
    assert sent(ava) == []
    world.chat.down = None
    world.reads.mark(ava, "s1", 1)
    await until(lambda: sent(ava) == [("ava", 1)])


async def test_a_customer_is_not_sent_the_position_of_an_engineer_who_only_reads_and_others_are_sent_nothing(
    world: World,
) -> None:  # spec 7.5, 10.2
    ava, mia, follower, zoe = world.socket(AVA), world.socket(MIA, follows="s1"), world.socket(BO, follows="s1"), world.socket(ZOE)
    # Bo is not in the session: the record names the reader and the session's engineers.
    world.publish("bo", 1, "ava,bo")
    assert (sent(ava), sent(follower), sent(mia), sent(zoe)) == ([("bo", 1)], [("bo", 1)], [], [])


async def test_the_start_page_includes_the_persons_own_positions() -> None:  # spec 7.6
    position = chat.ReadPosition(session_id="s1", person_id="mia", revision=4)
    listing, presences = chat.ListSessionsResponse(reads=[position]), presence.GetPresenceResponse()
    service = FakeService(ListSessions=listing, GetPresence=presences)
    start_page = StartPage(service, service, service, DeskCards(service), SystemClock())
    start = await start_page.of(SignedIn(MIA, directory.SignIn()))
    assert list(start.reads) == [position]


async def test_a_record_of_another_desk_or_of_nobody_here_is_not_decoded(world: World) -> None:
    world.socket(AVA)
    record = Received("parley.reads.v1", 0, 0, "s1", b"no proto", {"desk": "other", "people": "ava"})
    assert read_position_moved(world.index, world.reads, record) == 0
