"""Reading sessions, lists and the readable log, through the real handlers."""

import asyncio
from typing import Any

import pytest

from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import BadArgument, SessionNotFound
from services.chat.domain.people import Viewer
from services.chat.domain.status import ChatStatus
from services.chat.handlers.session_command import Answer
from services.chat.ports import SessionQuery
from tests.fakes.chat.desk import AVA, BO, LEO, MIA, SAM, SERVICE, VPN, ZOE, Desk


async def ids(desk: Desk, viewer: Viewer, **wanted: Any) -> set[str]:
    await desk.settle()
    page = await desk.chats.queries.page(viewer, SessionQuery(**{"desk_id": "", **wanted}), 0, "")
    return {session.id for session in page.sessions}


async def test_a_fetch_returns_the_entries_above_a_revision(desk: Desk) -> None:  # spec 3.7
    session = await desk.handled()
    whole = await desk.chats.queries.get(MIA, session.id, 0)
    rest = await desk.replica().queries.get(MIA, session.id, 1)
    none = await desk.chats.queries.get(MIA, session.id, 2)
    assert [entry.revision for entry in whole.entries] == [1, 2]
    assert (rest.entries, rest.session) == (whole.entries[1:], whole.session)
    assert (none.entries, none.session) == ([], whole.session)


async def test_a_fetch_returns_entries_that_another_replica_has_just_written(desk: Desk) -> None:  # spec 3.7
    session, other = await desk.waiting(), desk.replica()
    await other.conversation.post_message(MIA, session.id, "m1", "Hello")
    assert (await desk.chats.queries.get(MIA, session.id, 1)).session.revision == 2


async def test_sessions_of_others_look_missing(desk: Desk) -> None:  # spec 2.10, 10.2
    session = await desk.waiting(ZOE)
    for viewer in (MIA, BO, SERVICE):
        with pytest.raises(SessionNotFound):
            await desk.chats.queries.get(viewer, session.id, 0)
    assert await ids(desk, BO) == set()
    assert await ids(desk, AVA) == await ids(desk, ZOE) == await ids(desk, SERVICE) == {session.id}


async def test_a_service_lists_every_desk_or_one_and_a_person_lists_their_own(desk: Desk) -> None:  # spec 10.2
    session = await desk.waiting()
    for desk_id, found in (("", {session.id}), (session.desk_id, {session.id}), ("other", set())):
        assert await ids(desk, SERVICE, desk_id=desk_id) == found
    assert await ids(desk, MIA, desk_id="other") == {session.id}
    with pytest.raises(BadArgument) as refused:
        await ids(desk, SERVICE, desk_id="d" * 65)
    assert refused.value.field == "desk_id"


async def test_a_service_reads_a_session_of_any_desk_and_a_person_of_their_own(desk: Desk) -> None:  # spec 10.2
    session = await desk.waiting()
    assert (await desk.chats.queries.get(SERVICE, session.id, 0, session.desk_id)).session.id == session.id
    assert (await desk.chats.queries.get(MIA, session.id, 0, "other")).session.id == session.id
    for desk_id in ("", "other"):
        with pytest.raises(SessionNotFound):
            await desk.chats.queries.get(SERVICE, session.id, 0, desk_id)
    with pytest.raises(BadArgument) as refused:
        await desk.chats.queries.get(SERVICE, session.id, 0, "d" * 65)
    assert refused.value.field == "desk_id"


async def test_a_waiting_push_chat_is_listed_only_for_its_sender_and_customer(desk: Desk) -> None:  # spec 2.9
    session = (await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "")).session
    assert await ids(desk, AVA) == await ids(desk, MIA) == {session.id}
    assert await ids(desk, SAM) == await ids(desk, LEO) == set()


async def test_a_list_is_filtered_by_the_request(desk: Desk) -> None:  # spec 6.1
    waiting, handled = await desk.waiting(LEO), await desk.handled(MIA, AVA, VPN.id)
    assert await ids(desk, SAM, statuses=frozenset({ChatStatus.WAITING})) == {waiting.id}
    assert await ids(desk, SAM, person_id="ava") == {handled.id}
    assert await ids(desk, SAM, ticket_id=VPN.id) == {handled.id}


async def test_a_session_is_listed_until_the_person_has_left(desk: Desk) -> None:  # spec 4.3
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    assert await ids(desk, MIA, live=True) == await ids(desk, AVA, live=True) == {session.id}
    assert await ids(desk, SAM, live=True) == set()
    await desk.chats.conversation.leave(AVA, session.id, desk.id())
    assert await ids(desk, AVA, live=True) == set()
    # A service lists the session until everybody has left.
    assert await ids(desk, SERVICE, live=True) == {session.id}
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert await ids(desk, SERVICE, live=True) == set()


async def test_an_ended_chat_without_a_ticket_is_hidden_from_its_customer(desk: Desk) -> None:  # spec 8.3
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert await ids(desk, MIA) == set()
    with pytest.raises(SessionNotFound):
        await desk.chats.queries.get(MIA, session.id, 0)
    assert await ids(desk, AVA) == {session.id}


async def test_pages_follow_without_gap_or_repeat(desk: Desk) -> None:  # spec 11.1
    opened = {(await desk.waiting(customer)).id for customer in (MIA, LEO, ZOE)}
    await desk.settle()
    first = await desk.chats.queries.page(AVA, SessionQuery(""), 2, "")
    second = await desk.chats.queries.page(AVA, SessionQuery(""), 2, first.next_token)
    assert {session.id for session in [*first.sessions, *second.sessions]} == opened
    assert second.next_token == ""
    for size, token, field in ((501, "", "page_size"), (10, "nonsense", "page_token")):
        with pytest.raises(BadArgument) as refused:
            await desk.chats.queries.page(AVA, SessionQuery(""), size, token)
        assert refused.value.field == field


async def test_concurrent_readers_and_writers_see_one_order(desk: Desk) -> None:  # spec 3.6
    session = await desk.waiting()
    posts = [desk.chats.conversation.post_message(MIA, session.id, f"m{number}", "Hello") for number in range(30)]
    reads = [desk.chats.queries.get(MIA, session.id, 0) for _ in range(30)]
    results = await asyncio.gather(*posts, *reads)
    final = desk.entries(session.id)
    seen = [result.entries for result in results if isinstance(result, Answer)]
    assert len(seen) == 30 and all(entries == final[: len(entries)] for entries in seen)
