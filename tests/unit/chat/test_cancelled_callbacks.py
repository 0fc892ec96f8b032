"""A customer cancels their call-back, through the real handlers."""

import pytest

from services.chat.domain.ending import ClosingNote
from services.chat.domain.errors import NotAllowed, SessionNotFound, StepNotAllowed
from services.chat.domain.events import CallbackWish, ParticipantLeft, SessionCompleted, StatusChanged
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, StatusStep
from tests.fakes.chat.desk import AVA, LEO, MIA, SERVICE, Desk
from tests.unit.chat.test_chat_logs import text_of


async def asked(desk: Desk) -> ChatSession:
    return (await desk.chats.opening.open_callback(MIA, desk.id(), "Printer", CallbackWish(by_chat=True))).session


async def test_a_customer_cancels_their_callback(desk: Desk) -> None:  # spec 4.14
    session = await asked(desk)
    await desk.clock.advance(60)
    cancelled = (await desk.chats.ending.cancel_callback(MIA, session.id, "c")).session

    moved = StatusChanged(ChatStatus.CALLBACK, ChatStatus.COMPLETED, StatusStep.WITHDRAW)
    assert desk.entries(session.id)[-1].events == (moved, SessionCompleted(), ParticipantLeft(MIA.person))
    assert (cancelled.status, cancelled.closed_at, cancelled.live) == (ChatStatus.COMPLETED, desk.clock.now(), False)
    assert cancelled.close_record is not None and cancelled.close_record.by == MIA.person
    assert (await desk.chats.ending.cancel_callback(MIA, session.id, "c")).session == cancelled


async def test_the_log_names_who_cancelled(desk: Desk) -> None:  # spec 4.2, 4.14
    session = await asked(desk)
    await desk.chats.ending.cancel_callback(MIA, session.id, desk.id())
    text = await text_of(await desk.chats.chat_logs.write(SERVICE, session.id, session.desk_id, 12))
    assert "callback -> completed: cancelled by the customer" in text
    assert "Ended by: Mia Torres" in text


async def test_a_customer_who_cancelled_may_ask_again(desk: Desk) -> None:  # spec 4.14
    session = await asked(desk)
    await desk.chats.ending.cancel_callback(MIA, session.id, desk.id())
    other = await asked(desk)
    assert (other.status, other.id == session.id) == (ChatStatus.CALLBACK, False)


async def test_nobody_cancels_a_callback_that_was_closed_and_no_engineer_closes_a_cancelled_one(desk: Desk) -> None:  # spec 4.14
    closed, cancelled = await asked(desk), await asked(desk)
    await desk.chats.ending.complete(AVA, closed.id, desk.id(), ClosingNote("Rang her"))
    await desk.chats.ending.cancel_callback(MIA, cancelled.id, desk.id())
    before = desk.session(closed.id), desk.session(cancelled.id)

    with pytest.raises(StepNotAllowed):
        await desk.chats.ending.cancel_callback(MIA, closed.id, desk.id())
    with pytest.raises(StepNotAllowed):
        await desk.chats.ending.complete(AVA, cancelled.id, desk.id(), ClosingNote("Rang her"))
    with pytest.raises(NotAllowed):
        await desk.chats.ending.amend(AVA, cancelled.id, desk.id(), "Rang her")
    assert before == (desk.session(closed.id), desk.session(cancelled.id))


async def test_a_waiting_chat_is_no_callback(desk: Desk) -> None:  # spec 4.14
    session = await desk.waiting()
    with pytest.raises(StepNotAllowed):
        await desk.chats.ending.cancel_callback(MIA, session.id, desk.id())
    assert desk.session(session.id) == session


async def test_only_its_customer_cancels_a_callback(desk: Desk) -> None:  # spec 4.14, 10.2
    session = await asked(desk)
    with pytest.raises(SessionNotFound):
        await desk.chats.ending.cancel_callback(LEO, session.id, desk.id())
    with pytest.raises(NotAllowed):
        await desk.chats.ending.cancel_callback(AVA, session.id, desk.id())
    assert desk.session(session.id) == session
