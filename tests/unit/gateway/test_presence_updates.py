"""Presence frames: which sockets get them, and that they have the current state."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from parley.chat.v1 import chat_pb2 as chat
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.errors import Unavailable
from servicekit.identity import Caller
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.people_cache import PeopleCache
from services.gateway.handlers.presence_updates import PresenceUpdates
from services.gateway.ports import SignedIn, Socket
from tests.unit.gateway.facts import AVA, BO
from tests.unit.gateway.fakes import FakeService, FakeSocket, loops, until

ONLINE, OFFLINE = presence.PRESENCE_ONLINE, presence.PRESENCE_OFFLINE


class World:
    """`mia` is the response of presence for her."""

    def __init__(self) -> None:
        self.mia = presence.PersonPresence(person_id="mia", desk_id="desk", presence=ONLINE, revision=1)
        self.presence = FakeService(GetPresence=lambda request: presence.GetPresenceResponse(presences=[self.mia]))
        mia = directory.DirectoryPerson(id="mia", desk_id="desk", kind=directory.PERSON_KIND_CUSTOMER, company_id="acme")
        self.directory = FakeService(GetPeople=directory.GetPeopleResponse(entries=[directory.DirectoryEntry(revision=1, person=mia)]))
        self.index: SocketIndex[Socket] = SocketIndex()
        cards, people = DeskCards(FakeService(ListSessions=chat.ListSessionsResponse())), PeopleCache(self.directory)
        self.updates = PresenceUpdates(self.index, cards, self.presence, people)

    def socket(self, who: Caller = AVA) -> FakeSocket:
        made = FakeSocket(who.id)
        made.identify(SignedIn(who, directory.SignIn()))
        self.index.add(made)
        return made

    def becomes(self, state: presence.Presence.ValueType) -> None:
        """Publishes a change of Mia's presence. It is consumed only if a socket here watches her."""
        self.mia = presence.PersonPresence(person_id="mia", desk_id="desk", presence=state, revision=self.mia.revision + 1)
        if self.index.people.granted_to("desk", "mia"):
            self.updates.received(self.mia)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with loops(world.updates.send, world.updates.check, world.updates.fetch):
        yield world


def presences_sent(socket: FakeSocket) -> list[str]:
    """Returns the states of Mia that the socket was sent, in order."""
    return [one["presence"].removeprefix("PRESENCE_").lower() for frame in socket.frames for one in json.loads(frame)["presences"]]


async def test_a_page_that_watches_again_is_sent_a_change_that_happened_without_watchers(world: World) -> None:  # spec 1.2, 1.12
    ava = world.socket()
    world.updates.watch(ava, ["mia"])
    await until(lambda: presences_sent(ava) == ["online"])

    world.updates.watch(ava, [])
    world.becomes(OFFLINE)
    world.updates.watch(ava, ["mia"])

    await until(lambda: len(presences_sent(ava)) > 1)
    assert presences_sent(ava) == ["online", "offline"]


async def test_a_new_page_is_sent_the_current_state_after_the_only_watcher_closed(world: World) -> None:  # spec 1.2, 1.12
    gone = world.socket()
    world.updates.watch(gone, ["mia"])
    await until(lambda: presences_sent(gone) == ["online"])
    world.index.remove(gone)
    world.becomes(OFFLINE)

    ava = world.socket()
    world.updates.watch(ava, ["mia"])
    await until(lambda: len(presences_sent(ava)) > 0)
    assert presences_sent(ava) == ["offline"]


async def test_a_second_page_is_sent_the_cached_state_without_a_call(world: World) -> None:  # spec 1.12
    first, second = world.socket(), world.socket()
    world.updates.watch(first, ["mia"])
    await until(lambda: presences_sent(first) == ["online"])
    world.updates.watch(second, ["mia"])
    assert presences_sent(second) == ["online"]
    assert len(world.presence.asked) == 1


async def test_a_hanging_directory_call_delays_no_presence_change(world: World) -> None:  # spec 1.12
    ava, bo = world.socket(), world.socket(BO)
    world.updates.watch(ava, ["mia"])
    await until(lambda: presences_sent(ava) == ["online"])

    world.directory.hangs.set()
    world.updates.watch(bo, ["mia"])
    await until(lambda: bool(world.directory.asked))
    world.becomes(OFFLINE)
    await until(lambda: presences_sent(ava) == ["online", "offline"])
    assert presences_sent(bo) == []

    world.directory.hangs.clear()
    await until(lambda: presences_sent(bo) == ["offline"])


async def test_a_hanging_presence_call_delays_no_consumed_change(world: World) -> None:  # spec 1.12
    ava = world.socket()
    world.updates.watch(ava, ["mia"])
    await until(lambda: presences_sent(ava) == ["online"])

    world.presence.hangs.set()
    world.updates.watch(ava, ["mia", "leo"])
    await until(lambda: len(world.presence.asked) == 2)
    world.becomes(OFFLINE)
    await until(lambda: presences_sent(ava) == ["online", "offline"])


async def test_a_first_state_is_fetched_until_a_call_succeeds(world: World) -> None:  # spec 1.12
    ava = world.socket(replace(AVA, name="Ava"))
    world.presence.down = Unavailable("down")
    world.updates.watch(ava, ["mia"])
    await until(lambda: bool(world.presence.asked))
    world.presence.down = None
    await until(lambda: presences_sent(ava) == ["online"])


async def test_only_people_who_are_still_on_a_screen_are_fetched(world: World) -> None:  # spec 1.12, 10.9
    page, asked = world.socket(), list[str]()

    def answer(request: presence.GetPresenceRequest) -> presence.GetPresenceResponse:
        asked.extend(request.person_ids)
        return presence.GetPresenceResponse(presences=[world.mia])

    world.presence.answers["GetPresence"] = answer
    for number in range(100):
        world.updates.watch(page, [f"p{number}"])
    world.updates.watch(page, ["mia"])
    await until(lambda: presences_sent(page) == ["online"])
    assert asked == ["mia"]
