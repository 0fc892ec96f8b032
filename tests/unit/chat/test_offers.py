"""The offers of a waiting customer, and how office hours change them, through the real handlers and a clock set by the tests."""

import asyncio
from datetime import timedelta

from services.chat.domain.conversation import JoinMode
from services.chat.domain.events import Offer, OfferRaised
from services.chat.domain.hours import OfficeHours, WeeklySpan
from tests.fakes.chat.desk import AVA, Desk


async def test_an_offer_is_raised_when_nobody_joins_in_time(desk: Desk) -> None:  # spec 4.5
    session = await desk.waiting()
    assert await desk.turn(39) == []
    assert await desk.turn(1) == ["no_answer"]
    assert desk.session(session.id).offer is Offer.NOBODY_THERE

    joined = await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)
    assert joined.session.offer is Offer.NONE


async def test_a_desk_sets_the_time_until_the_offer(desk: Desk) -> None:  # spec 4.5
    desk.set(no_answer_after=5)
    await desk.waiting()
    assert await desk.turn(5) == ["no_answer"]


async def test_the_outside_hours_offer_stays_until_the_desk_opens(desk: Desk) -> None:  # spec 4.6
    desk.set(hours=OfficeHours("UTC", (WeeklySpan(1, 9 * 60 + 10, 17 * 60),)), waiting_gone_after=86_400)
    session = await desk.waiting()  # 09:00 on a Monday: the desk opens in ten minutes
    assert await desk.turn(10 * 60 + 39) == []
    assert desk.session(session.id).offer is Offer.OUTSIDE_HOURS
    assert await desk.turn(1) == ["no_answer"]
    assert desk.session(session.id).offer is Offer.NOBODY_THERE


async def test_the_next_opening_is_offered_at_once_when_the_desk_closes(desk: Desk) -> None:  # spec 4.6
    desk.set(hours=OfficeHours("UTC", (WeeklySpan(1, 8 * 60, 9 * 60 + 1),)), no_answer_after=90)
    session = await desk.waiting()
    assert await desk.turn(59) == []
    assert await desk.turn(1) == ["outside_hours"]
    raised = desk.entries(session.id)[-1].events[0]
    assert raised == OfferRaised(Offer.OUTSIDE_HOURS, desk.clock.now().replace(hour=8, minute=0, second=0) + timedelta(days=7))


def mornings(from_minute: int, until_minute: int) -> OfficeHours:
    """Returns hours on each day, in minutes after eight."""
    return OfficeHours("UTC", tuple(WeeklySpan(day, 480 + from_minute, 480 + until_minute) for day in range(1, 8)))


def offers(desk: Desk, session_id: str) -> list[OfferRaised]:
    return [event for entry in desk.entries(session_id) for event in entry.events if isinstance(event, OfferRaised)]


async def test_a_customer_who_waits_overnight_gets_one_offer_for_each_closing_and_opening(desk: Desk) -> None:  # spec 4.5, 4.6
    desk.set(hours=mornings(60, 70), waiting_gone_after=86_400)
    session, nine = await desk.waiting(), desk.clock.now()
    fired = [await desk.turn(seconds) for seconds in (40, 559, 1, 13 * 3600, 10 * 3600 + 3000 + 39, 1, 559, 1)]
    assert fired == [["no_answer"], [], ["outside_hours"], [], [], ["no_answer"], [], ["outside_hours"]]
    nobody, tomorrow = OfferRaised(Offer.NOBODY_THERE), nine + timedelta(days=1)
    closed = [OfferRaised(Offer.OUTSIDE_HOURS, tomorrow + timedelta(days=day)) for day in (0, 1)]
    assert offers(desk, session.id) == [nobody, closed[0], nobody, closed[1]]


async def test_a_closing_during_an_outage_is_offered_late_and_a_whole_night_not_at_all(desk: Desk) -> None:  # spec 3.13, 4.6
    desk.set(hours=mornings(60, 70), waiting_gone_after=86_400)
    session = await desk.waiting()
    await desk.turn(40)
    desk.clock.set_forward(5 * 3600)
    assert await desk.replica().deadlines.fire("harbour", session.id) == "outside_hours"
    await desk.turn(20 * 3600)
    before = offers(desk, session.id)
    assert desk.session(session.id).offer is Offer.OUTSIDE_HOURS  # after nine on Tuesday, and closed again

    desk.set(hours=mornings(60, 600))
    await desk.chats.deadlines.reschedule("harbour")
    assert await desk.turn(1) == ["no_answer"]
    desk.clock.set_forward(24 * 3600)  # as open as before: no offer follows
    assert await desk.replica().deadlines.fire("harbour", session.id) is None
    assert offers(desk, session.id) == [*before, OfferRaised(Offer.NOBODY_THERE)]


async def test_a_changed_next_opening_is_offered_once_per_change(desk: Desk) -> None:  # spec 4.6
    desk.set(hours=mornings(120, 600))
    session, nine = await desk.waiting(), desk.clock.now()
    replicas = [desk.chats, desk.replica(), desk.replica()]
    for hour in (11, 10, 12, 11):
        desk.set(hours=mornings((hour - 8) * 60, 600))
        for chats in replicas:
            await chats.deadlines.reschedule("harbour")
        await desk.clock.advance(5)
        await asyncio.gather(*(chats.deadlines.fire("harbour", session.id) for chats in replicas * 2))
        assert await desk.turn(5) == []
    offered = [offer.opens_at for offer in offers(desk, session.id)]
    assert offered == [nine.replace(hour=hour) for hour in (10, 11, 10, 12, 11)]


async def test_each_manual_opening_and_closing_is_offered_once(desk: Desk) -> None:  # spec 4.5, 4.6
    session = await desk.waiting()
    fired: list[str] = []
    for hours in (None, mornings(0, 30), None, mornings(0, 30), mornings(0, 600)):
        desk.set(hours=hours)
        await desk.chats.deadlines.reschedule("harbour")
        fired += await desk.turn(50)
    assert fired == ["no_answer", "outside_hours"] * 2 + ["no_answer"]
    assert [offer.offer for offer in offers(desk, session.id)][-1] is Offer.NOBODY_THERE


async def test_a_customer_outside_hours_gets_the_no_answer_offer_when_the_hours_are_extended(desk: Desk) -> None:  # spec 4.5, 4.6
    desk.set(hours=OfficeHours("UTC", (WeeklySpan(2, 540, 1020),)))
    session = await desk.waiting()
    await desk.turn(1)
    desk.set(hours=None)
    await desk.chats.deadlines.reschedule("harbour")
    assert await desk.turn(38) == []
    assert await desk.turn(1) == ["no_answer"]
    assert desk.session(session.id).offer is Offer.NOBODY_THERE


async def test_new_settings_apply_to_sessions_that_already_wait(desk: Desk) -> None:  # spec 4.5
    await desk.waiting()
    await desk.settle()
    desk.set(no_answer_after=5)
    await desk.chats.deadlines.reschedule("harbour")
    assert await desk.turn(5) == ["no_answer"]
