"""The subscriptions of a page end with its person's access, while the socket stays open (spec 10.10)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from parley.chat.v1 import chat_pb2 as chat
from servicekit.identity import Caller
from servicekit.metrics import Metrics
from services.gateway.domain.limits import Limit, Rate, RateLimits
from services.gateway.handlers.followed_sessions import FollowedSessions
from services.gateway.handlers.rate_limiter import RateLimiter
from services.gateway.handlers.read_positions import ReadPositions
from services.gateway.ports import Renew
from tests.unit.gateway.facts import card
from tests.unit.gateway.fakes import loops, until
from tests.unit.gateway.granting import ACME, GLOBEX, OVER, World, digest_sessions, tags


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with loops(world.resync.run, world.cards.load, world.presences.check):
        await until(lambda: world.cards.complete("desk"))
        yield world


async def test_an_engineer_who_loses_access_no_longer_watches_the_person(world: World) -> None:  # spec 2.10, 10.10
    bo = await world.socket("bo")
    world.presences.watch(bo, ["leo", "ava"])
    await until(lambda: world.watched(bo) == {"leo", "ava"})
    world.change_person("bo", access=GLOBEX)
    await until(lambda: "refetch" in tags(bo) and world.watched(bo) == {"ava"})
    world.change_person("bo", access=ACME)
    await until(lambda: world.watched(bo) == {"leo", "ava"})


async def test_a_customer_who_changes_company_is_watched_only_by_engineers_of_the_new_one(world: World) -> None:  # spec 2.10, 10.10
    bo = await world.socket("bo")
    world.presences.watch(bo, ["leo", "mia"])
    await until(lambda: world.watched(bo) == {"leo", "mia"})
    world.change_person("leo", company_id="globex")
    assert world.watched(bo) == {"mia"}
    world.change_person("leo", company_id="acme")
    await until(lambda: world.watched(bo) == {"leo", "mia"})


async def test_no_frame_of_an_open_session_is_sent_after_access_ends(world: World) -> None:  # spec 2.10, 7.5, 10.10
    bo, mia = await world.socket("bo"), await world.socket("mia")
    world.publish_entry(card(revision=1))
    world.followed.follow(bo, ["s1"])
    await until(lambda: "s1" in digest_sessions(bo))
    world.updates.typing(mia, "s1")
    assert "typing" in tags(bo)
    world.change_person("bo", access=GLOBEX)
    await until(lambda: "refetch" in tags(bo) and not world.index.sessions.granted(bo))
    await until(lambda: not world.followed._checking)
    del bo.frames[:]
    world.updates.typing(mia, "s1")
    world.publish_entry(card(revision=2))
    world.sockets.send_digest(bo)
    assert tags(bo) == ["digest"] and not digest_sessions(bo)


async def test_typing_is_not_sent_to_a_follower_whose_access_has_just_ended(world: World) -> None:  # spec 7.5, 10.10
    bo, mia = await world.socket("bo"), await world.socket("mia")
    world.publish_entry(card(revision=1))
    world.followed.follow(bo, ["s1"])
    await until(lambda: world.index.sessions.granted(bo) == {"s1"})
    del bo.frames[:]
    # The identity is renewed; what the page follows is checked again only afterwards.
    bo.viewer = replace(bo.viewer, companies=frozenset({"globex"}))
    world.updates.typing(mia, "s1")
    assert world.index.sessions.granted(bo) == {"s1"} and tags(bo) == []


async def test_a_page_is_unsubscribed_without_access_and_subscribed_again_with_it(world: World) -> None:  # spec 2.10, 10.10
    bo, mia = await world.socket("bo"), await world.socket("mia")
    world.publish_entry(card(revision=1))
    world.followed.follow(bo, ["s1"])
    await until(lambda: world.index.sessions.granted(bo) == {"s1"})
    world.publish_entry(card(revision=2, company_id="globex"))
    assert tags(bo)[-1] == "cardGone"
    del bo.frames[:]
    world.updates.typing(mia, "s1")
    world.sockets.send_digest(bo)
    assert tags(bo) == ["digest"] and not digest_sessions(bo)
    world.publish_entry(card(revision=3))
    assert {"entry", "card"} <= set(tags(bo))


async def test_a_waiting_post_is_sent_with_the_current_access(world: World) -> None:  # spec 10.10
    bo, others = await world.socket("bo"), Caller(kind="engineer", id="bo", name="", desk_id="elsewhere", sign_in_id="x")
    # The second was posted by a socket that is closed, from another sign-in.
    waiting: dict[str, Caller | None] = {"open": bo.viewer, "closed": replace(bo.viewer, sign_in_id="phone"), "elsewhere": others}

    def renew(change: Renew) -> None:
        waiting.update({name: change(by) for name, by in waiting.items() if by is not None})

    world.sockets.renew_posts = renew
    world.change_person("bo", access=GLOBEX)
    assert [by and by.companies for by in waiting.values()] == [frozenset({"globex"}), frozenset({"globex"}), others.companies]
    waiting["open"] = bo.viewer  # posted before the gateway has fetched this sign-in again
    await until(lambda: "refetch" in tags(bo))
    assert waiting["open"] == bo.viewer and bo.viewer.companies == frozenset({"globex"})

    world.sockets.sign_in_ended("bo")
    assert waiting["open"] is None and waiting["closed"] is not None
    world.change_person("bo", disabled=True)
    assert (waiting["closed"], waiting["elsewhere"]) == (None, others)


async def test_access_that_ends_during_a_call_to_chat_is_not_granted_by_the_response(world: World) -> None:  # spec 10.10
    bo = await world.socket("bo")
    world.chat_sessions["s1"] = card()
    world.chat_waits.clear()
    world.followed.follow(bo, ["s1"])
    await asyncio.sleep(0)
    world.change_person("bo", access=GLOBEX)
    await until(lambda: "refetch" in tags(bo))
    world.chat_waits.set()
    await until(lambda: "digest" in tags(bo))
    assert not world.index.sessions.granted(bo)


async def test_a_person_who_follows_many_sessions_has_no_more_calls_to_chat_than_requests(world: World) -> None:  # spec 10.4, 10.9
    limiter = RateLimiter(RateLimits({Limit.REQUESTS: Rate(60, 600)}, 1), lambda: 0.0)
    followed = FollowedSessions(world.index, world.sockets, world.updates, world.chat, limiter)
    pages, asked, ask = [await world.socket("bo") for _ in range(2)], list[str](), world.chat.call

    async def counted(method: str, request: Any, by: Caller | None = None) -> Any:
        asked.append(request.session_id)
        return await ask(method, request, by)

    world.chat.call = counted  # type: ignore[method-assign]
    for page in pages:
        followed.follow(page, [f"missing-{number}" for number in range(50)])
    await until(lambda: len(asked) >= 60)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(asked) == 60
    for page in pages:
        followed.cancel(page)


@pytest.mark.parametrize("ended", [False, True])
async def test_a_session_that_moves_during_a_call_to_chat_is_not_granted_by_the_response(world: World, ended: bool) -> None:  # spec 10.10
    bo = await world.socket("bo")
    before = replace(card(), **(OVER if ended else {}))
    world.publish_entry(before)
    world.chat_waits.clear()
    world.followed.follow(bo, ["s1"])
    await asyncio.sleep(0)
    world.publish_entry(replace(before, revision=2, company_id="globex"))
    world.chat_waits.set()
    await until(lambda: "digest" in tags(bo))
    assert not world.index.sessions.granted(bo) and not digest_sessions(bo)


async def test_an_ended_session_is_checked_for_each_digest_and_read_position(world: World) -> None:  # spec 7.6, 10.10
    bo, ava = await world.socket("bo"), await world.socket("ava")
    reads = ReadPositions(world.index, world.cards, world.chat, Metrics("gateway"))
    world.chat_sessions["s1"] = card(revision=7, **OVER)
    for socket in (bo, ava):
        world.followed.follow(socket, ["s1"])
        await until(lambda socket=socket: "s1" in digest_sessions(socket))  # type: ignore[misc]

    def sent(person: str, revision: int) -> list[list[str]]:
        for socket in (bo, ava):
            socket.frames.clear()
            world.sockets.send_digest(socket)
        position = chat.ReadPosition(session_id="s1", person_id=person, revision=revision)
        reads.publish("desk", [person], position)
        return [[*digest_sessions(socket), *(tag for tag in tags(socket) if tag == "read")] for socket in (bo, ava)]

    assert sent("sam", 5) == [["s1", "read"], ["s1", "read"]]
    # Its ticket moves to another company: the gateway ends the subscription, and each command checks access as well.
    world.cards.put(card(revision=8, company_id="globex", **OVER))
    assert world.index.sessions.granted(bo) and sent("sam", 6) == [[], ["s1", "read"]]
    world.publish_entry(card(revision=9, company_id="globex", **OVER))
    assert not world.index.sessions.granted(bo) and sent("sam", 7) == [[], ["s1", "read"]]
    world.publish_entry(card(revision=10, **OVER))
    assert sent("sam", 8) == [["s1", "read"], ["s1", "read"]]
    # A session that is no longer cached is visible to nobody until it is fetched again.
    world.cards.keep_only(set())
    world.cards.subscribe("desk")
    await until(lambda: world.cards.complete("desk"))
    assert sent("sam", 9) == [[], []]


async def test_a_customer_watches_people_only_while_they_share_a_chat(world: World) -> None:  # spec 1.12, 10.2
    mia = await world.socket("mia")
    world.presences.watch(mia, ["bo", "ava"])
    assert world.watched(mia) == set()
    chatting = card(status="handled", participants=frozenset({"mia", "bo"}))
    world.publish_entry(chatting)
    assert world.watched(mia) == {"bo"}
    world.publish_entry(replace(chatting, revision=2, status="completed"))
    assert world.watched(mia) == {"bo"}
    world.publish_entry(replace(chatting, revision=3, status="completed", participants=frozenset({"bo"})))
    assert world.watched(mia) == set()


async def test_a_customers_watches_are_checked_after_the_cards_are_reloaded(world: World) -> None:  # spec 10.2
    mia = await world.socket("mia")
    world.publish_entry(card(participants=frozenset({"mia", "bo"})))
    world.presences.watch(mia, ["bo"])
    assert world.watched(mia) == {"bo"}
    # The end of the session was missed: chat's list is empty now.
    world.cards.reload_desk("desk")
    await until(lambda: world.watched(mia) == set())
