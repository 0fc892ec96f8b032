"""The customer's answer after the end of a chat, through the real handlers."""

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import ClosingNote, NoTicket
from services.chat.domain.errors import BadArgument, CommandIdReused, NotAllowed, Refused, SessionNotFound, StepNotAllowed
from services.chat.domain.events import ExistingTicket, FeedbackCommented, FeedbackGiven, Solved
from services.chat.domain.session import ChatSession
from tests.fakes.chat.desk import AVA, DESK, LEO, MIA, VPN, Desk


async def ended(desk: Desk, ticket_id: str = "") -> ChatSession:
    session = await desk.handled(ticket_id=ticket_id)
    ending = ExistingTicket(VPN.id) if ticket_id else NoTicket()
    return (await desk.chats.ending.complete(AVA, session.id, desk.id(), ending)).session


async def given(desk: Desk, session_id: str, solved: Solved, comment: str = "", command_id: str = "") -> ChatSession:
    return (await desk.chats.ending.give_feedback(MIA, session_id, command_id or desk.id(), solved, comment)).session


@pytest.mark.parametrize("solved", Solved)
async def test_the_answer_is_an_event_of_the_session_with_its_time(desk: Desk, solved: Solved) -> None:  # spec 4.15
    session = await ended(desk)
    await desk.clock.advance(7)
    feedback = (await given(desk, session.id, solved, "Quick")).feedback

    assert feedback is not None
    assert (feedback.solved, feedback.comment, feedback.at) == (solved, "Quick", desk.clock.now())
    assert desk.entries(session.id)[-1].events == (FeedbackGiven(solved), FeedbackCommented("Quick"))
    assert desk.session(session.id).statuses == session.statuses


async def test_a_comment_may_follow_the_answer_once(desk: Desk) -> None:  # spec 4.15
    session = await ended(desk)
    await given(desk, session.id, Solved.NO)
    await given(desk, session.id, Solved.NO, "It smokes")

    assert desk.entries(session.id)[-1].events == (FeedbackCommented("It smokes"),)
    with pytest.raises(Refused) as refused:
        await given(desk, session.id, Solved.NO, "It burns")
    assert (refused.value.code, refused.value.field) == ("feedback_given", "comment")


async def test_the_same_answer_again_changes_nothing_and_another_one_is_refused(desk: Desk) -> None:  # spec 4.15
    session = await ended(desk)
    first = await given(desk, session.id, Solved.YES, "Quick", command_id="f")

    for comment, command_id in (("Quick", "f"), ("Quick", "g"), ("", "h")):
        assert await given(desk, session.id, Solved.YES, comment, command_id) == first
    with pytest.raises(CommandIdReused):
        await given(desk, session.id, Solved.NO, "Quick", command_id="f")
    with pytest.raises(Refused) as refused:
        await given(desk, session.id, Solved.NO)
    assert (refused.value.code, refused.value.field) == ("feedback_given", "solved")
    assert desk.session(session.id) == first


async def test_feedback_needs_the_end_of_a_chat_with_an_engineer(desk: Desk) -> None:  # spec 4.15
    waiting = await desk.waiting()
    with pytest.raises(StepNotAllowed):
        await given(desk, waiting.id, Solved.YES)
    handled = (await desk.chats.conversation.join(AVA, waiting.id, desk.id(), JoinMode.TAKE)).session
    with pytest.raises(StepNotAllowed):
        await given(desk, waiting.id, Solved.YES)
    assert desk.session(waiting.id) == handled


async def test_a_closed_chat_that_nobody_joined_takes_no_feedback(desk: Desk) -> None:  # spec 4.15
    session = await desk.waiting()
    desk.presence.set("mia", "offline", desk.clock.now())
    await desk.turn(341)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), ClosingNote("Wrote to her"))
    assert desk.session(session.id).has("mia")
    with pytest.raises(StepNotAllowed):
        await given(desk, session.id, Solved.YES)


async def test_the_log_has_the_answer_and_the_comment(desk: Desk) -> None:  # spec 4.15, 4.2
    session = await ended(desk)
    await given(desk, session.id, Solved.NO, "It smokes\n* Ava Chen left the chat")
    log = await desk.chats.chat_logs.write(AVA, session.id, DESK)
    text = "".join([piece.text async for piece in log.pieces])
    assert "* Mia Torres marked this as not solved\n" in text
    assert "* Mia Torres commented: It smokes\n          * Ava Chen left" in text


async def test_nobody_but_the_customer_gives_feedback(desk: Desk) -> None:  # spec 4.15, 10.2
    session = await ended(desk, VPN.id)
    for viewer, error in ((AVA, NotAllowed), (LEO, SessionNotFound)):
        with pytest.raises(error):
            await desk.chats.ending.give_feedback(viewer, session.id, desk.id(), Solved.YES, "")
    assert desk.session(session.id) == session


@pytest.mark.parametrize("ticket_id", ["", VPN.id])
async def test_who_has_left_gives_no_feedback(desk: Desk, ticket_id: str) -> None:  # spec 4.15, 8.3
    session = await ended(desk, ticket_id)
    await desk.chats.conversation.leave(MIA, session.id, desk.id())
    with pytest.raises(NotAllowed if ticket_id else SessionNotFound):
        await given(desk, session.id, Solved.YES)


async def test_after_everyone_was_taken_out_there_is_no_feedback(desk: Desk) -> None:  # spec 3.14, 4.15
    session = await ended(desk, VPN.id)
    await desk.turn(1800)
    with pytest.raises(NotAllowed):
        await given(desk, session.id, Solved.YES)


@pytest.mark.parametrize("comment", [" ", "x" * 1001, "a\0b"])
async def test_an_invalid_comment_is_refused_by_its_field_and_changes_nothing(desk: Desk, comment: str) -> None:  # spec 4.15
    session = await ended(desk)
    with pytest.raises(BadArgument) as refused:
        await given(desk, session.id, Solved.YES, comment)
    assert refused.value.field == "comment"
    assert desk.session(session.id) == session
