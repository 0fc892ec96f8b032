"""A hidden session looks like one that does not exist, and refusing it costs no more (spec 8.3, 10.2)."""

from collections.abc import Awaitable, Callable

import pytest

from services.chat.domain.conversation import JoinMode, PushAnswer
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import SessionNotFound
from services.chat.domain.events import CallbackWish
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus
from tests.fakes.chat.desk import AVA, BO, MIA, SAM, VPN, ZOE, Desk


async def test_a_customer_cannot_act_on_a_session_that_they_may_not_read(desk: Desk) -> None:  # spec 8.3, 10.2
    session, conversation = await desk.handled(), desk.chats.conversation
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    left = await conversation.leave(MIA, session.id, "leave")
    assert not left.session.has("mia")
    repeated = await conversation.leave(MIA, session.id, "leave")
    assert repeated.entries == left.entries
    acts: list[Callable[[str], Awaitable[object]]] = [
        lambda id: conversation.leave(MIA, id, desk.id()),
        lambda id: conversation.ask_callback(MIA, id, desk.id(), CallbackWish(by_chat=True)),
        lambda id: conversation.answer_push(MIA, id, desk.id(), PushAnswer.ACCEPT),
        lambda id: conversation.post_message(MIA, id, desk.id(), "Hello?"),
    ]
    for act in acts:
        for session_id in (session.id, "no-such"):
            with pytest.raises(SessionNotFound):
                await act(session_id)


async def test_a_hidden_session_is_refused_without_loading_its_whole_log(desk: Desk) -> None:  # spec 10.2
    session = await desk.waiting(ZOE)
    for number in range(20):
        await desk.chats.conversation.post_message(ZOE, session.id, f"m{number}", "Hello")
    await desk.settle()
    replica, loaded = desk.replica(), desk.log.loaded
    for session_id in (session.id, "no-such"):
        loaded.clear()
        for refused in (
            replica.queries.get(BO, session_id, 0),
            replica.conversation.join(BO, session_id, desk.id(), JoinMode.TAKE),
            replica.conversation.post_message(BO, session_id, desk.id(), "Hello?"),
        ):
            with pytest.raises(SessionNotFound):
                await refused
        assert loaded == [0, 0, 0]
    assert (await replica.conversation.post_message(ZOE, session.id, "m20", "Hello")).revision == 22


async def test_a_post_to_a_cached_session_does_not_query_the_lists(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 10.2
    session = await desk.waiting(ZOE)

    async def one(desk_id: str, session_id: str) -> ChatSession | None:
        raise AssertionError("the lists were queried")

    monkeypatch.setattr(desk.sessions, "one", one)
    assert (await desk.chats.conversation.post_message(ZOE, session.id, "m1", "Hello")).revision == 2
    with pytest.raises(SessionNotFound):
        await desk.chats.conversation.post_message(BO, session.id, "m1", "Hello?")


async def test_a_session_that_just_became_visible_is_found_when_the_lists_lag(desk: Desk) -> None:  # spec 2.9, 3.7
    push = (await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "")).session
    await desk.settle()
    desk.relays[0].lags = True
    await desk.chats.conversation.answer_push(MIA, push.id, desk.id(), PushAnswer.ACCEPT)
    assert (await desk.replica().queries.get(SAM, push.id, 0)).session.status is ChatStatus.HANDLED
