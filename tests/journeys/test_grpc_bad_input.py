"""Invalid requests to every RPC: the error names the field, and nothing changes."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import chat_pb2 as c
from parley.tickets.v1 import tickets_pb2 as t
from servicekit.errors import Kind
from stack.services import Stack
from tests.contract.rpcs import RPCS, Rpc
from tests.journeys.desk import TestDesk
from tests.journeys.scene import BETWEEN_SERVICES, Scene
from tests.journeys.spoiled import Spoiled, has_ids, spoiled, with_unknown_ids
from tests.journeys.team import INSIDE, Outcome, Team, answered

REFUSALS = {
    Kind.INVALID_ARGUMENT,
    Kind.NOT_FOUND,
    Kind.ALREADY_EXISTS,
    Kind.FAILED_PRECONDITION,
    Kind.PERMISSION_DENIED,
    Kind.UNAUTHENTICATED,  # for a secret, which alone identifies a sign-in
    Kind.ABORTED,
}
# Changes that leave a request valid: optional fields, and fields that accept any value.
VALID = {
    "ChatService.RequestChat": ["ticket_id missing"],
    "ChatService.OpenCallback": ["text missing", "wish.note missing", "wish.windows missing", "wish.windows.from.seconds missing"],
    "ChatService.ConvertToCallback": ["wish.note missing", "wish.windows missing", "wish.windows.from.seconds missing"],
    "ChatService.PushChat": ["text missing"],
    "ChatService.GiveFeedback": ["comment missing"],
    # The id of a reply is the caller's own, and to remove one that does not exist changes nothing.
    "ChatService.PutCannedReply": ["of_desk missing", "reply.reply_id unknown"],
    "ChatService.DeleteCannedReply": ["of_desk missing", "reply_id unknown"],
    "ChatService.UpdateSettings": [
        "settings.hours missing",
        "settings.hours.spans missing",
        "settings.hours.spans.until_minute missing",
        "settings.hours.holidays missing",
        "settings.hours.holidays.name missing",
        "settings.unattended_after missing",
        "settings.ended_leave_after missing",
        "settings.promise_wait missing",
        "settings.transfer_expires_after missing",
        "settings.pre_ticket_chat missing",
        "settings.post_ticket_chat missing",
        "settings.call_back missing",
        "settings.customers missing",
    ],
    "ChatService.GetDeskFigures": ["date missing", "company_id missing", "company_id unknown", "board_id missing", "board_id unknown"],
    "TicketsService.CreateTicket": ["text missing", "priority missing"],
    "TicketsService.UpdateTicket": [
        f"{field} missing" for field in ("summary", "status", "priority", "board_id", "assignee_id", "customer_id")
    ],
    "TicketsService.AddNote": ["internal missing"],
    "DirectoryService.UpsertEntry": [
        "entry.revision wrong",
        *(f"entry.person.{field} missing" for field in ("email", "phone", "time_zone")),
    ],
    "DirectoryService.CreateSignIn": ["address missing", "address long", "replaces long"],
    "DirectoryService.EndSignIn": ["secret missing", "secret long", "secret unknown"],
    "DirectoryService.EndSignInsOfPerson": ["ended_by missing", "ended_by long", "made_until.seconds missing", "made_until.nanos wrong"],
    # To finish the refresh of a sign-in that does not exist changes nothing.
    "DirectoryService.TakeDueRefreshes": ["limit missing"],
    "DirectoryService.FinishRefresh": ["sign_in_id long", "sign_in_id unknown", "taken_until.seconds missing", "taken_until.nanos wrong"],
    # Unknown people are left out.
    "DirectoryService.GetPeople": ["desk_id long", "person_ids long"],
    # A person's call always concerns the person's own desk, and an unknown person is offline.
    "PresenceService.GetPresence": ["desk_id long", "person_ids long"],
    "PresenceService.WatchPresence": ["desk_id long", "person_ids long"],
    "PresenceService.ListPages": ["desk_id long", "person_ids long"],
    "PresenceService.ListTicketViewers": ["desk_id long", "ticket_id unknown"],
    "PresenceService.EndConnections": ["reason missing"],
    "DeliveryService.UpdatePreferences": ["preferences.sound missing", "preferences.volume missing", "preferences.language missing"],
    "DeliveryService.Subscribe": ["browser_id unknown"],
    "DeliveryService.Unsubscribe": ["endpoint missing", "endpoint long"],
    "DeliveryService.ReportDelivery": ["reason missing"],
    "WebhookService.UpdateWebhook": ["enabled missing"],
    # To remove an endpoint that does not exist, or to replay an event that is not dead, changes nothing.
    "WebhookService.DeleteWebhook": ["webhook_id missing", "webhook_id long", "webhook_id unknown"],
    "WebhookService.ReplayWebhookEvents": ["event_ids long", "event_ids unknown"],
    # 0 means no repetitions.
    "NotifyService.UpdateSettings": ["settings.until missing"],
}
# Writes that succeed without a change for data of another desk, as for missing data.
CHANGE_NOTHING = ("WebhookService.DeleteWebhook", "ChatService.DeleteCannedReply")
# Writes whose ids are the caller's own, so that they name no data of a desk.
OF_THE_CALLER = ("DeliveryService.Subscribe", "ChatService.PutCannedReply")
# Numbers that are only compared or returned, so any value is valid.
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


# All of them share one scene, because none may change it.
ALL = {key: rpc for key, rpc in RPCS.items() if key not in BETWEEN_SERVICES}


def wrong_with(rpc: Rpc, bad: Spoiled, outcome: Outcome) -> str:
    """Why the outcome is wrong; "" if it is right."""
    if outcome.kind == "":
        missing = bad.how in ("missing", "unknown")
        return "" if not rpc.writes and (missing or bad.key in ANY_NUMBER) else "accepted"
    if outcome.kind not in REFUSALS:
        return f"returned {outcome.kind}"
    if outcome.kind == Kind.INVALID_ARGUMENT and not bad.is_named_by(outcome.field):
        return f"the error names {outcome.field or 'no field'}"
    return ""


async def test_an_invalid_field_is_named_in_the_error_and_nothing_changes(scene: Scene) -> None:  # spec 11.1
    before, wrong = await scene.snapshot(), list[str]()
    for key, rpc in ALL.items():
        who, good = scene.good[key]
        valid, tried = VALID.get(key, []), set[str]()
        for bad in spoiled(good):
            tried.add(bad.key)
            if bad.key not in valid:
                outcome = await scene.team.call(rpc, bad.request, scene.token(who))
                if why := wrong_with(rpc, bad, outcome):
                    wrong.append(f"{key}, {bad.key}: {why}")
        wrong += [f"{key}, {each}: not a change of this request" for each in valid if each not in tried]
    assert wrong == [], "\n".join(wrong)
    assert await scene.snapshot() == before


async def test_a_request_that_cannot_be_parsed_is_refused(scene: Scene) -> None:  # spec 11.1
    for key, rpc in ALL.items():
        who, _ = scene.good[key]
        for data in (b"\xff\xff\xff", b"\x0a\x02\xff\xfe"):
            outcome = await scene.team.call(rpc, data, scene.token(who))
            assert outcome.kind == Kind.INVALID_ARGUMENT or not is_unreadable(rpc, data), (key, outcome)


def is_unreadable(rpc: Rpc, data: bytes) -> bool:
    """Whether the bytes can't be parsed as a request. An unknown field may hold anything."""
    try:
        rpc.request().ParseFromString(data)
    except DecodeError:
        return True
    return False


async def test_data_of_another_desk_gets_the_same_answer_as_missing_data(scene: Scene) -> None:  # spec 10.2
    elsewhere = TestDesk(scene.desk.stack, f"{scene.desk.id}e")
    await elsewhere.make()
    before, differs = await scene.snapshot(), list[object]()
    for key, rpc in ALL.items():
        who, good = scene.good[key]
        if who != INSIDE and has_ids(good) and key not in OF_THE_CALLER:
            stranger = scene.team.person(elsewhere, who)
            hidden, missing = [await scene.team.call(rpc, asked, stranger) for asked in (good, with_unknown_ids(good))]
            if shown(hidden) != shown(missing) or (rpc.writes and not hidden.kind and key not in CHANGE_NOTHING):
                differs.append((key, hidden, missing))
    assert differs == []
    assert await scene.snapshot() == before


def shown(outcome: Outcome) -> tuple[object, ...]:
    """What a stranger can see of an outcome. Ids have one length, so a response's size shows whether it holds more data."""
    return (*outcome.refusal, len(outcome.answer.SerializeToString()) if outcome.answer else 0)


Step = tuple[str, str, dict[str, Any], str]
OUT_OF_STATE: dict[str, list[Step]] = {
    "waiting": [
        ("AnswerPushChat", "mia", {"answer": c.PUSH_ANSWER_ACCEPT}, "step_not_allowed"),
        ("LeaveSession", "mia", {}, "leave_not_offered"),
        ("CancelCallback", "mia", {}, "step_not_allowed"),
        ("PostMessage", "ava", {"text": "Hello"}, "not_in_session"),
        ("InviteEngineer", "ava", {"engineer_id": "sam"}, "not_in_session"),
        ("AskTransfer", "ava", {"engineer_id": "sam"}, "not_in_session"),
        ("AnswerTransfer", "ava", {"answer": c.TRANSFER_ANSWER_ACCEPT}, "transfer_over"),
        ("CompleteSession", "ava", {"none": c.NoTicket()}, "step_not_allowed"),
        ("AmendCloseRecord", "ava", {"note": "Done"}, "step_not_allowed"),
        ("GiveFeedback", "mia", {"solved": c.SOLVED_YES}, "step_not_allowed"),
    ],
    "handled": [
        ("JoinSession", "sam", {"mode": c.JOIN_MODE_TAKE}, "joined_first"),
        ("ConvertToCallback", "mia", {"wish": c.CallbackWish(phone="+442079460101")}, "step_not_allowed"),
        ("AnswerPushChat", "mia", {"answer": c.PUSH_ANSWER_DECLINE}, "step_not_allowed"),
        ("LeaveSession", "ava", {}, "last_engineer"),
        ("AskTransfer", "ava", {"engineer_id": "ava"}, "already_in_session"),
        ("AskTransfer", "sam", {"board_id": "projects"}, "not_in_session"),
        ("AnswerTransfer", "ava", {"answer": c.TRANSFER_ANSWER_WITHDRAW}, "transfer_over"),
        ("LeaveSession", "mia", {}, "leave_not_offered"),
        ("CompleteSession", "sam", {"own_ticket": c.OwnTicket()}, "not_in_session"),
        ("AmendCloseRecord", "ava", {"note": "Done"}, "step_not_allowed"),
        ("GiveFeedback", "mia", {"solved": c.SOLVED_YES}, "step_not_allowed"),
    ],
    "callback": [
        ("CancelCallback", "ava", {}, "wrong_side"),
        ("ConvertToCallback", "ava", {"wish": c.CallbackWish(phone="+442079460101")}, "wrong_side"),
        ("PostponeCallback", "mia", {"next_call_at": Timestamp(seconds=1_900_000_000)}, "wrong_side"),
        ("AnswerPushChat", "mia", {"answer": c.PUSH_ANSWER_WITHDRAW}, "step_not_allowed"),
        ("PostMessage", "mia", {"text": "Hello"}, "step_not_allowed"),
    ],
    "closed_callback": [
        ("CancelCallback", "mia", {}, "step_not_allowed"),
        ("PostponeCallback", "ava", {"next_call_at": Timestamp(seconds=1_900_000_000)}, "step_not_allowed"),
        ("JoinSession", "ava", {"mode": c.JOIN_MODE_ALSO}, "step_not_allowed"),
        ("ConvertToCallback", "mia", {"wish": c.CallbackWish(phone="+442079460101")}, "step_not_allowed"),
        ("AnswerPushChat", "mia", {"answer": c.PUSH_ANSWER_ACCEPT}, "step_not_allowed"),
        ("PostMessage", "mia", {"text": "Hello"}, "step_not_allowed"),
        ("InviteEngineer", "ava", {"engineer_id": "sam"}, "not_in_session"),
        ("CompleteSession", "ava", {"closing_note": c.ClosingNote(note="Done")}, "step_not_allowed"),
        ("AmendCloseRecord", "sam", {"note": "Done"}, "not_the_closer"),
        ("GiveFeedback", "mia", {"solved": c.SOLVED_YES}, "step_not_allowed"),
    ],
    "ended": [
        ("GiveFeedback", "ava", {"solved": c.SOLVED_YES}, "wrong_side"),
        ("PostMessage", "mia", {"text": "Hello"}, "step_not_allowed"),
    ],
}


@pytest.mark.parametrize("status", OUT_OF_STATE)
async def test_a_step_out_of_status_is_refused_and_changes_nothing(team: Team, desk: TestDesk, status: str) -> None:  # spec 3.3, 11.1
    scene = Scene(team, desk)
    session_id = await getattr(scene, status)()
    before = await scene.snapshot()
    for name, who, fields, code in OUT_OF_STATE[status]:
        rpc = RPCS[f"ChatService.{name}"]
        asked = rpc.request_of(session_id=session_id, command_id=f"out-{name}", **fields)
        for field in {"engineer_id", "board_id"} & fields.keys():
            setattr(asked, field, desk.id_of(fields[field]))
        outcome = await team.call(rpc, asked, scene.token(who))
        assert (outcome.kind in (Kind.FAILED_PRECONDITION, Kind.PERMISSION_DENIED), outcome.code) == (True, code), (name, outcome)
    assert await scene.snapshot() == before


async def test_a_closed_ticket_refuses_chats_and_status_changes_except_reopening(team: Team, desk: TestDesk) -> None:  # spec 2.5, 9.1
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
        outcome = await answered(partial(team.call, RPCS[name], asked, scene.token(who)), (Kind.UNAVAILABLE,))
        assert (outcome.kind, outcome.field) == (Kind.FAILED_PRECONDITION, field), (name, outcome)
    assert await scene.snapshot() == before
