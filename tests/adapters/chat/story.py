"""Builds sealed entries of sessions without the rules of the domain."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.chat.domain import events as ev
from services.chat.domain.chain import seal
from services.chat.domain.events import Entry
from services.chat.domain.people import Contact, Person, Side
from services.chat.domain.session import ChatSession, apply
from services.chat.domain.status import ChatStatus, ChatType, StatusStep

DESK = "harbour"
MIA = Person("mia", "Mia Torres", Side.CUSTOMER)
AVA = Person("ava", "Ava Chen", Side.ENGINEER)
SAM = Person("sam", "Sam Okafor", Side.ENGINEER)
NINE = datetime(2026, 3, 2, 9, 0, 0, 123000, tzinfo=UTC)


def entry(
    session_id: str,
    revision: int,
    *events: ev.ChatEvent,
    by: Person = MIA,
    command_id: str = "",
    kind: str = "post_message",
    desk_id: str = DESK,
    at: datetime | None = None,
) -> Entry:
    """Returns an entry sealed with a random salt, so that no two entries are equal."""
    at = at or NINE + timedelta(seconds=revision)
    plain = Entry(desk_id, session_id, revision, by, command_id or f"command-{revision}", kind, f"print-{revision}", at, events)
    return seal(plain, "", os.urandom(16).hex())


def opening(session_id: str, *, type: ChatType = ChatType.REQUEST, ticket_id: str = "", at: datetime = NINE, desk_id: str = DESK) -> Entry:
    opened = ev.SessionOpened(
        type=type,
        status=ChatStatus.WAITING,
        title="Printer is on fire",
        customer=MIA,
        company_id="acme",
        company_name="Acme Ltd",
        board_id="service-desk",
        ticket_id=ticket_id,
        ticket_number=7 if ticket_id else 0,
        contact=Contact("+442079460101", "mia@acme.example"),
    )
    by = MIA if type is ChatType.REQUEST else AVA
    return entry(session_id, 1, opened, ev.ParticipantJoined(by), by=by, kind="request_chat", at=at, desk_id=desk_id)


def message(session_id: str, revision: int, text: str = "hello", by: Person = MIA) -> Entry:
    return entry(session_id, revision, ev.MessagePosted(f"command-{revision}", text), by=by)


def taking(session_id: str, revision: int, by: Person = AVA) -> Entry:
    moved = ev.StatusChanged(ChatStatus.WAITING, ChatStatus.HANDLED, StatusStep.JOIN)
    return entry(session_id, revision, ev.ParticipantJoined(by), moved, by=by, kind="join_session")


def completing(session_id: str, revision: int, wish: ev.TicketWish | None = None) -> Entry:
    moved = ev.StatusChanged(ChatStatus.HANDLED, ChatStatus.COMPLETED, StatusStep.COMPLETE)
    wished = (ev.TicketWished(wish),) if wish else ()
    return entry(session_id, revision, moved, ev.SessionCompleted(), *wished, by=AVA, kind="complete_session")


def state(entries: Sequence[Entry]) -> ChatSession:
    session = apply(None, entries[0])
    for entry in entries[1:]:
        session = apply(session, entry)
    return session
