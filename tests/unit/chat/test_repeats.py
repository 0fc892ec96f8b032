"""A repeated command returns its first result, even after other changes (spec 3.8, 11.1), through the real handlers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import CommandIdReused, Refused, SessionNotFound
from services.chat.domain.events import CallbackWish, ExistingTicket, NewTicket, TimeWindow
from services.chat.domain.opening import Claim, TicketFacts
from services.chat.domain.session import ChatSession
from services.chat.handlers.build import Handlers
from services.chat.handlers.session_command import Answer
from tests.fakes.chat.desk import AVA, DESK, MIA, SAM, VPN, Desk

Act = Callable[[Handlers, ChatSession], Awaitable[Answer]]


def wish(desk: Desk) -> CallbackWish:
    return CallbackWish(by_chat=True, windows=(TimeWindow(desk.clock.now(), desk.clock.now() + timedelta(minutes=5)),))


def everything_changes(desk: Desk) -> None:
    """Changes the desk so that every one of the commands would be refused."""
    desk.presence.down = True
    desk.set(call_back=False, customers={"mia": False})
    desk.tickets.stored.clear()
    desk.directory.boards.clear()
    del desk.directory.engineers[DESK, "sam"]
    desk.clock.set_forward(7200)


async def left(desk: Desk) -> tuple[ChatSession, Act]:
    session = await desk.handled()
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    return session, lambda chats, session: chats.conversation.leave(AVA, session.id, "c")


async def invited(desk: Desk) -> tuple[ChatSession, Act]:
    return await desk.handled(), lambda chats, session: chats.conversation.invite(AVA, session.id, "c", "sam")


async def asked(desk: Desk) -> tuple[ChatSession, Act]:
    wished = wish(desk)
    return await desk.waiting(), lambda chats, session: chats.conversation.ask_callback(MIA, session.id, "c", wished)


async def attached(desk: Desk) -> tuple[ChatSession, Act]:
    return await desk.handled(), lambda chats, session: chats.ending.complete(AVA, session.id, "c", ExistingTicket(VPN.id))


async def made_a_ticket(desk: Desk) -> tuple[ChatSession, Act]:
    ticket = NewTicket("service-desk", "Fire", "high")
    return await desk.handled(), lambda chats, session: chats.ending.complete(AVA, session.id, "c", ticket)


async def opened_a_callback(desk: Desk) -> tuple[ChatSession, Act]:
    wished = wish(desk)
    return await desk.handled(ticket_id=VPN.id), lambda chats, session: chats.opening.open_callback(MIA, "c", "", wished)


async def opened_on_a_ticket(desk: Desk) -> tuple[ChatSession, Act]:
    return await desk.handled(), lambda chats, session: chats.opening.request_chat(MIA, "c", "Hello", VPN.id)


async def pushed(desk: Desk) -> tuple[ChatSession, Act]:
    return await desk.handled(), lambda chats, session: chats.opening.push_chat(AVA, "c", VPN.id, "")


@pytest.mark.parametrize("story", [left, invited, asked, attached, made_a_ticket, opened_a_callback, opened_on_a_ticket, pushed])
async def test_a_repeat_returns_the_first_result_when_the_command_would_now_be_refused(
    desk: Desk, story: Callable[[Desk], Awaitable[tuple[ChatSession, Act]]]
) -> None:  # spec 3.8, 11.1
    session, act = await story(desk)
    first = await act(desk.chats, session)
    await desk.settle()
    assert first.entries

    everything_changes(desk)

    for chats in (desk.chats, desk.replica()):
        repeated = await act(chats, session)
        assert (repeated.session.id, repeated.entries) == (first.session.id, first.entries)


async def test_a_reused_command_id_is_refused_before_any_other_service_is_called(desk: Desk) -> None:  # spec 3.8
    session, act = await invited(desk)
    await act(desk.chats, session)
    desk.presence.down = True
    with pytest.raises(CommandIdReused):
        await desk.chats.conversation.invite(AVA, session.id, "c", "bo")
    with pytest.raises(CommandIdReused):
        await desk.chats.ending.complete(AVA, session.id, "c", NoTicket())


async def test_a_repeat_after_access_ended_gets_no_result(desk: Desk) -> None:  # spec 2.10, 10.2
    for story, by in ((invited, "conversation"), (pushed, "opening")):
        session, act = await story(desk)
        await act(desk.chats, session)
        limited = replace(AVA, companies=frozenset({"globex"}))
        with pytest.raises(SessionNotFound):
            if by == "opening":
                await desk.chats.opening.push_chat(limited, "c", VPN.id, "")
            else:
                await desk.chats.conversation.invite(limited, session.id, "c", "sam")


async def test_a_repeat_of_a_command_that_wrote_nothing_is_decided_again(desk: Desk) -> None:  # spec 3.8
    session = await desk.handled()
    assert (await desk.chats.conversation.leave(SAM, session.id, "c")).entries == []
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    desk.presence.set("ava", "offline")
    with pytest.raises(Refused):
        await desk.chats.conversation.leave(SAM, session.id, "c")


async def test_a_repeated_opening_of_an_ended_chat_leaves_no_claim(desk: Desk) -> None:  # spec 2.3, 3.8
    first = await desk.chats.opening.request_chat(MIA, "c1", "Fire", "")
    await desk.chats.conversation.ask_callback(MIA, first.session.id, desk.id(), wish(desk))
    await desk.settle()
    for chats in (desk.chats, desk.replica()):
        repeated = await chats.opening.request_chat(MIA, "c1", "Fire", "")
        assert (repeated.session.id, repeated.opened) == (first.session.id, True)
        assert not desk.claims.held

    # Nor does it take the claim of the chat that followed.
    second = await desk.chats.opening.request_chat(MIA, "c2", "Flood", "")
    await desk.chats.opening.request_chat(MIA, "c1", "Fire", "")
    assert list(desk.claims.held.values()) == [second.session.id]


async def test_a_request_that_is_refused_as_a_repeat_leaves_its_ticket_free(desk: Desk) -> None:  # spec 2.3, 11.1
    first = (await desk.chats.opening.request_chat(MIA, "c1", "Fire", "")).session
    with pytest.raises(CommandIdReused):
        await desk.chats.opening.request_chat(MIA, "c1", "Fire", VPN.id)
    assert desk.claims.held == {Claim(DESK, "mia"): first.id}
    about = (await desk.chats.opening.request_chat(MIA, "c2", "It drops again", VPN.id)).session
    assert (about.ticket_id, about.id == first.id) == (VPN.id, False)


async def test_a_claim_that_another_chat_holds_is_taken_over(desk: Desk) -> None:  # spec 2.3
    first = await desk.waiting()
    desk.claims.held[Claim(DESK, "mia", VPN.id)] = first.id
    about = await desk.waiting(ticket_id=VPN.id)
    assert desk.claims.held == {Claim(DESK, "mia"): first.id, Claim(DESK, "mia", VPN.id): about.id}
    assert about.id != first.id


async def test_a_repeated_request_does_not_wait_for_tickets(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 3.8, 9.5
    first = await desk.chats.opening.request_chat(MIA, "c1", "It drops again", VPN.id)

    async def hangs(desk_id: str, ticket_id: str) -> TicketFacts | None:
        await asyncio.Event().wait()
        return VPN

    monkeypatch.setattr(desk.tickets, "ticket", hangs)
    running = asyncio.all_tasks()
    async with asyncio.timeout(60):
        repeated = await desk.chats.opening.request_chat(MIA, "c1", "It drops again", VPN.id)
    assert (repeated.session, repeated.opened) == (first.session, True)
    assert asyncio.all_tasks() == running
