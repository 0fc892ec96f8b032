"""A customer changes their open call-back, and an engineer whom nobody answered calls again later."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.chat.domain.callback_tries import CallbackTry
from services.chat.domain.callbacks import POSTPONED_AT_MOST
from services.chat.domain.conversation import JoinMode
from services.chat.domain.deadlines import Limits
from services.chat.domain.ending import ClosingNote
from services.chat.domain.errors import BadArgument, CommandIdReused, NotAllowed, SessionNotFound, StepNotAllowed
from services.chat.domain.events import CallbackAsked, CallbackWish, TimeWindow
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus
from tests.fakes.chat.desk import AVA, BO, LEO, MIA, SAM, SERVICE, ZOE, Desk
from tests.unit.chat.test_chat_logs import text_of

HOUR = timedelta(hours=1)
WISH = CallbackWish("+442079460101", note="After two")
OTHER = CallbackWish("+442079460102", note="My other number")


async def asked(desk: Desk, wish: CallbackWish = WISH) -> ChatSession:
    return (await desk.chats.opening.open_callback(MIA, desk.id(), "Printer", wish)).session


async def test_a_customer_changes_their_callback(desk: Desk) -> None:  # spec 4.14
    session = await asked(desk)
    await desk.clock.advance(60)
    changed = (await desk.chats.conversation.ask_callback(MIA, session.id, "c", OTHER)).session
    assert desk.entries(session.id)[-1].events == (CallbackAsked(OTHER),)
    assert (changed.status, changed.callback, changed.statuses) == (ChatStatus.CALLBACK, OTHER, session.statuses)
    assert (await desk.chats.conversation.ask_callback(MIA, session.id, "c", OTHER)).session == changed
    with pytest.raises(CommandIdReused):
        await desk.chats.conversation.ask_callback(MIA, session.id, "c", WISH)
    # The same wish once more is no change.
    assert (await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), OTHER)).session.revision == changed.revision


async def test_a_time_that_is_over_stays_in_a_changed_wish_but_is_not_added(desk: Desk) -> None:  # spec 4.10, 4.14
    now = desk.clock.now()
    over = TimeWindow(now, now + HOUR)
    session = await asked(desk, replace(WISH, windows=(over,)))
    await desk.clock.advance(7200)
    changed = await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), replace(OTHER, windows=(over,)))
    assert changed.session.callback == replace(OTHER, windows=(over,))
    with pytest.raises(BadArgument) as refused:
        added = (over, TimeWindow(now, now + 2 * HOUR))
        await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), replace(OTHER, windows=added))
    assert refused.value.field == "wish.windows[1].until"


async def test_only_its_customer_changes_a_callback_and_only_an_open_one(desk: Desk) -> None:  # spec 4.14, 10.2
    session = await asked(desk)
    for viewer, error in ((LEO, SessionNotFound), (ZOE, SessionNotFound), (AVA, NotAllowed)):
        with pytest.raises(error):
            await desk.chats.conversation.ask_callback(viewer, session.id, desk.id(), OTHER)
    assert desk.session(session.id) == session
    await desk.chats.ending.complete(AVA, session.id, desk.id(), ClosingNote("Rang her"))
    with pytest.raises(StepNotAllowed):
        await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), OTHER)


async def test_nobody_answered_and_the_next_call_is_due_at_its_time(desk: Desk) -> None:  # spec 4.14
    session = await asked(desk)
    await desk.clock.advance(60)
    called_at = desk.clock.now()
    next_call_at = called_at + HOUR
    tried = (await desk.chats.conversation.postpone_callback(AVA, session.id, "p", next_call_at)).session
    assert (tried.status, tried.callback, tried.live) == (ChatStatus.CALLBACK, WISH, True)
    assert tried.callback_tried == CallbackTry(AVA.person, called_at, 1, next_call_at)

    assert await desk.turn(3599) == []
    # A repeat gets the first result, also when its time is over.
    assert await desk.turn(1) == ["call_due"]
    assert (await desk.chats.conversation.postpone_callback(AVA, session.id, "p", next_call_at)).session.callback_tried is not None
    assert desk.session(session.id).callback_tried == replace(tried.callback_tried, due=True)
    assert desk.entries(session.id)[-1].events == (CallbackAsked(WISH, due=True),)
    assert await desk.turn(7200) == []

    second = await desk.chats.conversation.postpone_callback(SAM, session.id, desk.id(), desk.clock.now() + HOUR)
    assert second.session.callback_tried == CallbackTry(SAM.person, desk.clock.now(), 2, desk.clock.now() + HOUR)
    assert await desk.turn(3600) == ["call_due"]


async def test_a_changed_wish_replaces_the_time_of_the_next_call(desk: Desk) -> None:  # spec 4.14
    session = await asked(desk)
    await desk.chats.conversation.postpone_callback(AVA, session.id, desk.id(), desk.clock.now() + HOUR)
    changed = (await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), OTHER)).session
    assert changed.callback_tried is not None and (changed.callback_tried.count, changed.callback_tried.next_call_at) == (1, None)
    assert await desk.turn(3600) == []


async def test_a_closed_callback_is_not_called_again(desk: Desk) -> None:  # spec 4.14
    session = await asked(desk)
    await desk.chats.conversation.postpone_callback(AVA, session.id, desk.id(), desk.clock.now() + HOUR)
    await desk.chats.ending.cancel_callback(MIA, session.id, desk.id())
    assert "call_due" not in await desk.turn(7200)
    with pytest.raises(StepNotAllowed):
        await desk.chats.conversation.postpone_callback(AVA, session.id, desk.id(), desk.clock.now() + HOUR)


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=-1), POSTPONED_AT_MOST + timedelta(seconds=1)])
async def test_a_next_call_that_is_over_or_too_late_is_refused(desk: Desk, after: timedelta) -> None:  # spec 4.14
    session = await asked(desk)
    with pytest.raises(BadArgument) as refused:
        await desk.chats.conversation.postpone_callback(AVA, session.id, desk.id(), desk.clock.now() + after)
    assert refused.value.field == "next_call_at" and desk.session(session.id) == session


async def test_only_engineers_with_access_record_a_call_and_only_of_a_callback(desk: Desk) -> None:  # spec 4.14, 10.2
    session = await asked(desk)
    next_call_at = desk.clock.now() + HOUR
    with pytest.raises(NotAllowed):
        await desk.chats.conversation.postpone_callback(MIA, session.id, desk.id(), next_call_at)
    other = (await desk.chats.opening.open_callback(ZOE, desk.id(), "Printer", WISH)).session
    with pytest.raises(SessionNotFound):
        await desk.chats.conversation.postpone_callback(BO, other.id, desk.id(), next_call_at)
    waiting = await desk.waiting()
    with pytest.raises(StepNotAllowed):
        await desk.chats.conversation.postpone_callback(AVA, waiting.id, desk.id(), next_call_at)
    await desk.chats.conversation.join(AVA, waiting.id, desk.id(), JoinMode.TAKE)
    with pytest.raises(StepNotAllowed):
        await desk.chats.conversation.postpone_callback(AVA, waiting.id, desk.id(), next_call_at)


async def test_an_older_callback_that_is_called_again_is_live_until_its_time_is_long_over(desk: Desk) -> None:  # spec 4.14
    session = await asked(desk)
    older_after = Limits().older_after
    assert await desk.turn(older_after) == ["older"]
    later = 2 * older_after
    revived = await desk.chats.conversation.postpone_callback(AVA, session.id, desk.id(), desk.clock.now() + timedelta(seconds=later))
    assert revived.session.live
    assert await desk.turn(later) == ["call_due"]
    assert await desk.turn(older_after - 1) == [] and desk.session(session.id).live
    assert await desk.turn(1) == ["older"]
    # So is one that its customer changes.
    assert (await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), OTHER)).session.live
    assert await desk.turn(older_after) == ["older"]


async def test_the_log_names_who_called_and_when_the_next_call_is(desk: Desk) -> None:  # spec 4.2, 4.14
    session = await asked(desk)
    next_call_at = desk.clock.now() + HOUR
    await desk.chats.conversation.postpone_callback(AVA, session.id, desk.id(), next_call_at)
    await desk.turn(3600)
    await desk.chats.ending.cancel_callback(MIA, session.id, desk.id())
    text = await text_of(await desk.chats.chat_logs.write(SERVICE, session.id, session.desk_id, 12))
    assert f"Ava Chen called, no answer; again at {next_call_at:%Y-%m-%d %H:%M:%S}" in text
    assert "The time of the next call has come" in text
