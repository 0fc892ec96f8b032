"""The state of a session.

Only `apply` changes the state, here and (with the same test cases) in web/wire/session_state.ts.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.chat.domain import events as ev
from services.chat.domain import transfer as tr
from services.chat.domain.callback_tries import CallbackTry, last_try
from services.chat.domain.erasing import without_person
from services.chat.domain.events import Entry
from services.chat.domain.people import NO_CONTACT, Contact, Person, Side
from services.chat.domain.status import ACTIVE, FOLLOWED_UP, ChatStatus, ChatType, StatusStep


class TicketLink(StrEnum):
    """The state of a completed session's wish for a ticket."""

    NONE = ""
    PENDING = "pending"
    ATTACHED = "attached"


@dataclass(frozen=True, slots=True)
class CloseRecord:
    """The closer of a session and their note (spec 4.12)."""

    by: Person
    note: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Feedback:
    """Whether the chat solved the customer's request, and their comment (spec 4.15)."""

    solved: ev.Solved
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who invited an engineer, and when."""

    engineer: Person
    by: Person
    at: datetime


@dataclass(frozen=True)
class ChatSession:
    """Everything about a session but its messages. `statuses` are (status, since when), oldest first, the present one last.
    `opens_at`: the next opening, if the present offer names it. `attended_at`: when an engineer last ended an unattended time.
    `callback_at`: when the call-back was last asked for or changed, or is to be called next. `ticket_revision`: the ticket's revision that
    the session's board and company come from. `older`: it was abandoned or a call-back for so long that no live list has it; remains true
    when it is closed. A call-back that is changed or called is not older any more."""

    id: str
    desk_id: str
    revision: int
    type: ChatType
    status: ChatStatus
    title: str
    customer: Person
    company_id: str
    company_name: str
    board_id: str
    creator: Person
    opened_at: datetime
    modified_at: datetime
    statuses: tuple[tuple[ChatStatus, datetime], ...]
    hash: str
    ticket_id: str = ""
    ticket_number: int = 0
    ticket_revision: int = 0
    on_ticket: bool = False
    contact: Contact = NO_CONTACT
    participants: tuple[Person, ...] = ()
    invited: tuple[Person, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    transfer: tr.Transfer | None = None
    waiting_since: datetime | None = None
    handled_at: datetime | None = None
    closed_at: datetime | None = None
    last_message_at: datetime | None = None
    taken_by: Person | None = None
    unattended: bool = False
    attended_at: datetime | None = None
    offer: ev.Offer = ev.Offer.NONE
    offer_at: datetime | None = None
    opens_at: datetime | None = None
    callback: ev.CallbackWish | None = None
    callback_tried: CallbackTry | None = None
    callback_at: datetime | None = None
    close_record: CloseRecord | None = None
    feedback: Feedback | None = None
    wish: ev.TicketWish | None = None
    wish_asked_at: datetime | None = None
    ticket_link: TicketLink = TicketLink.NONE
    voided: bool = False
    older: bool = False

    @property
    def past_statuses(self) -> tuple[ChatStatus, ...]:
        return tuple(status for status, _ in self.statuses[:-1])

    @property
    def active(self) -> bool:
        """Spec 2.3: waiting or handled."""
        return self.status in ACTIVE and not self.voided

    @property
    def ended(self) -> bool:
        """Whether the conversation is over: completed, or abandoned before anybody joined."""
        return self.status in (ChatStatus.COMPLETED, ChatStatus.ABANDONED) and not self.voided

    @property
    def to_follow_up(self) -> bool:
        """Whether it waits for an engineer to close it: abandoned or a call-back."""
        return self.status in FOLLOWED_UP and not self.voided

    @property
    def live(self) -> bool:
        """Whether pages list it from their start: not completed, or somebody is still in it, and not older."""
        return not self.voided and not self.older and (self.status is not ChatStatus.COMPLETED or bool(self.participants))

    @property
    def engineers(self) -> tuple[Person, ...]:
        return tuple(person for person in self.participants if person.side is Side.ENGINEER)

    @property
    def holds_claim(self) -> bool:
        """Whether this is its customer's one active chat (spec 2.3). A customer who left a quiet chat may open a new one (spec 4.7)."""
        return self.type is ChatType.REQUEST and self.active and self.has(self.customer.id)

    def has(self, person_id: str) -> bool:
        return any(person.id == person_id for person in self.participants)


def apply(session: ChatSession | None, entry: Entry) -> ChatSession:
    """The session after `entry`; raises ValueError unless it is the next entry."""
    expected = 1 if session is None else session.revision + 1
    if entry.revision != expected:
        raise ValueError(f"entry {entry.revision} of {entry.session_id} where {expected} is next")
    session = _opened(entry) if session is None else session
    for event in entry.events:
        session = _apply_event(session, event, entry)
    return _with(session, revision=entry.revision, modified_at=entry.at, hash=entry.hash)


# dataclasses.replace takes 9 us for a class of this size, and each message needs two; this takes one.
def _with(session: ChatSession, **changes: Any) -> ChatSession:
    changed = object.__new__(ChatSession)
    changed.__dict__.update(session.__dict__, **changes)
    return changed


def _opened(entry: Entry) -> ChatSession:
    first = entry.events[0]
    if not isinstance(first, ev.SessionOpened):
        # A void: another opening took this session's first revision before it began (ARCHITECTURE.md, Claims).
        first = ev.SessionOpened(ChatType.REQUEST, ChatStatus.ABANDONED, "", entry.by, "", "", "")
    waiting = first.status is ChatStatus.WAITING
    return ChatSession(
        id=entry.session_id,
        desk_id=entry.desk_id,
        revision=0,
        creator=entry.by,
        opened_at=entry.at,
        modified_at=entry.at,
        statuses=((first.status, entry.at),),
        hash="",
        on_ticket=bool(first.ticket_id),
        waiting_since=entry.at if waiting else None,
        closed_at=None if waiting else entry.at,
        **{field.name: getattr(first, field.name) for field in fields(first)},
    )


def _apply_event(session: ChatSession, event: ev.ChatEvent, entry: Entry) -> ChatSession:
    match event:
        case ev.SessionOpened() | ev.NoteWritten():
            return session
        case ev.SessionVoided():
            return _with(session, voided=True, closed_at=entry.at)
        case ev.MessagePosted():
            return _with(session, last_message_at=entry.at)
        case ev.ParticipantJoined(person):
            return _joined(session, person)
        case ev.ParticipantLeft(person):
            participants = _without(session.participants, person)
            return _with(session, participants=participants, transfer=tr.after_leaving(session.transfer, person))
        case ev.StatusChanged():
            return _moved(session, event, entry)
        case ev.EngineerInvited(engineer):
            return _invited(session, Invitation(engineer, entry.by, entry.at))
        case ev.CallbackAsked(wish):
            tried = last_try(session.callback_tried, event, entry)
            return _with(session, callback=wish, callback_tried=tried, callback_at=event.next_call_at or entry.at, older=False)
        case ev.OfferRaised(offer, opens_at):
            return _with(session, offer=offer, offer_at=entry.at, opens_at=opens_at)
        case ev.OfferWithdrawn():
            return _with(session, offer=ev.Offer.NONE, offer_at=None, opens_at=None)
        case ev.UnattendedChanged(unattended):
            return _attended(session, unattended, entry)
        case ev.SessionCompleted():
            over = {"invited": (), "invitations": (), "transfer": None}
            return _with(session, closed_at=entry.at, **over, close_record=CloseRecord(entry.by, "", entry.at))
        case ev.CloseNoted(note):
            return _with(session, close_record=CloseRecord(entry.by, note, entry.at))
        case ev.TicketWished(wish):
            return _with(session, wish=wish, wish_asked_at=entry.at, ticket_link=TicketLink.PENDING)
        case ev.TicketAskedAgain():
            return _with(session, wish_asked_at=entry.at)
        case ev.TicketLinked(ticket_id, ticket_number):
            return _with(session, ticket_id=ticket_id, ticket_number=ticket_number, ticket_link=TicketLink.ATTACHED)
        case ev.PlaceChanged(board_id, company_id, company_name, ticket_revision):
            location = {"board_id": board_id, "company_id": company_id, "company_name": company_name}
            return _with(session, **location, ticket_revision=ticket_revision)
        case ev.BecameOlder():
            return _with(session, older=True)
        case ev.FeedbackGiven(solved):
            return _with(session, feedback=Feedback(solved, "", entry.at))
        case ev.FeedbackCommented(comment):
            return _with(session, feedback=replace(session.feedback, comment=comment) if session.feedback else None)
        case ev.PersonErased():
            return _with(session, **without_person(session, event))
        case tr.TransferAsked() | tr.TransferAccepted() | tr.TransferDeclined() | tr.TransferExpired() | tr.TransferWithdrawn():
            return _with(session, **tr.changed(session, event, entry))


def _invited(session: ChatSession, invitation: Invitation) -> ChatSession:
    engineer = invitation.engineer
    return _with(
        session,
        invited=(*_without(session.invited, engineer), engineer),
        invitations=(*_not_of(session.invitations, engineer), invitation),
    )


def _not_of(invitations: tuple[Invitation, ...], person: Person) -> tuple[Invitation, ...]:
    return tuple(invitation for invitation in invitations if invitation.engineer.id != person.id)


def _joined(session: ChatSession, person: Person) -> ChatSession:
    return _with(
        session,
        participants=(*_without(session.participants, person), person),
        invited=_without(session.invited, person),
        invitations=_not_of(session.invitations, person),
        transfer=tr.without_asked(session.transfer, person),
    )


def _moved(session: ChatSession, event: ev.StatusChanged, entry: Entry) -> ChatSession:
    session = _with(session, status=event.after, statuses=(*session.statuses, (event.after, entry.at)))
    if event.after is ChatStatus.HANDLED:
        taken_by = entry.by if event.step is StatusStep.JOIN else session.creator
        return _with(session, handled_at=session.handled_at or entry.at, taken_by=session.taken_by or taken_by)
    return _with(session, closed_at=entry.at)


def _attended(session: ChatSession, unattended: bool, entry: Entry) -> ChatSession:
    if unattended:
        return _with(session, unattended=True, waiting_since=entry.at)
    # An engineer who ends it takes the session anew: the loser of the race gets that name (spec 3.5).
    taken_by = entry.by if entry.by.side is Side.ENGINEER else session.taken_by
    return _with(session, unattended=False, attended_at=entry.at, taken_by=taken_by)


def _without(people: tuple[Person, ...], gone: Person) -> tuple[Person, ...]:
    return tuple(person for person in people if person.id != gone.id)
