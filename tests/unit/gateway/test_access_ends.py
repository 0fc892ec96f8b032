"""What a page was granted ends when its person's access ends, while the socket stays open (spec 10.10)."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from parley.chat.v1 import chat_pb2 as chat
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import SystemClock
from servicekit.errors import NotFound
from servicekit.identity import Caller
from services.gateway.domain.cards import CardFacts
from services.gateway.domain.interest import Interest
from services.gateway.handlers.catching_up import CatchingUp
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.followed_sessions import FollowedSessions
from services.gateway.handlers.lines import Lines, Rhythm
from services.gateway.handlers.people_seen import PeopleSeen
from services.gateway.handlers.presence_news import PresenceNews
from services.gateway.handlers.session_news import News, SessionNews
from services.gateway.handlers.sign_ins import SignIns, signed_in_from
from services.gateway.ports import Line, Renew
from tests.unit.gateway.facts import card
from tests.unit.gateway.fakes import NO_LIMITS, FakeLine, FakeService, until
from tests.unit.gateway.test_lines import in_an_hour

ENGINEER, CUSTOMER = directory.PERSON_KIND_ENGINEER, directory.PERSON_KIND_CUSTOMER
ACME = directory.Access(company_ids=["acme"], all_boards=True)
GLOBEX = directory.Access(company_ids=["globex"], all_boards=True)


class World:
    """A gateway's handlers with Bo, Mia and Leo of Acme, and Ava; chat and the directory answer as they would."""

    def __init__(self) -> None:
        clock, desk = SystemClock(), "desk"
        self.people = {
            "ava": directory.DirectoryPerson(
                id="ava", desk_id=desk, kind=ENGINEER, access=directory.Access(all_companies=True, all_boards=True)
            ),
            "bo": directory.DirectoryPerson(id="bo", desk_id=desk, kind=ENGINEER, access=ACME),
            "mia": directory.DirectoryPerson(id="mia", desk_id=desk, kind=CUSTOMER, company_id="acme"),
            "leo": directory.DirectoryPerson(id="leo", desk_id=desk, kind=CUSTOMER, company_id="acme"),
        }
        self.directory = FakeService(GetSignIn=self._sign_in)
        self.directory.call = self._ask_directory  # type: ignore[method-assign]
        self.chat = FakeService(ListSessions=chat.ListSessionsResponse())
        self.chat.call = self._ask_chat  # type: ignore[method-assign]
        self.chat_waits = asyncio.Event()
        self.chat_waits.set()
        self.chat_knows: dict[str, CardFacts] = {}
        self.presence = FakeService(GetPresence=presence.GetPresenceResponse())
        self.interest: Interest[Line] = Interest()
        self.cards = cards = DeskCards(self.chat)
        sign_ins = SignIns(self.directory, clock)
        self.news = SessionNews(self.interest, cards)
        reports = ConnectionReports(self.presence, clock, "gateway-1", "1")
        self.lines = Lines(self.interest, sign_ins, cards, self.news, reports, clock, "gateway-1", Rhythm(), NO_LIMITS, 50)
        self.presences = PresenceNews(self.interest, cards, self.presence, PeopleSeen(self.directory, clock))
        self.followed = FollowedSessions(self.interest, self.lines, self.news, self.chat)
        self.news.customer_concerned, cards.loaded = self.presences.check_again, self.presences.check_desk
        self.catching_up = CatchingUp(self.interest, self.lines, sign_ins, cards, self.presences, self.followed, retry_after=0.01)
        cards.hear(desk)

    def _sign_in(self, request: directory.GetSignInRequest) -> directory.GetSignInResponse:
        desk = directory.Desk(id="desk")
        return directory.GetSignInResponse(
            sign_in=directory.SignIn(id=request.secret, person=self.people[request.secret], desk=desk, expires_at=in_an_hour())
        )

    async def _ask_directory(self, method: str, request: Any, by: Caller | None = None) -> Any:
        await asyncio.sleep(0)
        if method == "GetSignIn":
            return self._sign_in(request)
        assert by is not None
        seen = [p for p in self.people.values() if p.kind == ENGINEER or by.companies is None or p.company_id in by.companies]
        return directory.ListPeopleResponse(people=seen)

    async def _ask_chat(self, method: str, request: Any, by: Caller | None = None) -> Any:
        if method == "ListSessions":
            return chat.ListSessionsResponse()
        assert by is not None
        found = self.chat_knows.get(request.session_id)
        refused = found is None or not by.may_see(found.company_id, found.board_id)
        await self.chat_waits.wait()
        if refused:
            raise NotFound("There is no such session.")
        return chat.GetSessionResponse()

    async def line(self, person_id: str) -> FakeLine:
        made = FakeLine(person_id)
        made.know(signed_in_from(self._sign_in(directory.GetSignInRequest(secret=person_id)).sign_in))
        made.on_close = self.lines.gone
        self.interest.add(made)
        return made

    def happens(self, facts: CardFacts) -> None:
        """An entry that is no message; chat knows it as well."""
        self.chat_knows[facts.session_id] = facts
        revision = json.dumps({"t": "entry", "revision": facts.revision}).encode()
        self.news.heard(News(facts, None, lambda audience: revision, lambda audience: b'{"t":"card"}'))

    def changes(self, person_id: str, **fields: Any) -> None:
        """The directory says so on its topic."""
        person = directory.DirectoryPerson()
        person.CopyFrom(self.people[person_id])
        for name, value in fields.items():
            if name == "access":
                person.access.CopyFrom(value)
            else:
                setattr(person, name, value)
        self.people[person_id] = person
        self.catching_up.person(person)

    def watched(self, line: FakeLine) -> set[str]:
        return set(self.interest.watched_by(line))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    loops = [asyncio.create_task(run()) for run in (world.catching_up.run, world.cards.load, world.presences.check)]
    await until(lambda: world.cards.complete("desk"))
    yield world
    for loop in loops:
        loop.cancel()
        with suppress(asyncio.CancelledError):
            await loop


def tags(line: FakeLine) -> list[str]:
    return [json.loads(frame)["t"] for frame in line.frames]


def told_sessions(line: FakeLine) -> Iterable[str]:
    """Those that the line's digests name."""
    digests = [frame for frame in map(json.loads, line.frames) if frame["t"] == "digest"]
    return {session_id for digest in digests for session_id in digest["sessions"]}


async def test_whom_an_engineer_must_not_see_any_more_is_not_watched_any_more(world: World) -> None:  # spec 2.10, 10.10
    bo = await world.line("bo")
    world.presences.watch(bo, ["leo", "ava"])
    await until(lambda: world.watched(bo) == {"leo", "ava"})
    world.changes("bo", access=GLOBEX)
    await until(lambda: "refetch" in tags(bo) and world.watched(bo) == {"ava"})
    world.changes("bo", access=ACME)
    await until(lambda: world.watched(bo) == {"leo", "ava"})


async def test_a_customer_who_goes_to_another_company_is_watched_by_its_engineers_alone(world: World) -> None:  # spec 2.10, 10.10
    bo = await world.line("bo")
    world.presences.watch(bo, ["leo", "mia"])
    await until(lambda: world.watched(bo) == {"leo", "mia"})
    world.changes("leo", company_id="globex")
    assert world.watched(bo) == {"mia"}
    world.changes("leo", company_id="acme")
    await until(lambda: world.watched(bo) == {"leo", "mia"})


async def test_an_open_session_is_told_nothing_of_when_access_to_it_ends(world: World) -> None:  # spec 2.10, 7.5, 10.10
    bo, mia = await world.line("bo"), await world.line("mia")
    world.happens(card(revision=1))
    world.followed.follow(bo, ["s1"])
    await until(lambda: "s1" in told_sessions(bo))
    world.news.typing(mia, "s1")
    assert "typing" in tags(bo)
    world.changes("bo", access=GLOBEX)
    await until(lambda: "refetch" in tags(bo) and not world.interest.followed_by(bo))
    await until(lambda: not world.followed._asking)
    del bo.frames[:]
    world.news.typing(mia, "s1")
    world.happens(card(revision=2))
    world.lines.tell_digest(bo)
    assert tags(bo) == ["digest"] and not told_sessions(bo)


async def test_an_open_session_that_moves_out_of_sight_is_let_go_and_comes_back_with_it(world: World) -> None:  # spec 2.10, 10.10
    bo, mia = await world.line("bo"), await world.line("mia")
    world.happens(card(revision=1))
    world.followed.follow(bo, ["s1"])
    await until(lambda: world.interest.followed_by(bo) == {"s1"})
    world.happens(card(revision=2, company_id="globex"))
    assert tags(bo)[-1] == "cardGone"
    del bo.frames[:]
    world.news.typing(mia, "s1")
    world.lines.tell_digest(bo)
    assert tags(bo) == ["digest"] and not told_sessions(bo)
    world.happens(card(revision=3))
    assert {"entry", "card"} <= set(tags(bo))


async def test_what_waits_to_be_posted_is_posted_with_the_access_of_now(world: World) -> None:  # spec 10.10
    bo, others = await world.line("bo"), Caller(kind="engineer", id="bo", name="", desk_id="elsewhere", sign_in_id="x")
    # The second was posted by a socket that is closed, from another sign-in.
    waiting: dict[str, Caller | None] = {"open": bo.viewer, "closed": replace(bo.viewer, sign_in_id="phone"), "elsewhere": others}

    def renew(change: Renew) -> None:
        waiting.update({name: change(by) for name, by in waiting.items() if by is not None})

    world.lines.renew_posts = renew
    world.changes("bo", access=GLOBEX)
    assert [by and by.companies for by in waiting.values()] == [frozenset({"globex"}), frozenset({"globex"}), others.companies]
    waiting["open"] = bo.viewer  # posted before the gateway has asked again who this is
    await until(lambda: "refetch" in tags(bo))
    assert waiting["open"] == bo.viewer and bo.viewer.companies == frozenset({"globex"})

    world.lines.sign_in_ended("bo")
    assert waiting["open"] is None and waiting["closed"] is not None
    world.changes("bo", disabled=True)
    assert (waiting["closed"], waiting["elsewhere"]) == (None, others)


async def test_access_that_ends_while_chat_is_asked_is_not_granted_by_the_answer(world: World) -> None:  # spec 10.10
    bo = await world.line("bo")
    world.chat_knows["s1"] = card()
    world.chat_waits.clear()
    world.followed.follow(bo, ["s1"])
    await asyncio.sleep(0)
    world.changes("bo", access=GLOBEX)
    await until(lambda: "refetch" in tags(bo))
    world.chat_waits.set()
    await until(lambda: "digest" in tags(bo))
    assert not world.interest.followed_by(bo)


async def test_a_session_that_moves_while_chat_is_asked_is_not_granted_by_the_answer(world: World) -> None:  # spec 10.10
    bo = await world.line("bo")
    world.happens(card())
    world.chat_waits.clear()
    world.followed.follow(bo, ["s1"])
    await asyncio.sleep(0)
    world.happens(card(revision=2, company_id="globex"))
    world.chat_waits.set()
    await until(lambda: "digest" in tags(bo))
    assert not world.interest.followed_by(bo)


async def test_a_customer_watches_the_people_of_their_chats_for_as_long_as_these_are_theirs(world: World) -> None:  # spec 1.12, 10.2
    mia = await world.line("mia")
    world.presences.watch(mia, ["bo", "ava"])
    assert world.watched(mia) == set()
    chatting = card(status="handled", participants=frozenset({"mia", "bo"}))
    world.happens(chatting)
    assert world.watched(mia) == {"bo"}
    world.happens(replace(chatting, revision=2, status="completed"))
    assert world.watched(mia) == {"bo"}
    world.happens(replace(chatting, revision=3, status="completed", participants=frozenset({"bo"})))
    assert world.watched(mia) == set()


async def test_a_customers_watches_are_checked_when_the_desks_cards_were_loaded_anew(world: World) -> None:  # spec 10.2
    mia = await world.line("mia")
    world.happens(card(participants=frozenset({"mia", "bo"})))
    world.presences.watch(mia, ["bo"])
    assert world.watched(mia) == {"bo"}
    # Its end was missed: chat's list is empty by now.
    world.cards.reload_desk("desk")
    await until(lambda: world.watched(mia) == set())
