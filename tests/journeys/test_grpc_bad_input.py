"""Whatever a caller of any RPC gets wrong, the refusal says which field, nothing breaks, and nothing has changed."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from google.protobuf.message import DecodeError

from parley.chat.v1 import chat_pb2 as c
from parley.tickets.v1 import tickets_pb2 as t
from servicekit.errors import Kind
from stack.services import Stack
from tests.contract.rpcs import RPCS, Rpc
from tests.journeys.desk import TestDesk
from tests.journeys.scene import BETWEEN_SERVICES, Scene
from tests.journeys.spoiled import Spoiled, has_ids, nobodys, spoiled
from tests.journeys.team import INSIDE, Outcome, Team, answered

REFUSALS = {
    Kind.INVALID_ARGUMENT,
    Kind.NOT_FOUND,
    Kind.ALREADY_EXISTS,
    Kind.FAILED_PRECONDITION,
    Kind.PERMISSION_DENIED,
    Kind.UNAUTHENTICATED,  # of a secret, the only thing that a sign-in is known by
    Kind.ABORTED,
}
# What a call may do without, or may be given: so much of it is no bad input.
HARMLESS = {
    "ChatService.RequestChat": ["ticket_id missing"],
    "ChatService.OpenCallback": ["text missing", "wish.note missing", "wish.windows missing", "wish.windows.from.seconds missing"],
    "ChatService.ConvertToCallback": ["wish.note missing", "wish.windows missing", "wish.windows.from.seconds missing"],
    "ChatService.PushChat": ["text missing"],
    "ChatService.UpdateSettings": [
        "settings.hours missing",
        "settings.hours.spans missing",
        "settings.hours.spans.until_minute missing",
        "settings.hours.holidays missing",
        "settings.hours.holidays.name missing",
        "settings.unattended_after missing",
        "settings.pre_ticket_chat missing",
        "settings.post_ticket_chat missing",
        "settings.call_back missing",
        "settings.customers missing",
    ],
    "TicketsService.CreateTicket": ["text missing", "priority missing"],
    "TicketsService.UpdateTicket": [f"{field} missing" for field in ("summary", "status", "priority", "board_id", "assignee_id")],
    "TicketsService.AddNote": ["internal missing"],
    "DirectoryService.UpsertEntry": ["entry.revision wrong", "entry.person.email missing", "entry.person.phone missing"],
    "DirectoryService.CreateSignIn": ["address missing", "address long"],
    "DirectoryService.EndSignIn": ["secret missing", "secret long", "secret unknown"],
    "DirectoryService.EndSignInsOfPerson": ["ended_by missing", "ended_by long", "made_until.seconds missing", "made_until.nanos wrong"],
    # People ask of their own desk whatever they name, and who is unknown is offline.
    "PresenceService.GetPresence": ["desk_id long", "person_ids long"],
    "PresenceService.WatchPresence": ["desk_id long", "person_ids long"],
    "PresenceService.EndConnections": ["reason missing"],
}
# Numbers that are only compared with, or shown to who gave them: any will do.
ANY_NUMBER = ["after_revision wrong", "ticket_number wrong"]


@pytest.fixture
async def team(stack: Stack) -> AsyncIterator[Team]:
    async with Team(stack) as team:
        yield team


@pytest.fixture
async def scene(team: Team, desk: TestDesk) -> Scene:
    scene = Scene(team, desk)
    await scene.prepare()
    return scene


# One scene for all of them: nothing may change in it, whatever is tried.
TRIED = {key: rpc for key, rpc in RPCS.items() if key not in BETWEEN_SERVICES}


def wrong_with(rpc: Rpc, bad: Spoiled, told: Outcome) -> str:
    """Why the outcome is not what a caller may count on; "" when it is."""
    if told.kind == "":
        missing = bad.how in ("missing", "unknown")
        return "" if not rpc.writes and (missing or bad.key in ANY_NUMBER) else "taken"
    if told.kind not in REFUSALS:
        return f"answered {told.kind}"
    if told.kind == Kind.INVALID_ARGUMENT and not bad.is_named_by(told.field):
        return f"the refusal names {told.field or 'no field'}"
    return ""


async def test_a_bad_argument_is_refused_by_name_and_changes_nothing(scene: Scene) -> None:  # spec 11.1
    before, wrong = await scene.snapshot(), list[str]()
    for key, rpc in TRIED.items():
        who, good = scene.good[key]
        harmless, met = HARMLESS.get(key, []), set[str]()
        for bad in spoiled(good):
            met.add(bad.key)
            if bad.key not in harmless:
                told = await scene.team.call(rpc, bad.request, scene.token(who))
                if why := wrong_with(rpc, bad, told):
                    wrong.append(f"{key}, {bad.key}: {why}")
        wrong += [f"{key}, {each}: never met" for each in harmless if each not in met]
    assert wrong == [], "\n".join(wrong)
    assert await scene.snapshot() == before


async def test_a_request_that_cannot_be_read_is_refused(scene: Scene) -> None:  # spec 11.1
    for key, rpc in TRIED.items():
        who, _ = scene.good[key]
        for data in (b"\xff\xff\xff", b"\x0a\x02\xff\xfe"):
            told = await scene.team.call(rpc, data, scene.token(who))
            assert told.kind == Kind.INVALID_ARGUMENT or not is_unreadable(rpc, data), (key, told)


def is_unreadable(rpc: Rpc, data: bytes) -> bool:
    """Whether the bytes are no request: a field that the request does not have may hold anything."""
    try:
        rpc.request().ParseFromString(data)
    except DecodeError:
        return True
    return False


async def test_what_is_another_desks_cannot_be_told_from_what_is_not_there(scene: Scene) -> None:  # spec 10.2
    elsewhere = TestDesk(scene.desk.stack, f"{scene.desk.id}e")
    await elsewhere.make()
    before, differs = await scene.snapshot(), list[object]()
    for key, rpc in TRIED.items():
        who, good = scene.good[key]
        if who != INSIDE and has_ids(good):
            stranger = scene.team.person(elsewhere, who)
            hidden, missing = [await scene.team.call(rpc, asked, stranger) for asked in (good, nobodys(good))]
            if shown(hidden) != shown(missing) or (rpc.writes and not hidden.kind):
                differs.append((key, hidden, missing))
    assert differs == []
    assert await scene.snapshot() == before


def shown(told: Outcome) -> tuple[object, ...]:
    """What a stranger can see of an answer; ids are of one length, so an answer's own size tells whether it holds more."""
    return (*told.refusal, len(told.answer.SerializeToString()) if told.answer else 0)


Step = tuple[str, str, dict[str, Any], str]
OUT_OF_STATE: dict[str, list[Step]] = {
    "waiting": [
        ("AnswerPushChat", "mia", {"answer": c.PUSH_ANSWER_ACCEPT}, "step_not_allowed"),
        ("LeaveSession", "mia", {}, "leave_not_offered"),
        ("PostMessage", "ava", {"text": "Hello"}, "not_in_session"),
        ("InviteEngineer", "ava", {"engineer_id": "sam"}, "not_in_session"),
        ("CompleteSession", "ava", {"none": c.NoTicket()}, "step_not_allowed"),
        ("AmendCloseRecord", "ava", {"note": "Done"}, "step_not_allowed"),
    ],
    "handled": [
        ("JoinSession", "sam", {"mode": c.JOIN_MODE_TAKE}, "joined_first"),
        ("ConvertToCallback", "mia", {"wish": c.CallbackWish(phone="+442079460101")}, "step_not_allowed"),
        ("AnswerPushChat", "mia", {"answer": c.PUSH_ANSWER_DECLINE}, "step_not_allowed"),
        ("LeaveSession", "ava", {}, "last_engineer"),
        ("LeaveSession", "mia", {}, "leave_not_offered"),
        ("CompleteSession", "sam", {"own_ticket": c.OwnTicket()}, "not_in_session"),
        ("AmendCloseRecord", "ava", {"note": "Done"}, "step_not_allowed"),
    ],
    "closed_callback": [
        ("JoinSession", "ava", {"mode": c.JOIN_MODE_ALSO}, "step_not_allowed"),
        ("ConvertToCallback", "mia", {"wish": c.CallbackWish(phone="+442079460101")}, "step_not_allowed"),
        ("AnswerPushChat", "mia", {"answer": c.PUSH_ANSWER_ACCEPT}, "step_not_allowed"),
        ("PostMessage", "mia", {"text": "Hello"}, "step_not_allowed"),
        ("InviteEngineer", "ava", {"engineer_id": "sam"}, "not_in_session"),
        ("CompleteSession", "ava", {"closing_note": c.ClosingNote(note="Done")}, "step_not_allowed"),
        ("AmendCloseRecord", "sam", {"note": "Done"}, "not_the_closer"),
    ],
}


@pytest.mark.parametrize("status", OUT_OF_STATE)
async def test_a_step_out_of_turn_is_refused_and_changes_nothing(team: Team, desk: TestDesk, status: str) -> None:  # spec 3.3, 11.1
    scene = Scene(team, desk)
    session_id = await getattr(scene, status)()
    before = await scene.snapshot()
    for name, who, fields, code in OUT_OF_STATE[status]:
        rpc = RPCS[f"ChatService.{name}"]
        asked = rpc.request_of(session_id=session_id, command_id=f"out-{name}", **fields)
        if "engineer_id" in fields:
            asked.engineer_id = desk.id_of(fields["engineer_id"])
        told = await team.call(rpc, asked, scene.token(who))
        assert (told.kind in (Kind.FAILED_PRECONDITION, Kind.PERMISSION_DENIED), told.code) == (True, code), (name, told)
    assert await scene.snapshot() == before


async def test_a_closed_ticket_takes_no_chat_and_no_step_but_reopening(team: Team, desk: TestDesk) -> None:  # spec 2.5, 9.1
    scene = Scene(team, desk)
    ticket_id = await scene.ticket()
    closing = t.UpdateTicketRequest(command_id="close", ticket_id=ticket_id, status=t.TICKET_STATUS_CLOSED)
    await scene.do("TicketsService.UpdateTicket", "ava", closing)
    before = await scene.snapshot()
    for name, who, fields, field in (
        ("ChatService.RequestChat", "mia", {"text": "Hello"}, "ticket_id"),
        ("ChatService.PushChat", "ava", {}, "ticket_id"),
        ("TicketsService.UpdateTicket", "ava", {"status": t.TICKET_STATUS_WAITING_CUSTOMER}, "status"),
    ):
        asked = RPCS[name].request_of(ticket_id=ticket_id, command_id=f"out-{name}", **fields)
        told = await answered(partial(team.call, RPCS[name], asked, scene.token(who)), (Kind.UNAVAILABLE,))
        assert (told.kind, told.field) == (Kind.FAILED_PRECONDITION, field), (name, told)
    assert await scene.snapshot() == before
