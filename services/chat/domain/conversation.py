"""The rules of an active session: joining, leaving, inviting, writing (spec 3.3, 3.5, 3.9, 3.11, 4.3 to 4.9).

Each function returns the events that follow, or raises a ChatError. The status changes only by `status_changed`, which uses the table of
status.py.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from services.chat.domain.access import check_is, check_is_in, check_may_call_back, check_may_note, check_opened, engineer_of, may_join
from services.chat.domain.callbacks import change_wish, check_windows
from services.chat.domain.desk_settings import ChatSettings, CustomerLeave, JoinPolicy
from services.chat.domain.errors import JoinedFirst, NotAllowed, Refused, StepNotAllowed
from services.chat.domain.events import (
    CallbackAsked,
    CallbackWish,
    ChatEvent,
    EngineerInvited,
    MessagePosted,
    NoteWritten,
    Offer,
    OfferWithdrawn,
    ParticipantJoined,
    ParticipantLeft,
    PlaceChanged,
    StatusChanged,
    UnattendedChanged,
)
from services.chat.domain.files import File
from services.chat.domain.people import OFFLINE, Person, PresenceFact, Side, Viewer
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType, StatusStep, next_status

REACHABLE = frozenset({"online", "away"})


class JoinMode(StrEnum):
    TAKE = "take"
    ALSO = "also"


class PushAnswer(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


def status_changed(session: ChatSession, step: StatusStep) -> list[ChatEvent]:
    """The change of status by `step`, which withdraws an offer; raises StepNotAllowed."""
    after = next_status(session.type, session.status, step)
    return [*no_offer(session), StatusChanged(session.status, after, step)]


def no_offer(session: ChatSession) -> list[ChatEvent]:
    return [OfferWithdrawn()] if session.offer is not Offer.NONE else []


def join(session: ChatSession, by: Person, mode: JoinMode, policy: JoinPolicy) -> list[ChatEvent]:
    """The first to join takes a waiting session; a handled one is joined as the policy or an invitation allows. For a participant nothing
    changes."""
    if session.has(by.id) and session.status in (ChatStatus.WAITING, ChatStatus.HANDLED):
        return [UnattendedChanged(False)] if session.unattended else []
    winner = session.taken_by if session.taken_by and session.taken_by.id != by.id else None
    if session.status is ChatStatus.COMPLETED and mode is JoinMode.TAKE and winner:
        # A late click loses the race, however late it is.
        raise JoinedFirst(winner.id, winner.name, may_join=False)
    if session.status is not ChatStatus.HANDLED:
        return [ParticipantJoined(by), *status_changed(session, StatusStep.JOIN)]
    allowed = may_join(session, by, policy)
    if session.unattended:
        return [ParticipantJoined(by), UnattendedChanged(False)]
    if mode is JoinMode.TAKE and winner:
        raise JoinedFirst(winner.id, winner.name, allowed)
    if not allowed:
        raise NotAllowed("On this desk an engineer needs an invitation to join.", code="invitation_needed")
    return [ParticipantJoined(by)]


def answer_push(session: ChatSession, by: Person, answer: PushAnswer) -> list[ChatEvent]:
    """The customer accepts or declines; the sender withdraws (spec 2.9)."""
    step = StatusStep(answer)
    if session.type is not ChatType.PUSH:
        raise StepNotAllowed("Only a push chat is answered.", status=session.status, step=step)
    next_status(session.type, session.status, step)
    asked = session.creator if answer is PushAnswer.WITHDRAW else session.customer
    check_is(by, asked, f"{answer} this chat")
    came: list[ChatEvent] = [ParticipantJoined(by)] if answer is PushAnswer.ACCEPT else []
    return [*came, *status_changed(session, step)]


def ask_callback(session: ChatSession, by: Person, wish: CallbackWish, settings: ChatSettings, at: datetime) -> list[ChatEvent]:
    """The waiting customer asks to be called back, or changes an open call-back (spec 3.3, 4.10, 4.14); `wish` was checked."""
    if session.status is ChatStatus.CALLBACK:
        return change_wish(session, by, wish, at)
    check_may_call_back(settings, session.company_id, by.id)
    check_windows(wish, at)
    next_status(session.type, session.status, StatusStep.CALL_BACK)
    check_opened(session, by)
    return [CallbackAsked(wish), *status_changed(session, StatusStep.CALL_BACK)]


def leave(session: ChatSession, by: Person, leaving: CustomerLeave, presence: Mapping[str, PresenceFact]) -> list[ChatEvent]:
    """`presence` now, of `engineers_who_must_stay`. Someone who has left already changes nothing."""
    if not session.has(by.id):
        return []
    left: list[ChatEvent] = [ParticipantLeft(by)]
    if not session.active:
        return left
    if by.side is Side.CUSTOMER:
        return _customer_leaves(session, left, leaving)
    if session.status is ChatStatus.WAITING:
        return [*left, *status_changed(session, StatusStep.WITHDRAW)]
    if not any(presence.get(id, OFFLINE).state in REACHABLE for id in engineers_who_must_stay(session, by)):
        raise Refused("Nobody else is there for the customer; end the session or invite someone.", code="last_engineer")
    return left


def engineers_who_must_stay(session: ChatSession, by: Person) -> set[str]:
    """The other engineers: one of them must be reachable when an engineer leaves a live chat (spec 4.9)."""
    asks = by.side is Side.ENGINEER and session.status is ChatStatus.HANDLED
    return {person.id for person in session.engineers if person.id != by.id} if asks else set()


def _customer_leaves(session: ChatSession, left: list[ChatEvent], leaving: CustomerLeave) -> list[ChatEvent]:
    """A customer may leave when it was offered, or always if the desk says so (spec 4.4)."""
    if session.offer is Offer.NONE and leaving is CustomerLeave.WHEN_OFFERED:
        raise Refused("An engineer ends this chat.", code="leave_not_offered")
    if session.status is ChatStatus.WAITING:
        return [*left, *status_changed(session, StatusStep.ABANDON)]
    return [*left, *no_offer(session)]


def access_ended(session: ChatSession, may_see: Callable[[str, str, str, str], bool]) -> list[ChatEvent]:
    """Takes out of an active session the engineers who may not see it any more. If none is left the session is unattended at once
    (spec 3.12), and an unanswered push chat is withdrawn. `may_see` takes desk, engineer, company and board."""
    return _without_access(session, session.company_id, session.board_id, may_see) if session.active else []


def relocated(session: ChatSession, events: list[ChatEvent], may_see: Callable[[str, str, str, str], bool]) -> list[ChatEvent]:
    """The events of a changed location, and the leaving of engineers who may not see it there."""
    location = next((event for event in events if isinstance(event, PlaceChanged)), None)
    if location is None or not session.active:
        return events
    return [*events, *_without_access(session, location.company_id, location.board_id, may_see)]


def _without_access(session: ChatSession, company_id: str, board_id: str, may_see: Callable[[str, str, str, str], bool]) -> list[ChatEvent]:
    gone = [person for person in session.engineers if not may_see(session.desk_id, person.id, company_id, board_id)]
    left: list[ChatEvent] = [ParticipantLeft(person) for person in gone]
    if not gone or len(gone) < len(session.engineers):
        return left
    if session.status is ChatStatus.WAITING:
        return [*left, *status_changed(session, StatusStep.WITHDRAW)]
    return left if session.unattended else [*left, UnattendedChanged(True)]


def invite(session: ChatSession, by: Person, engineer: Person, presence: PresenceFact) -> list[ChatEvent]:
    """A participant invites an engineer who may see the session and is online or away (spec 3.9)."""
    check_is_in(session, by)
    if session.status is not ChatStatus.HANDLED:
        raise StepNotAllowed(f"Nobody can be invited to a session that is {session.status}.", status=session.status, step="invite")
    if session.has(engineer.id):
        raise Refused(f"{engineer.name} is in it already.", code="already_in_session", field="engineer_id")
    if presence.state not in REACHABLE:
        raise Refused(f"{engineer.name} is {presence.state}.", code="not_reachable", field="engineer_id", presence=presence.state)
    return [] if any(person.id == engineer.id for person in session.invited) else [EngineerInvited(engineer)]


def came_back(session: ChatSession, person_id: str) -> list[ChatEvent]:
    """An engineer of an unattended session is back (spec 3.12)."""
    there = any(person.id == person_id for person in session.engineers)
    return [UnattendedChanged(False)] if session.unattended and there else []


def check_may_post(session: ChatSession, by: Person) -> None:
    """A participant of an active session may write."""
    if not session.active:
        raise StepNotAllowed(f"A session that is {session.status} takes no messages.", status=session.status, step="post")
    check_is_in(session, by)


def post(session: ChatSession, by: Person, message_id: str, text: str, files: tuple[File, ...] = ()) -> list[ChatEvent]:
    """`text` was checked. A message withdraws the offer of a quiet chat (spec 4.7), and an engineer's message ends the unattended time
    (spec 3.12)."""
    check_may_post(session, by)
    written: list[ChatEvent] = [MessagePosted(message_id, text, files)]
    if session.offer is Offer.NO_ACTIVITY:
        written.append(OfferWithdrawn())
    if session.unattended and by.side is Side.ENGINEER:
        written.append(UnattendedChanged(False))
    return written


def write_note(session: ChatSession, viewer: Viewer, note_id: str, text: str) -> list[ChatEvent]:
    """`text` was checked. The engineers in an active session may write notes, and supervisors and admins who are not in it. A note is no
    answer to the customer: an offer and the unattended time stay (spec 13.3)."""
    engineer_of(viewer)
    if not session.active:
        raise StepNotAllowed(f"A session that is {session.status} takes no notes.", status=session.status, step="note")
    check_may_note(session, viewer)
    return [NoteWritten(note_id, text)]
