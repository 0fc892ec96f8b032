"""Office hours across daylight-saving changes and a holiday, through the real handlers (spec 4.6, 4.8)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.chat.domain.desk_settings import HoursMode
from services.chat.domain.errors import Refused
from services.chat.domain.events import CallbackWish, Offer, OfferRaised
from tests.fakes.chat.desk import LEO, MIA, VPN, Desk
from tests.fakes.clock import TurnedClock
from tests.unit.chat import hours_table

# zone, a Friday evening before a change (local time), when the desk opens after it: local and UTC, and the hours between
CHANGES = [
    ("Europe/London", "2026-03-27 17:30", "2026-03-30 09:00", "2026-03-30 08:00", 62.5),
    ("Europe/London", "2026-10-23 17:30", "2026-10-26 09:00", "2026-10-26 09:00", 64.5),
    ("America/New_York", "2026-03-06 17:30", "2026-03-09 09:00", "2026-03-09 13:00", 62.5),
    ("America/New_York", "2026-10-30 17:30", "2026-11-02 09:00", "2026-11-02 14:00", 64.5),
    ("Pacific/Auckland", "2026-04-03 17:30", "2026-04-06 09:00", "2026-04-05 21:00", 64.5),
    ("Pacific/Auckland", "2026-09-25 17:30", "2026-09-28 09:00", "2026-09-27 20:00", 62.5),
]
CHRISTMAS = hours_table.desk("Europe/London", "Mon-Fri 09:00-17:00", "2026-12-24 12:00-24:00, 2026-12-25, 2026-12-28")


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(("zone", "friday", "monday", "monday_utc", "between"), CHANGES)
async def test_the_next_opening_is_right_across_a_clock_change(
    zone: str, friday: str, monday: str, monday_utc: str, between: float
) -> None:  # spec 4.6, 4.8
    desk = Desk(TurnedClock(at(friday, zone)))
    desk.set(hours=hours_table.desk(zone, "Mon-Fri 09:00-17:00"))
    opens_at = at(monday, zone)
    assert opens_at == at(monday_utc)

    session = await desk.waiting()
    assert desk.entries(session.id)[0].events[-1] == OfferRaised(Offer.OUTSIDE_HOURS, opens_at)
    state = await desk.chats.support.state(LEO, "")
    assert (state.open, state.changes_at, state.zone) == (False, opens_at, zone)

    # No other offer follows until the desk has been open for 40 s: neither an hour early nor an hour late.
    assert await desk.turn(between * 3600 + 39) == []
    assert desk.session(session.id).offer is Offer.OUTSIDE_HOURS
    assert await desk.turn(1) == ["no_answer"]
    assert desk.session(session.id).offer is Offer.NOBODY_THERE


@pytest.mark.parametrize(("zone", "friday", "monday", "monday_utc", "between"), CHANGES)
async def test_a_refusal_outside_hours_names_the_next_opening(
    zone: str, friday: str, monday: str, monday_utc: str, between: float
) -> None:  # spec 4.6, 4.8
    desk = Desk(TurnedClock(at(friday, zone)))
    desk.set(hours=hours_table.desk(zone, "Mon-Fri 09:00-17:00"), hours_mode=HoursMode.REFUSE)
    with pytest.raises(Refused) as refused:
        await desk.waiting()
    assert refused.value.code == "outside_hours"
    assert datetime.fromisoformat(refused.value.details["opens_at"]) == at(monday_utc)
    assert desk.log.entries == {}

    state = await desk.chats.support.state(MIA, "")
    assert (state.may_chat, state.why_not, state.may_call_back) == (False, "hours", True)
    await desk.chats.opening.open_callback(MIA, desk.id(), "Call me", CallbackWish(by_chat=True))

    await desk.turn(between * 3600 - 1)
    with pytest.raises(Refused):
        await desk.waiting()
    await desk.turn(1)
    assert (await desk.waiting()).offer is Offer.NONE


async def test_a_half_and_a_whole_holiday_close_the_desk() -> None:  # spec 4.6, 4.8
    desk = Desk(TurnedClock(at("2026-12-24 11:59")))
    desk.set(hours=CHRISTMAS)
    after = at("2026-12-29 09:00")
    in_time = await desk.waiting()
    assert in_time.offer is Offer.NONE
    # The half day begins before the 40 seconds are over.
    await desk.turn(20)
    too_late = await desk.waiting(MIA, ticket_id=VPN.id)
    assert await desk.turn(20) == ["no_answer"]
    assert desk.session(in_time.id).offer is Offer.NOBODY_THERE
    assert await desk.turn(20) == ["outside_hours"] * 2
    for session in (in_time, too_late):
        assert desk.entries(session.id)[-1].events == (OfferRaised(Offer.OUTSIDE_HOURS, after),)

    await desk.turn(86_400)
    on_christmas = await desk.waiting(LEO)
    assert desk.entries(on_christmas.id)[0].events[-1] == OfferRaised(Offer.OUTSIDE_HOURS, after)
    await desk.turn((after - desk.clock.now()).total_seconds() + 40)
    assert {desk.session(id).offer for id in (too_late.id, on_christmas.id)} == {Offer.NOBODY_THERE}
