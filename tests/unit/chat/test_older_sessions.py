"""Abandoned and call-back sessions that nobody closes become older: they leave the live lists, and are counted and listed page by page."""

import pytest

from services.chat.domain.desk_settings import CustomerLeave
from services.chat.domain.ending import ClosingNote
from services.chat.domain.events import CallbackWish
from services.chat.domain.status import ChatStatus
from services.chat.ports import SessionQuery
from tests.fakes.chat.desk import AVA, MIA, Desk


@pytest.mark.parametrize("status", [ChatStatus.ABANDONED, ChatStatus.CALLBACK])
async def test_a_session_that_nobody_follows_up_becomes_older_and_is_listed_page_by_page(desk: Desk, status: ChatStatus) -> None:
    if status is ChatStatus.CALLBACK:
        session = (await desk.chats.opening.open_callback(MIA, desk.id(), "Call me", CallbackWish(by_chat=True))).session
    else:
        desk.set(customer_leave=CustomerLeave.ALWAYS)
        session = await desk.waiting()
        await desk.chats.conversation.leave(MIA, session.id, desk.id())
    live, older = SessionQuery(AVA.desk_id, live=True), SessionQuery(AVA.desk_id, older=True, statuses=frozenset({status}))
    assert await desk.turn(172_799) == []

    assert await desk.turn(1) == ["older"]

    await desk.settle()
    page = await desk.chats.queries.page(AVA, older, 10, "")
    assert ([one.id for one in page.sessions], page.total) == ([session.id], 1)
    assert (await desk.chats.queries.page(AVA, live, 10, "")).sessions == []
    assert [one.id for one in (await desk.chats.queries.page(MIA, older, 10, "")).sessions] == [session.id]

    await desk.chats.ending.complete(AVA, session.id, desk.id(), ClosingNote("Called"))
    await desk.settle()
    assert (await desk.chats.queries.page(AVA, older, 10, "")).sessions == []
    assert "older" not in await desk.turn(400_000)
