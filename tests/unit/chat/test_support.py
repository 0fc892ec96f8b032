"""The support state of a customer and the settings of a desk, through the real handlers."""

from dataclasses import replace
from datetime import date

import pytest

from services.chat.domain.conversation import JoinMode
from services.chat.domain.desk_settings import ChatSettings, CustomerLeave, HoursMode, JoinPolicy
from services.chat.domain.errors import BadArgument, NotAllowed, TicketNotFound, VersionConflict
from services.chat.domain.hours import Holiday, OfficeHours, WeeklySpan
from tests.fakes.chat.desk import AVA, BO, DESK, LEO, MIA, OLD, SAM, VPN, Desk

MONDAYS = OfficeHours("Europe/London", (WeeklySpan(1, 8 * 60, 17 * 60 + 30),))
TUESDAYS = OfficeHours("Europe/London", (WeeklySpan(2, 8 * 60, 17 * 60 + 30),))


async def test_the_support_state_has_whether_the_desk_is_open_and_until_when(desk: Desk) -> None:  # spec 2.11
    desk.set(hours=MONDAYS)
    state = await desk.chats.support.state(MIA, "")
    assert (state.open, state.zone) == (True, "Europe/London")
    assert state.changes_at is not None and state.changes_at.isoformat() == "2026-03-02T17:30:00+00:00"

    desk.set(hours=TUESDAYS)
    state = await desk.chats.support.state(MIA, "")
    assert (state.open, state.may_chat) == (False, True)
    assert state.changes_at is not None and state.changes_at.isoformat() == "2026-03-03T08:00:00+00:00"


async def wait_for(desk: Desk, seconds: int) -> None:
    session = await desk.waiting()
    await desk.clock.advance(seconds)
    await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    desk.claims.held.clear()


async def test_the_usual_wait_is_the_median_of_at_least_five_waits_of_today(desk: Desk) -> None:  # spec 2.11
    for seconds in (10, 20, 30, 600):
        await wait_for(desk, seconds)
    await desk.settle()
    assert (await desk.chats.support.state(LEO, "")).usual_wait_seconds == 0
    await wait_for(desk, 40)
    await desk.settle()
    assert (await desk.chats.support.state(LEO, "")).usual_wait_seconds == 30
    await desk.clock.advance(86_400)
    assert (await desk.chats.support.state(LEO, "")).usual_wait_seconds == 0


async def test_only_the_last_twenty_waits_count(desk: Desk) -> None:  # spec 2.11
    for seconds in [300] * 15 + [10] * 20:
        await wait_for(desk, seconds)
    await desk.settle()
    assert (await desk.chats.support.state(LEO, "")).usual_wait_seconds == 10


async def test_the_support_state_names_the_active_chat(desk: Desk) -> None:  # spec 2.4
    session = await desk.waiting()
    await desk.settle()
    state = await desk.chats.support.state(MIA, "")
    assert (state.may_chat, state.why_not, state.active_session_id) == (False, "active", session.id)
    assert (await desk.chats.support.state(MIA, VPN.id)).may_chat


async def test_the_support_state_has_the_reason_for_a_refusal(desk: Desk) -> None:  # spec 2.5, 2.8, 4.6
    assert (await desk.chats.support.state(MIA, OLD.id)).why_not == "ticket_closed"
    desk.set(hours=TUESDAYS, hours_mode=HoursMode.REFUSE)
    assert (await desk.chats.support.state(MIA, "")).why_not == "hours"
    desk.set(customers={"mia": False})
    state = await desk.chats.support.state(MIA, "")
    assert (state.why_not, state.may_call_back) == ("permission", False)
    with pytest.raises(TicketNotFound):
        await desk.chats.support.state(LEO, VPN.id)
    with pytest.raises(NotAllowed):
        await desk.chats.support.state(AVA, "")


async def test_the_support_state_has_when_a_customer_may_leave(desk: Desk) -> None:  # spec 4.4
    assert (await desk.chats.support.state(MIA, "")).customer_leave == "when_offered"
    desk.set(customer_leave=CustomerLeave.ALWAYS)
    assert (await desk.chats.support.state(MIA, "")).customer_leave == "always"


async def test_a_change_of_settings_by_an_admin_is_audited(desk: Desk) -> None:  # spec 10.5
    settings, version = await desk.chats.desk_settings.get(SAM)
    assert (settings, version) == (ChatSettings(), 0)
    changed = ChatSettings(no_answer_after=5, join_policy=JoinPolicy.SINGLE_THEN_INVITE)
    assert await desk.chats.desk_settings.update(AVA, changed, 0) == 1
    assert await desk.chats.desk_settings.get(SAM) == (changed, 1)
    assert desk.settings.audit == [(DESK, 1, AVA.person, desk.clock.now())]
    with pytest.raises(VersionConflict):
        await desk.chats.desk_settings.update(AVA, ChatSettings(), 0)


async def test_settings_are_shown_without_hidden_companies_and_changed_only_by_admins_of_the_whole_desk(desk: Desk) -> None:  # spec 10.2
    everything = ChatSettings(companies={"acme": True, "globex": False}, customers={"mia": False, "zoe": False, "gone": False})
    await desk.chats.desk_settings.update(AVA, everything, 0)
    seen, version = await desk.chats.desk_settings.get(BO)
    assert (seen.companies, seen.customers) == ({"acme": True}, {"mia": False})
    for limited in (replace(BO, role="admin"), replace(AVA, boards=frozenset({"projects"}))):
        with pytest.raises(NotAllowed, match="whole desk"):
            await desk.chats.desk_settings.update(limited, seen, version)
    assert await desk.chats.desk_settings.get(AVA) == (everything, version)


async def test_a_change_of_settings_reschedules_waiting_sessions_at_once(desk: Desk) -> None:
    changed: list[str] = []
    desk.chats.desk_settings.on_change = changed.append
    await desk.chats.desk_settings.update(AVA, ChatSettings(no_answer_after=5), 0)
    with pytest.raises(VersionConflict):
        await desk.chats.desk_settings.update(AVA, ChatSettings(), 0)
    assert changed == [DESK]


async def test_only_admins_change_settings_and_customers_cannot_read_them(desk: Desk) -> None:  # spec 10.2
    with pytest.raises(NotAllowed):
        await desk.chats.desk_settings.update(SAM, ChatSettings(), 0)
    with pytest.raises(NotAllowed):
        await desk.chats.desk_settings.get(MIA)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (ChatSettings(no_answer_after=0), "no_answer_after"),
        (ChatSettings(waiting_gone_after=86_401), "waiting_gone_after"),
        (ChatSettings(idle_after=0), "idle_after"),
        (ChatSettings(unattended_after=86_401), "unattended_after"),
        (ChatSettings(ended_leave_after=59), "ended_leave_after"),
        (ChatSettings(promise_wait=86_401), "promise_wait"),
        *((ChatSettings(hours=OfficeHours(zone, ())), "hours.zone") for zone in ("Middle/Earth", "localtime", "Factory", "posixrules", "")),
        (ChatSettings(hours=OfficeHours("UTC", (), (Holiday(date(2026, 1, 1), "New\0year"),))), "hours.holidays[0].name"),
        (ChatSettings(companies={"acme\n": False}), "companies"),
        (ChatSettings(hours=OfficeHours("UTC", (WeeklySpan(8, 0, 1),))), "hours.spans[0].day"),
        (ChatSettings(hours=OfficeHours("UTC", (WeeklySpan(1, 1440, 1),))), "hours.spans[0].from_minute"),
        (ChatSettings(hours=OfficeHours("UTC", (WeeklySpan(1, 0, 1441),))), "hours.spans[0].until_minute"),
        (ChatSettings(hours=OfficeHours("UTC", (), (Holiday(date(2026, 1, 1), "", 5, 5),))), "hours.holidays[0].until_minute"),
        (ChatSettings(hours=OfficeHours("UTC", tuple(WeeklySpan(2, n, n + 1) for n in range(11)))), "hours.spans[10].day"),
        (
            ChatSettings(hours=OfficeHours("UTC", (), tuple(Holiday(date(2026, 1, 1), "", n, n + 1) for n in range(4)))),
            "hours.holidays[3].date",
        ),
    ],
)
async def test_an_invalid_setting_is_refused_by_its_field_and_changes_nothing(
    desk: Desk, settings: ChatSettings, field: str
) -> None:  # spec 11.1
    with pytest.raises(BadArgument) as refused:
        await desk.chats.desk_settings.update(AVA, settings, 0)
    assert refused.value.field == f"settings.{field}"
    assert desk.settings.audit == []
