"""Each deadline fires once, through the real handlers and a clock set by the tests."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from servicekit.errors import Unavailable
from services.chat.domain.conversation import JoinMode, PushAnswer
from services.chat.domain.ending import ClosingNote, NoTicket
from services.chat.domain.errors import JoinedFirst
from services.chat.domain.events import CallbackWish, Offer
from services.chat.domain.people import PresenceFact
from services.chat.domain.status import ChatStatus
from tests.fakes.chat.desk import AVA, BO, MIA, SAM, VPN, Desk


async def test_a_chat_is_abandoned_when_its_waiting_customer_is_offline_for_long(desk: Desk) -> None:  # spec 3.3
    session = await desk.waiting()
    await desk.turn(100)
    desk.presence.set("mia", "offline", desk.clock.now())
    fired = await desk.turn(299)
    assert "waiting_gone" not in fired
    assert await desk.turn(1) == ["waiting_gone"]
    gone = desk.session(session.id)
    assert (gone.status, gone.past_statuses) == (ChatStatus.ABANDONED, (ChatStatus.WAITING,))
    assert (gone.closed_at or gone.opened_at) - gone.opened_at == timedelta(seconds=400)  # the wait is stored, spec 3.4


async def test_a_returning_customer_finds_the_abandoned_chat_and_may_leave_it(desk: Desk) -> None:  # spec 3.3, 4.3
    session = await desk.waiting()
    desk.presence.set("mia", "offline", desk.clock.now())
    assert "waiting_gone" in await desk.turn(341)
    assert desk.session(session.id).has("mia") and not desk.session(session.id).holds_claim

    await desk.chats.ending.complete(AVA, session.id, desk.id(), ClosingNote("Called her"))
    ended = desk.session(session.id)
    assert ended.status is ChatStatus.COMPLETED and ended.has("mia")
    left = await desk.chats.conversation.leave(MIA, session.id, desk.id())
    assert not left.session.has("mia")


async def test_a_returning_customer_may_open_a_new_chat_at_once(desk: Desk) -> None:  # spec 2.3, 3.3
    first = await desk.waiting()
    desk.presence.set("mia", "offline", desk.clock.now())
    await desk.turn(341)
    second = await desk.chats.opening.request_chat(MIA, desk.id(), "Still burning", "")
    assert second.opened and second.session.id != first.id


async def test_a_waiting_customer_who_comes_back_in_time_keeps_waiting(desk: Desk) -> None:  # spec 3.3
    session = await desk.waiting()
    desk.presence.set("mia", "offline", desk.clock.now())
    await desk.turn(250)
    desk.presence.set("mia", "away", desk.clock.now())
    assert "waiting_gone" not in await desk.turn(1000)
    assert desk.session(session.id).status is ChatStatus.WAITING
    assert desk.presence.asked < 10


async def test_a_push_chat_that_nobody_answers_expires(desk: Desk) -> None:  # spec 2.9
    session = (await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "")).session
    assert await desk.turn(119) == []
    assert await desk.turn(1) == ["push_expiry"]
    assert desk.session(session.id).status is ChatStatus.ABANDONED


async def test_a_push_chat_that_was_answered_does_not_expire(desk: Desk) -> None:  # spec 2.9
    session = (await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "")).session
    await desk.chats.conversation.answer_push(MIA, session.id, desk.id(), PushAnswer.ACCEPT)
    assert await desk.turn(600) == []


async def test_a_quiet_chat_gets_an_end_offer_and_a_message_withdraws_it(desk: Desk) -> None:  # spec 4.7
    session = await desk.handled()
    await desk.turn(1800)
    await desk.chats.conversation.post_message(MIA, session.id, desk.id(), "Still here")
    assert await desk.turn(3599) == []
    assert await desk.turn(1) == ["idle"]
    assert desk.session(session.id).offer is Offer.NO_ACTIVITY
    await desk.chats.conversation.post_message(AVA, session.id, desk.id(), "Me too")
    assert desk.session(session.id).offer is Offer.NONE
    assert await desk.turn(3600) == ["idle"]


async def test_a_chat_whose_engineers_are_all_offline_is_unattended(desk: Desk) -> None:  # spec 3.12
    session = await desk.handled()
    await desk.turn(50)
    desk.presence.set("ava", "offline", desk.clock.now())
    for _ in range(10):  # messages of the customer do not postpone it
        await desk.chats.conversation.post_message(MIA, session.id, desk.id(), "Hello?")
        assert await desk.turn(11) == []
    assert await desk.turn(10) == ["unattended"]
    left = desk.session(session.id)
    assert left.unattended and left.status is ChatStatus.HANDLED and left.waiting_since == desk.clock.now()


async def test_a_chat_with_one_engineer_online_is_attended(desk: Desk) -> None:  # spec 3.12
    session = await desk.handled()
    await desk.chats.conversation.join(SAM, session.id, desk.id(), JoinMode.ALSO)
    desk.presence.set("ava", "offline", desk.clock.now())
    desk.presence.set("sam", "busy", desk.clock.now())
    assert await desk.turn(1000) == []


async def test_an_engineer_who_joins_during_the_presence_call_counts_as_present(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 3.12
    session = await desk.handled()
    desk.presence.set("ava", "offline", desk.clock.now())
    await desk.settle()
    await desk.clock.advance(120)
    asked = desk.presence.presence_of

    async def slowly(desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        facts = await asked(desk_id, person_ids)
        await desk.chats.conversation.join(SAM, session.id, "k-sam", JoinMode.ALSO)
        return facts

    with monkeypatch.context() as patch:
        patch.setattr(desk.presence, "presence_of", slowly)
        assert await desk.replica().deadlines.fire("harbour", session.id) is None
    assert await desk.turn(300) == []
    assert not desk.session(session.id).unattended

    desk.presence.set("sam", "offline", desk.clock.now())
    assert "unattended" in await desk.turn(200)


async def test_a_chat_becomes_quiet_while_presence_is_down(desk: Desk) -> None:  # spec 4.7, 3.13
    session = await desk.handled()
    await desk.settle()
    desk.presence.down = True
    await desk.clock.advance(3600)
    assert await desk.chats.deadlines.fire("harbour", session.id) == "idle"
    with pytest.raises(Unavailable):
        await desk.chats.deadlines.fire("harbour", session.id)
    assert desk.session(session.id).offer is Offer.NO_ACTIVITY


async def test_a_desk_may_disable_the_unattended_rule(desk: Desk) -> None:  # spec 3.12
    desk.set(unattended_after=0)
    await desk.handled()
    desk.presence.set("ava", "offline", desk.clock.now())
    assert await desk.turn(3000) == []


async def unattended(desk: Desk) -> str:
    session = await desk.handled()
    desk.presence.set("ava", "offline", desk.clock.now())
    assert "unattended" in await desk.turn(130)
    return session.id


async def test_a_chat_is_attended_again_when_an_engineer_comes_online(desk: Desk) -> None:  # spec 3.12
    session_id = await unattended(desk)
    await desk.chats.deadlines.person_is_back("harbour", "sam")
    assert desk.session(session_id).unattended
    await desk.chats.deadlines.person_is_back("harbour", "ava")
    assert not desk.session(session_id).unattended


async def test_a_chat_may_be_unattended_again_after_a_restart(desk: Desk) -> None:  # spec 3.12, 3.13
    session_id = await unattended(desk)
    await desk.chats.deadlines.person_is_back("harbour", "ava")
    desk.presence.set("ava", "offline", desk.clock.now())
    await desk.clock.advance(120)
    assert await desk.replica().deadlines.fire("harbour", session_id) == "unattended"


async def test_an_engineer_who_posts_counts_as_present_when_presence_reports_offline(desk: Desk) -> None:  # spec 3.12
    session_id = await unattended(desk)
    await desk.chats.conversation.post_message(AVA, session_id, desk.id(), "I am on the train")
    assert await desk.turn(119) == []
    assert await desk.turn(1) == ["unattended"]


async def test_a_check_made_before_the_chat_was_unattended_does_not_count_afterwards(desk: Desk) -> None:  # spec 3.12, 3.13
    session = await desk.handled()
    assert await desk.turn(121) == [], "an engineer is online: the check is postponed"
    desk.presence.set("ava", "offline", desk.clock.now())
    assert await desk.turn(121) == ["unattended"]
    await desk.chats.conversation.post_message(AVA, session.id, desk.id(), "Back for a moment")
    await desk.clock.advance(120)
    assert await desk.chats.deadlines.fire("harbour", session.id) == "unattended"


async def test_messages_of_a_customer_do_not_postpone_the_check_for_engineers(desk: Desk) -> None:  # spec 3.12
    session_id = await unattended(desk)
    desk.presence.set("ava", "online", desk.clock.now())
    fired: list[str] = []
    for _ in range(4):
        await desk.chats.conversation.post_message(MIA, session_id, desk.id(), "Hello?")
        fired += await desk.turn(10)
    assert fired == ["returned"]


async def test_a_lost_presence_event_is_corrected_by_the_next_check(desk: Desk) -> None:  # spec 3.12
    session_id = await unattended(desk)
    assert await desk.turn(100) == []
    desk.presence.set("ava", "online", desk.clock.now())
    assert await desk.turn(31) == ["returned"]
    assert not desk.session(session_id).unattended


async def test_another_engineer_takes_an_unattended_chat_once(desk: Desk) -> None:  # spec 3.12, 3.5
    session_id = await unattended(desk)
    taken = await desk.chats.conversation.join(SAM, session_id, desk.id(), JoinMode.TAKE)
    assert not taken.session.unattended and taken.session.taken_by == SAM.person
    with pytest.raises(JoinedFirst) as lost:
        await desk.chats.conversation.join(BO, session_id, desk.id(), JoinMode.TAKE)
    assert lost.value.details["person_name"] == "Sam Okafor"


async def test_each_deadline_fires_once_with_many_replicas(desk: Desk) -> None:  # spec 3.13
    replicas = [desk.chats, desk.replica(), desk.replica()]
    session = await desk.waiting()
    await desk.settle()
    await desk.clock.advance(41)
    fired = await asyncio.gather(*(chats.deadlines.fire(session.desk_id, session.id) for chats in replicas * 3))
    assert [kind for kind in fired if kind] != []
    assert [entry.kind for entry in desk.entries(session.id)].count("deadline") == 1


async def test_a_deadline_that_passed_during_an_outage_fires_once_afterwards(desk: Desk) -> None:  # spec 3.13
    session = await desk.handled()
    await desk.settle()
    await desk.clock.advance(100_000)
    restarted = desk.replica()
    while await restarted.deadlines.fire(session.desk_id, session.id):
        pass
    assert [entry.kind for entry in desk.entries(session.id)].count("deadline") == 1
    assert desk.session(session.id).offer is Offer.NO_ACTIVITY


async def test_a_check_is_postponed_and_not_lost_while_presence_is_down(desk: Desk) -> None:  # spec 3.13
    session = await desk.waiting()
    await desk.turn(45)
    desk.presence.set("mia", "offline", desk.clock.now())
    desk.presence.down = True
    await desk.clock.advance(400)
    with pytest.raises(Unavailable):
        await desk.chats.deadlines.fire(session.desk_id, session.id)
    desk.presence.down = False
    assert await desk.chats.deadlines.fire(session.desk_id, session.id) == "waiting_gone"


@pytest.mark.parametrize("status", [ChatStatus.COMPLETED, ChatStatus.ABANDONED])
async def test_everybody_is_taken_out_some_time_after_the_end(desk: Desk, status: ChatStatus) -> None:  # spec 3.14
    desk.set(ended_leave_after=600)
    session = await (desk.handled() if status is ChatStatus.COMPLETED else desk.waiting())
    if status is ChatStatus.COMPLETED:
        await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    else:
        desk.presence.set("mia", "offline", desk.clock.now())
        assert "waiting_gone" in await desk.turn(341)
    ended = desk.session(session.id)
    left_seconds = 600 - int((desk.clock.now() - (ended.closed_at or ended.opened_at)).total_seconds())
    assert ended.participants and await desk.turn(left_seconds - 1) == []

    assert await desk.turn(1) == ["leave"]

    ended = desk.session(session.id)
    assert (ended.status, ended.participants) == (status, ())
    assert await desk.turn(86_400) == []


async def test_a_call_back_keeps_its_customer_until_it_is_closed(desk: Desk) -> None:  # spec 3.14, 4.14
    session = (await desk.chats.opening.open_callback(MIA, desk.id(), "Call me", CallbackWish(by_chat=True))).session
    assert "leave" not in await desk.turn(86_400)
    assert desk.session(session.id).status is ChatStatus.CALLBACK
