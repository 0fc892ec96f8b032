"""The statuses of a session: the table of legal steps, a test for each other step, and random command sequences."""

import asyncio
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chat.domain import chain
from services.chat.domain.conversation import JoinMode, PushAnswer
from services.chat.domain.ending import ClosingNote, NoTicket
from services.chat.domain.errors import ChatError, StepNotAllowed
from services.chat.domain.events import CallbackWish, Entry, ParticipantJoined, ParticipantLeft, StatusChanged
from services.chat.domain.opening import claim_of
from services.chat.domain.session import ChatSession
from services.chat.domain.status import TRANSITIONS, ChatStatus, ChatType, StatusStep, next_status
from services.chat.handlers.build import Handlers
from tests.adapters.chat.story import state
from tests.fakes.chat.desk import AVA, LEO, MIA, SAM, VPN, Desk

LEGAL = {(type, status, step) for (type, status), steps in TRANSITIONS.items() for step in steps}
ILLEGAL = [move for move in itertools.product(ChatType, ChatStatus, StatusStep) if move not in LEGAL]


@pytest.mark.parametrize(("type", "status", "step"), ILLEGAL)
def test_a_step_outside_the_table_is_refused(type: ChatType, status: ChatStatus, step: StatusStep) -> None:  # spec 3.3
    with pytest.raises(StepNotAllowed):
        next_status(type, status, step)


@pytest.mark.parametrize(
    ("type", "status", "step", "after"),
    [
        (ChatType.REQUEST, ChatStatus.WAITING, StatusStep.JOIN, ChatStatus.HANDLED),
        (ChatType.REQUEST, ChatStatus.WAITING, StatusStep.ABANDON, ChatStatus.ABANDONED),
        (ChatType.REQUEST, ChatStatus.WAITING, StatusStep.CALL_BACK, ChatStatus.CALLBACK),
        (ChatType.PUSH, ChatStatus.WAITING, StatusStep.ACCEPT, ChatStatus.HANDLED),
        (ChatType.PUSH, ChatStatus.WAITING, StatusStep.DECLINE, ChatStatus.ABANDONED),
        (ChatType.PUSH, ChatStatus.WAITING, StatusStep.EXPIRE, ChatStatus.ABANDONED),
        (ChatType.PUSH, ChatStatus.WAITING, StatusStep.WITHDRAW, ChatStatus.ABANDONED),
        *((type, ChatStatus.HANDLED, StatusStep.COMPLETE, ChatStatus.COMPLETED) for type in ChatType),
        *((type, ChatStatus.ABANDONED, StatusStep.COMPLETE, ChatStatus.COMPLETED) for type in ChatType),
        *((type, ChatStatus.CALLBACK, StatusStep.COMPLETE, ChatStatus.COMPLETED) for type in ChatType),
        (ChatType.REQUEST, ChatStatus.CALLBACK, StatusStep.WITHDRAW, ChatStatus.COMPLETED),
    ],
)
def test_each_step_of_the_table_leads_to_the_status_of_the_spec(
    type: ChatType, status: ChatStatus, step: StatusStep, after: ChatStatus
) -> None:  # spec 3.1, 3.3
    assert next_status(type, status, step) is after


Act = tuple[tuple[str, str], int]
WHO = {
    "request": "mia leo",
    "push": "ava sam",
    "take": "ava sam",
    "also": "ava sam",
    "leave": "mia leo ava sam",
    "post": "mia leo ava sam",
    "call back": "mia leo",
    "accept": "mia leo",
    "decline": "mia",
    "withdraw": "ava",
    "end": "ava sam",
    "note": "ava sam",
    "turn": "time",
    "presence": "mia ava sam",
}
acts = st.lists(
    st.tuples(st.sampled_from([(act, who) for act, names in WHO.items() for who in names.split()]), st.integers(0, 1)),
    min_size=12,
    max_size=40,
)
# Slow input generation on a shared machine is not a failure.
LEAN = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
PEOPLE = {"mia": MIA, "leo": LEO, "ava": AVA, "sam": SAM}


@LEAN
@given(acts)
def test_commands_in_any_order_on_any_replica_break_no_rule(commands: list[Act]) -> None:  # spec 2.3, 3.3, 3.7
    asyncio.run(_run(commands, together=1))


@LEAN
@given(acts)
def test_concurrent_commands_break_no_rule(commands: list[Act]) -> None:  # spec 2.3, 3.5, 3.7
    asyncio.run(_run(commands, together=4))


async def _run(commands: list[Act], together: int) -> None:
    desk = Desk()
    replicas = [desk.chats, desk.replica()]
    ids: list[str] = []
    for start in range(0, len(commands), together):
        before = {key: list(log) for key, log in desk.log.entries.items()}
        done = await asyncio.gather(
            *(
                _do(desk, replicas[number % 2], act, who, ids[-1 - which % len(ids)] if ids else "none")
                for number, ((act, who), which) in enumerate(commands[start : start + together], start)
            ),
            return_exceptions=True,
        )
        for outcome in done:
            assert isinstance(outcome, ChatError | str | None), outcome
        ids += dict.fromkeys(outcome for outcome in done if isinstance(outcome, str) and outcome not in ids)
        if all(isinstance(outcome, ChatError) for outcome in done):
            assert desk.log.entries == before, "a refused command changed something"
    await desk.settle()
    sessions = [_checked(log) for log in desk.log.entries.values() if log]
    holders = [claim_of(session) for session in sessions if session.holds_claim]
    assert len(holders) == len(set(holders)), "two active chats"


async def _do(desk: Desk, chats: Handlers, act: str, who: str, session_id: str) -> str | None:
    viewer, id, conversation = PEOPLE.get(who, MIA), desk.id(), chats.conversation
    match act:
        case "request":
            return (await chats.opening.request_chat(viewer, id, "Fire", "")).session.id
        case "push":
            return (await chats.opening.push_chat(viewer, id, VPN.id, "")).session.id
        case "take" | "also":
            await conversation.join(viewer, session_id, id, JoinMode(act))
        case "leave":
            await conversation.leave(viewer, session_id, id)
        case "post":
            await conversation.post_message(viewer, session_id, id, "Hello")
        case "call back":
            await conversation.ask_callback(viewer, session_id, id, CallbackWish(by_chat=True))
        case "accept" | "decline" | "withdraw":
            await conversation.answer_push(viewer, session_id, id, PushAnswer(act))
        case "end":
            await chats.ending.complete(viewer, session_id, id, NoTicket())
        case "note":
            await chats.ending.complete(viewer, session_id, id, ClosingNote("Done"))
        case "turn":
            await desk.turn(70, chats)
        case "presence":
            online = desk.presence.facts[who].state == "online"
            desk.presence.set(who, "offline" if online else "online", desk.clock.now())
    return None


def _checked(entries: list[Entry]) -> ChatSession:
    """Asserts revisions without a gap, a valid chain, times in order and only legal steps. Returns the state that a new reader gets."""
    assert [entry.revision for entry in entries] == list(range(1, len(entries) + 1))
    assert chain.verify(entries) == len(entries)
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    session = state(entries)
    status, inside = session.statuses[0][0], set[str]()
    for event in (event for entry in entries for event in entry.events):
        match event:
            case StatusChanged(before, after, step):
                assert before is status and TRANSITIONS[session.type, before][step] is after
                status = after
            case ParticipantJoined(person):
                assert person.id not in inside
                inside.add(person.id)
            case ParticipantLeft(person):
                inside.remove(person.id)
    assert status is session.status and inside == {person.id for person in session.participants}
    return session
