"""Joining, leaving and posting, through the real handlers."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.chat.domain.conversation import JoinMode, PushAnswer
from services.chat.domain.desk_settings import JoinPolicy
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import (
    BadArgument,
    CommandIdReused,
    JoinedFirst,
    NotAllowed,
    Refused,
    SessionNotFound,
    StepNotAllowed,
)
from services.chat.domain.events import CallbackWish, MessagePosted, TimeWindow
from services.chat.domain.people import PresenceFact, Viewer
from services.chat.domain.status import ChatStatus
from services.chat.handlers.session_command import Answer
from tests.fakes.chat.desk import AVA, BO, DESK, LEO, MIA, SAM, VPN, ZOE, Desk

TAKE, ALSO = JoinMode.TAKE, JoinMode.ALSO


async def pushed(desk: Desk) -> str:
    return (await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "")).session.id


async def test_joining_a_waiting_chat_takes_it(desk: Desk) -> None:  # spec 3.3, 3.5
    session = await desk.waiting()
    answer = await desk.chats.conversation.join(AVA, session.id, desk.id(), TAKE)

    assert answer.session.status is ChatStatus.HANDLED
    assert answer.session.past_statuses == (ChatStatus.WAITING,)  # spec 3.4
    assert [person.id for person in answer.session.participants] == ["mia", "ava"]
    assert answer.entries[0].revision == 2


async def test_one_of_two_simultaneous_joins_wins_and_the_other_gets_the_winners_name(desk: Desk) -> None:  # spec 3.5
    session, other = await desk.waiting(), desk.replica()
    results = await asyncio.gather(
        desk.chats.conversation.join(AVA, session.id, desk.id(), TAKE),
        other.conversation.join(SAM, session.id, desk.id(), TAKE),
        return_exceptions=True,
    )
    [won] = [result for result in results if isinstance(result, Answer)]
    [lost] = [result for result in results if isinstance(result, JoinedFirst)]
    assert lost.details["person_id"] == won.session.engineers[0].id
    assert lost.details["may_join"] == "true"
    assert desk.session(session.id).revision == 2


async def test_a_second_join_of_the_winner_returns_the_session(desk: Desk) -> None:  # spec 3.5
    session = await desk.handled()
    repeated = await desk.chats.conversation.join(AVA, session.id, desk.id(), TAKE)
    assert (repeated.session, repeated.entries) == (session, [])


async def test_under_the_open_policy_the_loser_may_also_join(desk: Desk) -> None:  # spec 3.5
    session = await desk.handled()
    answer = await desk.chats.conversation.join(SAM, session.id, desk.id(), ALSO)
    assert [person.id for person in answer.session.engineers] == ["ava", "sam"]


async def test_under_single_then_invite_only_invited_engineers_join(desk: Desk) -> None:  # spec 3.5, 3.9
    desk.set(join_policy=JoinPolicy.SINGLE_THEN_INVITE)
    session = await desk.handled()
    with pytest.raises(JoinedFirst) as lost:
        await desk.chats.conversation.join(SAM, session.id, desk.id(), TAKE)
    assert lost.value.details["may_join"] == "false"
    with pytest.raises(NotAllowed):
        await desk.chats.conversation.join(SAM, session.id, desk.id(), ALSO)

    invited = await desk.chats.conversation.invite(AVA, session.id, desk.id(), "sam")
    assert [person.id for person in invited.session.invited] == ["sam"]
    joined = await desk.chats.conversation.join(SAM, session.id, desk.id(), ALSO)
    assert joined.session.has("sam") and not joined.session.invited


async def test_a_join_after_the_end_returns_who_joined_first(desk: Desk) -> None:  # spec 3.5
    session = await desk.handled()
    await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
    with pytest.raises(JoinedFirst) as lost:
        await desk.chats.conversation.join(SAM, session.id, desk.id(), TAKE)
    assert lost.value.details == {"person_id": "ava", "person_name": "Ava Chen", "may_join": "false"}
    # JOIN_ALSO, and a join of the first engineer, return the current state.
    for engineer, mode in ((SAM, ALSO), (AVA, TAKE)):
        with pytest.raises(StepNotAllowed):
            await desk.chats.conversation.join(engineer, session.id, desk.id(), mode)


async def test_a_customer_cannot_join(desk: Desk) -> None:  # spec 3.5
    session = await desk.waiting()
    with pytest.raises(NotAllowed):
        await desk.chats.conversation.join(MIA, session.id, desk.id(), TAKE)


async def test_a_session_without_access_looks_missing(desk: Desk) -> None:  # spec 2.10, 10.2
    session = await desk.waiting(ZOE)
    with pytest.raises(SessionNotFound):
        await desk.chats.conversation.join(BO, session.id, desk.id(), TAKE)
    with pytest.raises(SessionNotFound):
        await desk.chats.conversation.post_message(MIA, session.id, desk.id(), "Hello")
    with pytest.raises(SessionNotFound):
        await desk.chats.conversation.join(AVA, "nowhere", desk.id(), TAKE)


@pytest.mark.parametrize(("engineer", "reason"), [("leo", "no_such_engineer"), ("bo", "no_access"), ("ava", "already_in_session")])
async def test_an_engineer_who_cannot_be_invited_is_refused_with_the_reason(desk: Desk, engineer: str, reason: str) -> None:  # spec 3.9
    session = await desk.handled(ZOE)
    with pytest.raises((BadArgument, Refused)) as refused:
        await desk.chats.conversation.invite(AVA, session.id, desk.id(), engineer)
    assert (refused.value.code, refused.value.field) == (reason, "engineer_id")


@pytest.mark.parametrize(("state", "comes"), [("online", True), ("away", True), ("busy", False), ("offline", False)])
async def test_an_invited_engineer_must_be_online_or_away(desk: Desk, state: str, comes: bool) -> None:  # spec 3.9, 1.14
    session = await desk.handled()
    desk.presence.set("sam", state)
    if comes:
        assert (await desk.chats.conversation.invite(AVA, session.id, desk.id(), "sam")).session.invited
        return
    with pytest.raises(Refused):
        await desk.chats.conversation.invite(AVA, session.id, desk.id(), "sam")


async def test_an_invitation_is_refused_when_the_engineer_loses_access_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 2.10, 3.9
    session, ask = await desk.handled(ticket_id=VPN.id), desk.presence.presence_of
    await desk.settle()

    async def meanwhile(desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        desk.tickets.stored[DESK, VPN.id] = replace(VPN, company_id="globex", board_id="projects", revision=2)
        await desk.chats.ticket_follower.ticket_changed(DESK, VPN.id, "projects", "globex")
        return await ask(desk_id, person_ids)

    monkeypatch.setattr(desk.presence, "presence_of", meanwhile)
    with pytest.raises(Refused) as refused:
        await desk.chats.conversation.invite(AVA, session.id, desk.id(), "bo")
    assert refused.value.code == "no_access" and not desk.session(session.id).invited


async def test_only_a_participant_invites(desk: Desk) -> None:  # spec 3.9
    session = await desk.handled()
    with pytest.raises(NotAllowed):
        await desk.chats.conversation.invite(SAM, session.id, desk.id(), "bo")


async def test_a_message_of_a_waiting_customer_is_kept(desk: Desk) -> None:  # spec 3.11
    session = await desk.waiting()
    posted = await desk.chats.conversation.post_message(MIA, session.id, "m1", "Smoke now \N{FIRE}")
    assert posted.revision == 2
    await desk.chats.conversation.join(AVA, session.id, desk.id(), TAKE)
    assert len(desk.entries(session.id)) == 3


async def test_a_repeated_message_is_stored_once(desk: Desk) -> None:  # spec 3.8
    session = await desk.waiting()
    first = await desk.chats.conversation.post_message(MIA, session.id, "m1", "Hello")
    repeated = await desk.replica().conversation.post_message(MIA, session.id, "m1", "Hello")
    assert (repeated.revision, repeated.at) == (first.revision, first.at)
    assert len(desk.entries(session.id)) == 2
    with pytest.raises(CommandIdReused):
        await desk.chats.conversation.post_message(MIA, session.id, "m1", "Goodbye")


async def test_two_people_may_use_the_same_command_id(desk: Desk) -> None:  # spec 3.8
    session = await desk.handled()
    await desk.chats.conversation.post_message(MIA, session.id, "m1", "Hello")
    assert (await desk.chats.conversation.post_message(AVA, session.id, "m1", "Hello")).revision == 4


async def test_a_person_outside_the_session_cannot_post(desk: Desk) -> None:  # spec 3.6
    session = await desk.waiting()
    with pytest.raises(NotAllowed):
        await desk.chats.conversation.post_message(AVA, session.id, "m1", "Hello")


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "\u3164\ufe0f", "x" * 4001, "a\0b", "\x1b[31m", "a\x85b", "half \ud83d"])
async def test_an_invalid_text_is_refused(desk: Desk, text: str) -> None:  # spec 3.6
    session = await desk.waiting()
    with pytest.raises(BadArgument) as refused:
        await desk.chats.conversation.post_message(MIA, session.id, "m1", text)
    assert refused.value.field == "text"


@pytest.mark.parametrize("text", ["    if a:\n\tb\r\n", "\u202eabc", "\u200b.", "a" + "\u0301" * 50], ids=ascii)
async def test_a_text_is_stored_unchanged(desk: Desk, text: str) -> None:  # spec 3.6
    session = await desk.waiting()
    await desk.chats.conversation.post_message(MIA, session.id, "m1", text)
    assert desk.entries(session.id)[-1].events == (MessagePosted("m1", text),)


async def test_a_message_may_have_four_thousand_characters_of_any_script(desk: Desk) -> None:  # spec 3.6
    session = await desk.waiting()
    text = "\N{FAMILY}<script>" * 400
    assert (await desk.chats.conversation.post_message(MIA, session.id, "m1", text)).revision == 2


async def test_a_waiting_customer_who_asks_for_a_callback_leaves_the_queue(desk: Desk) -> None:  # spec 3.3, 4.10
    session = await desk.waiting()
    start = desk.clock.now() + timedelta(hours=1)
    window = TimeWindow(start, start + timedelta(hours=2))
    wish = CallbackWish("+64 3 477 1234", note="Ask for the warehouse", windows=(window,))
    answer = await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), wish)

    assert (answer.session.status, answer.session.past_statuses) == (ChatStatus.CALLBACK, (ChatStatus.WAITING,))
    assert answer.session.callback == CallbackWish("+6434771234", note="Ask for the warehouse", windows=(window,))


@pytest.mark.parametrize("field", ["wish.note", "wish.windows", "wish.windows[0].until", "wish.windows[1].until"])
async def test_an_invalid_callback_wish_is_refused_by_its_field(desk: Desk, field: str) -> None:  # spec 4.10
    session, now = await desk.waiting(), desk.clock.now()
    hour = timedelta(hours=1)
    backwards, over, begun = TimeWindow(now, now), TimeWindow(now - hour, now), TimeWindow(now - hour, now + hour)
    windows = {
        "wish.note": (),
        "wish.windows": (backwards,) * 11,
        "wish.windows[0].until": (backwards,),
        "wish.windows[1].until": (begun, over),
    }[field]
    wish = CallbackWish(by_chat=True, note="x" * 1001 if field == "wish.note" else "", windows=windows)
    with pytest.raises(BadArgument) as refused:
        await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), wish)
    assert refused.value.field == field
    with pytest.raises(BadArgument) as refused:
        await desk.chats.opening.open_callback(LEO, desk.id(), "", wish)
    assert refused.value.field == field


async def test_a_handled_chat_cannot_become_a_callback(desk: Desk) -> None:  # spec 3.3
    session = await desk.handled()
    with pytest.raises(StepNotAllowed):
        await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), CallbackWish(by_chat=True))
    assert desk.session(session.id) == session


async def test_only_its_sender_and_customer_see_an_unanswered_push_chat(desk: Desk) -> None:  # spec 2.9
    session_id = await pushed(desk)
    with pytest.raises(SessionNotFound):
        await desk.chats.conversation.join(SAM, session_id, desk.id(), ALSO)
    accepted = await desk.chats.conversation.answer_push(MIA, session_id, desk.id(), PushAnswer.ACCEPT)
    assert accepted.session.status is ChatStatus.HANDLED and accepted.session.has("mia")
    assert (await desk.chats.conversation.join(SAM, session_id, desk.id(), ALSO)).session.has("sam")


@pytest.mark.parametrize(("by", "answer"), [(MIA, PushAnswer.DECLINE), (AVA, PushAnswer.WITHDRAW)])
async def test_a_push_chat_that_is_declined_or_withdrawn_is_abandoned(desk: Desk, by: Viewer, answer: PushAnswer) -> None:  # spec 2.9, 3.3
    session_id = await pushed(desk)
    assert (await desk.chats.conversation.answer_push(by, session_id, desk.id(), answer)).session.status is ChatStatus.ABANDONED
    with pytest.raises(StepNotAllowed):
        await desk.chats.conversation.answer_push(MIA, session_id, desk.id(), PushAnswer.ACCEPT)


async def test_only_the_customer_answers_a_push_chat(desk: Desk) -> None:  # spec 2.9
    session_id = await pushed(desk)
    with pytest.raises(NotAllowed):
        await desk.chats.conversation.answer_push(AVA, session_id, desk.id(), PushAnswer.ACCEPT)
    with pytest.raises(NotAllowed):
        await desk.chats.conversation.answer_push(MIA, session_id, desk.id(), PushAnswer.WITHDRAW)
    with pytest.raises(SessionNotFound):
        await desk.chats.conversation.answer_push(LEO, session_id, desk.id(), PushAnswer.ACCEPT)


async def test_a_push_chat_cannot_become_a_callback(desk: Desk) -> None:  # spec 3.3
    session_id = await pushed(desk)
    with pytest.raises(StepNotAllowed):
        await desk.chats.conversation.ask_callback(MIA, session_id, desk.id(), CallbackWish(by_chat=True))
