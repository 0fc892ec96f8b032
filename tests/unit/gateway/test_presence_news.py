"""Who hears of whose presence, and that what is told is true."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import pytest

from parley.chat.v1 import chat_pb2 as chat
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import SystemClock
from servicekit.errors import Unavailable
from servicekit.identity import Caller
from services.gateway.domain.interest import Interest
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.people_seen import PeopleSeen
from services.gateway.handlers.presence_news import PresenceNews
from services.gateway.ports import Line, SignedIn
from tests.unit.gateway.facts import AVA, BO
from tests.unit.gateway.fakes import FakeLine, FakeService, until

ONLINE, OFFLINE = presence.PRESENCE_ONLINE, presence.PRESENCE_OFFLINE


class World:
    """`mia`: what presence would answer of her. `says` is what its topic says."""

    def __init__(self) -> None:
        self.mia = presence.PersonPresence(person_id="mia", desk_id="desk", presence=ONLINE, revision=1)
        self.presence = FakeService(GetPresence=lambda request: presence.GetPresenceResponse(presences=[self.mia]))
        self.directory = FakeService(ListPeople=directory.ListPeopleResponse(people=[directory.DirectoryPerson(id="mia")]))
        self.interest: Interest[Line] = Interest()
        cards, people = DeskCards(FakeService(ListSessions=chat.ListSessionsResponse())), PeopleSeen(self.directory, SystemClock())
        self.news = PresenceNews(self.interest, cards, self.presence, people)

    def line(self, who: Caller = AVA) -> FakeLine:
        made = FakeLine(who.id)
        made.know(SignedIn(who, directory.SignIn()))
        self.interest.add(made)
        return made

    def becomes(self, state: presence.Presence.ValueType) -> None:
        """As the topic says it: heard only when it concerns somebody here."""
        self.mia = presence.PersonPresence(person_id="mia", desk_id="desk", presence=state, revision=self.mia.revision + 1)
        if self.news.concerns("desk", "mia"):
            self.news.heard(self.mia)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    loops = [asyncio.create_task(run()) for run in (world.news.send, world.news.check, world.news.ask)]
    yield world
    for loop in loops:
        loop.cancel()
        with suppress(asyncio.CancelledError):
            await loop


def told(line: FakeLine) -> list[str]:
    """Of Mia, in order."""
    return [one["presence"].removeprefix("PRESENCE_").lower() for frame in line.frames for one in json.loads(frame)["presences"]]


async def test_who_looks_again_is_told_what_happened_while_nobody_looked(world: World) -> None:  # spec 1.2, 1.12
    ava = world.line()
    world.news.watch(ava, ["mia"])
    await until(lambda: told(ava) == ["online"])

    world.news.watch(ava, [])
    world.becomes(OFFLINE)
    world.news.watch(ava, ["mia"])

    await until(lambda: len(told(ava)) > 1)
    assert told(ava) == ["online", "offline"]


async def test_the_next_page_is_told_the_truth_when_the_only_one_that_looked_is_gone(world: World) -> None:  # spec 1.2, 1.12
    gone = world.line()
    world.news.watch(gone, ["mia"])
    await until(lambda: told(gone) == ["online"])
    world.interest.remove(gone)
    world.becomes(OFFLINE)

    ava = world.line()
    world.news.watch(ava, ["mia"])
    await until(lambda: len(told(ava)) > 0)
    assert told(ava) == ["offline"]


async def test_a_second_page_is_told_at_once_and_asks_nobody(world: World) -> None:  # spec 1.12
    first, second = world.line(), world.line()
    world.news.watch(first, ["mia"])
    await until(lambda: told(first) == ["online"])
    world.news.watch(second, ["mia"])
    assert told(second) == ["online"]
    assert len(world.presence.asked) == 1


async def test_a_directory_that_hangs_delays_no_change_of_presence(world: World) -> None:  # spec 1.12
    ava, bo = world.line(), world.line(BO)
    world.news.watch(ava, ["mia"])
    await until(lambda: told(ava) == ["online"])

    world.directory.hangs.set()
    world.news.watch(bo, ["mia"])
    await until(lambda: bool(world.directory.asked))
    world.becomes(OFFLINE)
    await until(lambda: told(ava) == ["online", "offline"])
    assert told(bo) == []

    world.directory.hangs.clear()
    await until(lambda: told(bo) == ["offline"])


async def test_presence_that_hangs_delays_no_change_that_is_heard(world: World) -> None:  # spec 1.12
    ava = world.line()
    world.news.watch(ava, ["mia"])
    await until(lambda: told(ava) == ["online"])

    world.presence.hangs.set()
    world.news.watch(ava, ["mia", "leo"])
    await until(lambda: len(world.presence.asked) == 2)
    world.becomes(OFFLINE)
    await until(lambda: told(ava) == ["online", "offline"])


async def test_a_first_state_is_asked_for_until_it_is_known(world: World) -> None:  # spec 1.12
    ava = world.line(replace(AVA, name="Ava"))
    world.presence.down = Unavailable("down")
    world.news.watch(ava, ["mia"])
    await until(lambda: bool(world.presence.asked))
    world.presence.down = None
    await until(lambda: told(ava) == ["online"])
