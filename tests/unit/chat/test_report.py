"""The figures of a session's report (spec 3.4)."""

import pytest

from services.chat.domain.conversation import JoinMode, PushAnswer
from services.chat.domain.ending import ClosingNote, NoTicket
from services.chat.domain.events import CallbackWish
from services.chat.domain.report import SessionReport, report_of
from tests.fakes.chat.desk import AVA, MIA, SAM, VPN, Desk

WISH = CallbackWish(by_chat=True)


async def test_a_handled_chat_reports_wait_first_handling_duration_and_closer(desk: Desk) -> None:  # spec 3.4
    session = await desk.waiting()
    await desk.clock.advance(12.9)
    await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)
    handled_at = desk.clock.now()
    assert report_of(desk.session(session.id)) == SessionReport(12, handled_at, None, None)
    await desk.clock.advance(300)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    assert report_of(desk.session(session.id)) == SessionReport(12, handled_at, 300, AVA.person)

    await desk.clock.advance(60)
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert report_of(desk.session(session.id)) == SessionReport(12, handled_at, 300, AVA.person)


async def test_an_abandoned_chat_keeps_its_wait_when_it_is_closed_with_a_note(desk: Desk) -> None:  # spec 3.4
    session = await desk.waiting()
    assert report_of(desk.session(session.id)) == SessionReport(None, None, None, None)
    await desk.turn(45)
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert report_of(desk.session(session.id)) == SessionReport(45, None, None, None)

    await desk.turn(3600)
    await desk.chats.ending.complete(SAM, session.id, desk.id(), ClosingNote("Called her."))
    await desk.chats.ending.amend(SAM, session.id, desk.id(), "Called her twice.")

    assert report_of(desk.session(session.id)) == SessionReport(45, None, None, SAM.person)


@pytest.mark.parametrize("first_waited", [True, False])
async def test_the_wait_of_a_callback_ends_at_the_request_or_is_absent(desk: Desk, first_waited: bool) -> None:  # spec 3.4
    if first_waited:
        session = await desk.waiting()
        await desk.turn(41)
        await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), WISH)
    else:
        session = (await desk.chats.opening.open_callback(MIA, desk.id(), "Fire", WISH)).session
    await desk.turn(100)
    await desk.chats.ending.complete(SAM, session.id, desk.id(), ClosingNote("Called her."))
    assert report_of(desk.session(session.id)) == SessionReport(41 if first_waited else None, None, None, SAM.person)


async def test_a_push_chat_has_no_wait(desk: Desk) -> None:  # spec 3.4
    session = (await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "Hello")).session
    await desk.turn(20)
    await desk.chats.conversation.answer_push(MIA, session.id, desk.id(), PushAnswer.ACCEPT)
    assert report_of(desk.session(session.id)) == SessionReport(None, desk.clock.now(), None, None)


async def test_an_unattended_chat_keeps_its_first_wait(desk: Desk) -> None:  # spec 3.4, 3.12
    session = await desk.handled()
    desk.presence.set("ava", "offline", desk.clock.now())
    await desk.turn(120)
    assert desk.session(session.id).unattended
    assert report_of(desk.session(session.id)).wait_seconds == 0
