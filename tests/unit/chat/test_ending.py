"""Ending, closing notes and tickets, through the real handlers."""

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import ClosingNote, Ending, NoTicket, OwnTicket
from services.chat.domain.errors import BadArgument, NotAllowed, SessionNotFound, StepNotAllowed, TicketNotFound
from services.chat.domain.events import CallbackWish, ExistingTicket, NewTicket, TicketAskedAgain
from services.chat.domain.session import ChatSession, TicketLink
from services.chat.domain.status import ChatStatus
from tests.fakes.chat.desk import AVA, BO, LEO, MIA, SAM, VPN, ZOE, Desk

NEW = NewTicket("service-desk", "Printer is on fire", "high")


async def abandoned(desk: Desk) -> ChatSession:
    session = await desk.waiting()
    await desk.turn(41)
    return (await desk.chats.conversation.leave(MIA, session.id, desk.id())).session


@pytest.mark.parametrize("ending", [NEW, ExistingTicket(VPN.id)])
async def test_ending_before_a_ticket_records_the_wish(desk: Desk, ending: Ending) -> None:  # spec 4.1
    session = await desk.handled()
    ended = (await desk.chats.ending.complete(AVA, session.id, desk.id(), ending)).session

    assert (ended.status, ended.wish, ended.ticket_link) == (ChatStatus.COMPLETED, ending, TicketLink.PENDING)
    assert ended.close_record is not None and ended.close_record.by.id == "ava"  # spec 3.4
    assert ended.closed_at == desk.clock.now()


async def test_ending_without_a_ticket_records_no_wish(desk: Desk) -> None:  # spec 4.1
    session = await desk.handled()
    ended = (await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())).session
    assert (ended.wish, ended.ticket_link) == (None, TicketLink.NONE)


@pytest.mark.parametrize("ending", [None, OwnTicket(), ExistingTicket(VPN.id)])
async def test_the_log_of_a_chat_on_a_ticket_goes_to_that_ticket(desk: Desk, ending: Ending) -> None:  # spec 4.1
    session = await desk.handled(ticket_id=VPN.id)
    ended = (await desk.chats.ending.complete(AVA, session.id, desk.id(), ending)).session
    assert ended.wish == ExistingTicket(VPN.id)


@pytest.mark.parametrize(
    ("ending", "field"),
    [
        (None, "ending"),
        (OwnTicket(), "ending"),
        (ClosingNote("done"), "ending"),
        (NewTicket("nowhere", "Fire", "high"), "create.board_id"),
        (NewTicket("service-desk", "", "high"), "create.summary"),
        (NewTicket("service-desk", "x" * 201, "high"), "create.summary"),
        (NewTicket("service-desk", "Fire", "huge"), "create.priority"),
        (ExistingTicket("nowhere"), "attach.ticket_id"),
        (ExistingTicket(""), "attach.ticket_id"),
    ],
)
async def test_an_invalid_ending_is_refused_by_its_field_and_changes_nothing(desk: Desk, ending: Ending, field: str) -> None:  # spec 4.1
    session = await desk.handled()
    with pytest.raises((BadArgument, TicketNotFound)) as refused:
        await desk.chats.ending.complete(AVA, session.id, desk.id(), ending)
    assert refused.value.field == field
    assert desk.session(session.id) == session


async def test_a_log_is_not_attached_to_another_customers_ticket(desk: Desk) -> None:  # spec 4.1
    session = await desk.handled(LEO)
    with pytest.raises(BadArgument) as refused:
        await desk.chats.ending.complete(AVA, session.id, desk.id(), ExistingTicket(VPN.id))
    assert refused.value.code == "other_customer"


async def test_only_a_participating_engineer_ends_a_live_chat(desk: Desk) -> None:  # spec 4.4
    session = await desk.handled()
    for viewer in (MIA, SAM):
        with pytest.raises(NotAllowed):
            await desk.chats.ending.complete(viewer, session.id, desk.id(), NoTicket())
    with pytest.raises(StepNotAllowed):
        await desk.chats.ending.complete(AVA, (await desk.waiting(LEO)).id, desk.id(), NoTicket())


async def test_nothing_can_be_posted_after_the_end_and_everyone_may_leave(desk: Desk) -> None:  # spec 4.3
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    for viewer in (MIA, AVA):
        with pytest.raises(StepNotAllowed):
            await desk.chats.conversation.post_message(viewer, session.id, desk.id(), "Hello?")
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    left = await desk.chats.conversation.leave(AVA, session.id, desk.id())
    assert left.session.participants == ()
    with pytest.raises(StepNotAllowed):
        await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)


async def test_a_repeated_end_command_ends_once(desk: Desk) -> None:  # spec 3.8
    session = await desk.handled()
    first = await desk.chats.ending.complete(AVA, session.id, "e1", NEW)
    repeated = await desk.replica().ending.complete(AVA, session.id, "e1", NEW)
    assert (repeated.entries, repeated.session) == (first.entries, first.session)


async def test_an_abandoned_chat_is_closed_with_a_note_from_its_card(desk: Desk) -> None:  # spec 3.3, 4.11
    session = await abandoned(desk)
    for ending in (None, NEW, NoTicket(), ClosingNote(" ")):
        with pytest.raises(BadArgument):
            await desk.chats.ending.complete(SAM, session.id, desk.id(), ending)
    closed = (await desk.chats.ending.complete(SAM, session.id, desk.id(), ClosingNote("Called; solved."))).session
    assert closed.status is ChatStatus.COMPLETED
    assert closed.close_record is not None and closed.close_record.note == "Called; solved."
    assert closed.past_statuses == (ChatStatus.WAITING, ChatStatus.ABANDONED)  # spec 3.4
    assert closed.ticket_link is TicketLink.NONE


async def test_a_callback_is_closed_with_a_note_from_its_card(desk: Desk) -> None:  # spec 3.3, 4.11
    session = (await desk.chats.opening.open_callback(MIA, "c1", "Fire", CallbackWish(by_chat=True))).session
    closed = (await desk.chats.ending.complete(SAM, session.id, desk.id(), ClosingNote("Wrote to her."))).session
    assert closed.status is ChatStatus.COMPLETED


async def test_only_the_closer_edits_the_note_and_an_edit_changes_its_time(desk: Desk) -> None:  # spec 4.12
    session = await abandoned(desk)
    await desk.chats.ending.complete(SAM, session.id, desk.id(), ClosingNote("Called."))
    await desk.clock.advance(60)
    with pytest.raises(NotAllowed):
        await desk.chats.ending.amend(AVA, session.id, desk.id(), "Called twice.")
    amended = (await desk.chats.ending.amend(SAM, session.id, desk.id(), "Called twice.")).session
    assert amended.close_record is not None
    assert (amended.close_record.note, amended.close_record.modified_at) == ("Called twice.", desk.clock.now())
    assert len(desk.entries(session.id)) == 5  # each edit stays in the log


async def test_a_note_needs_a_closed_session_and_a_text(desk: Desk) -> None:  # spec 4.12
    session = await desk.handled()
    with pytest.raises(StepNotAllowed):
        await desk.chats.ending.amend(AVA, session.id, desk.id(), "A note")
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    for note in ("", "x" * 4001):
        with pytest.raises(BadArgument):
            await desk.chats.ending.amend(AVA, session.id, desk.id(), note)


async def test_the_ticket_request_is_repeated_with_growing_pauses_until_it_is_confirmed(desk: Desk) -> None:  # spec 4.2, 3.13
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NEW)
    ended = desk.clock.now()

    assert await desk.turn(300) == ["ticket_ask"] * 5
    asked = [entry.at for entry in desk.entries(session.id) if isinstance(entry.events[0], TicketAskedAgain)]
    assert [(at - ended).total_seconds() for at in asked] == [10, 20, 40, 80, 160]

    await desk.chats.ticket_follower.ticket_linked(session.desk_id, session.id, "t1", 12)
    linked = desk.session(session.id)
    assert (linked.ticket_link, linked.ticket_id, linked.ticket_number) == (TicketLink.ATTACHED, "t1", 12)
    assert await desk.turn(3600) == ["leave"]  # spec 3.14


async def test_a_repeated_confirmation_changes_nothing(desk: Desk) -> None:  # spec 4.2
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NEW)
    for chats in (desk.chats, desk.chats, desk.replica()):
        await chats.ticket_follower.ticket_linked(session.desk_id, session.id, "t1", 12)
    assert len(desk.entries(session.id)) == 4


async def test_an_engineer_without_access_can_neither_end_nor_note_a_session(desk: Desk) -> None:  # spec 2.10
    session = await desk.handled(ZOE)
    with pytest.raises(SessionNotFound):
        await desk.chats.ending.complete(BO, session.id, desk.id(), NoTicket())
    with pytest.raises(SessionNotFound):
        await desk.chats.ending.amend(BO, session.id, desk.id(), "A note")


async def test_leaving_a_waiting_push_chat_withdraws_it(desk: Desk) -> None:  # spec 3.3
    session = (await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "Hello")).session
    left = (await desk.chats.conversation.leave(AVA, session.id, desk.id())).session
    assert left.status is ChatStatus.ABANDONED
    with pytest.raises(StepNotAllowed):
        await desk.chats.conversation.post_message(MIA, session.id, desk.id(), "Hm?")
