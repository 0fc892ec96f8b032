"""The service and the browser apply entries in the same way: both run tests/cases/session/*.json."""

import json
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict

from parley.chat.v1 import chat_pb2 as pb
from servicekit.moments import from_proto
from services.chat.domain import events as ev
from services.chat.domain import transfer as tr
from services.chat.domain.events import Entry
from services.chat.domain.people import Contact, Person, Side
from services.chat.domain.session import ChatSession, apply
from services.chat.domain.status import ChatStatus, ChatType, StatusStep
from tests.unit.chat.stories import FOLDER, STORIES, Story, card_of, case_of, file_of

FILES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_entries_produce_the_state_of_the_case(file: Path) -> None:  # spec 3.7
    case = json.loads(file.read_text())
    session = _session_of(case)
    assert _missing(case["after"], card_of(session)) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_entry_that_is_not_the_next_is_refused(file: Path) -> None:  # spec 3.7
    case = json.loads(file.read_text())
    session = _session_of(case)
    with pytest.raises(ValueError, match="is next"):
        apply(session, _entry(case["entries"][-1]))
    with pytest.raises(ValueError, match="is next"):
        apply(None, _entry({**case["entries"][0], "revision": 2}))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_story_files_match_what_the_handlers_make(story: Story) -> None:
    assert json.loads(file_of(story).read_text()) == case_of(story), "run: python -m tests.unit.chat.stories"


def _missing(expected: Any, found: Any, where: str = "after") -> list[str]:
    """Returns the fields of the case that differ in the card. A case may leave fields out."""
    if isinstance(expected, dict):
        return [line for name, value in expected.items() for line in _missing(value, (found or {}).get(name), f"{where}.{name}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [line for number, pair in enumerate(zip(expected, found, strict=True)) for line in _missing(*pair, f"{where}[{number}]")]
    nothing = not expected or str(expected).endswith("_UNSPECIFIED")
    return [] if expected == found or (nothing and not found) else [f"{where}: {expected!r}, not {found!r}"]


def _session_of(case: dict[str, Any]) -> ChatSession:
    none: ChatSession | None = None
    session = reduce(apply, (_entry(entry) for entry in case["entries"]), none)
    assert session is not None
    return session


# Only tests read events from the proto. The service reads them from the store.
def _entry(raw: dict[str, Any]) -> Entry:
    entry = ParseDict(raw, pb.SessionEntry())
    at = from_proto(entry.at)
    events = tuple(_event(event) for event in entry.events)
    return Entry("harbour", entry.session_id, entry.revision, _person(entry.by), entry.command_id, "", "", at, events, hash=entry.hash)


def _word(number: int, numbers: Any, prefix: str) -> str:
    return str(numbers.Name(number)).removeprefix(f"{prefix}_").lower().replace("unspecified", "")


def _person(person: pb.Person) -> Person:
    return Person(person.id, person.name, Side(_word(person.side, pb.Side, "SIDE")))


def _status(number: int) -> ChatStatus:
    return ChatStatus(_word(number, pb.ChatStatus, "CHAT_STATUS"))


def _event(event: pb.SessionEvent) -> ev.ChatEvent:
    kind = event.WhichOneof("event")
    payload = getattr(event, str(kind))
    match kind:
        case "session_opened":
            return _opened(payload)
        case "message_posted":
            return ev.MessagePosted(payload.message_id, payload.text)
        case "note_written":
            return ev.NoteWritten(payload.note_id, payload.text)
        case "participant_joined":
            return ev.ParticipantJoined(_person(payload.person))
        case "participant_left":
            return ev.ParticipantLeft(_person(payload.person))
        case "status_changed":
            step = StatusStep(_word(payload.step, pb.Step, "STEP"))
            return ev.StatusChanged(_status(getattr(payload, "from")), _status(payload.to), step)
        case "engineer_invited":
            return ev.EngineerInvited(_person(payload.engineer))
        case "callback_asked":
            next_call_at = from_proto(payload.next_call_at) if payload.HasField("next_call_at") else None
            return ev.CallbackAsked(_wish(payload.wish), next_call_at, payload.due)
        case "offer_raised":
            opens_at = from_proto(payload.opens_at) if payload.HasField("opens_at") else None
            return ev.OfferRaised(ev.Offer(_word(payload.offer, pb.Offer, "OFFER")), opens_at)
        case "unattended_changed":
            return ev.UnattendedChanged(payload.unattended)
        case "ticket_wished" if payload.HasField("create"):
            return ev.TicketWished(ev.NewTicket(payload.create.board_id, payload.create.summary, payload.create.priority))
        case "ticket_wished":
            return ev.TicketWished(ev.ExistingTicket(payload.attach.ticket_id))
        case "ticket_linked":
            return ev.TicketLinked(payload.ticket_id, payload.ticket_number)
        case "place_changed":
            return ev.PlaceChanged(payload.board_id, payload.company_id, payload.company_name, payload.ticket_revision)
        case "person_erased":
            texts = (payload.title, payload.closing_note, payload.callback_note, payload.comment, payload.ticket_summary)
            return ev.PersonErased(payload.person_id, *texts)
        case "close_noted":
            return ev.CloseNoted(payload.note)
        case "feedback_given":
            return ev.FeedbackGiven(ev.Solved(_word(payload.solved, pb.Solved, "SOLVED")))
        case "feedback_commented":
            return ev.FeedbackCommented(payload.comment)
        case "transfer_asked":
            asked = tuple(map(_person, payload.engineers))
            return tr.TransferAsked(asked, from_proto(payload.expires_at), payload.board_id, payload.board_name)
        case "transfer_accepted":
            return tr.TransferAccepted(_person(payload.asked_by), _person(payload.engineer))
        case "transfer_declined":
            return tr.TransferDeclined(_person(payload.engineer))
        case _:
            return EMPTY[str(kind)]


EMPTY: dict[str, ev.ChatEvent] = {
    "offer_withdrawn": ev.OfferWithdrawn(),
    "session_completed": ev.SessionCompleted(),
    "session_voided": ev.SessionVoided(),
    "ticket_asked_again": ev.TicketAskedAgain(),
    "became_older": ev.BecameOlder(),
    "transfer_expired": tr.TransferExpired(),
    "transfer_withdrawn": tr.TransferWithdrawn(),
}


def _opened(payload: pb.SessionOpened) -> ev.SessionOpened:
    return ev.SessionOpened(
        ChatType(_word(payload.type, pb.ChatType, "CHAT_TYPE")),
        _status(payload.status),
        payload.title,
        _person(payload.customer),
        payload.company_id,
        payload.company_name,
        payload.board_id,
        payload.ticket_id,
        payload.ticket_number,
        Contact(payload.contact.phone, payload.contact.email),
    )


def _wish(wish: pb.CallbackWish) -> ev.CallbackWish:
    windows = tuple(ev.TimeWindow(from_proto(getattr(window, "from")), from_proto(window.until)) for window in wish.windows)
    return ev.CallbackWish(wish.phone, wish.by_chat, wish.note, windows, wish.extension, wish.unconfirmed)
