"""The events of a session, and the entries that hold them. Only this package builds events; only `apply` (session.py) applies them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.chat.domain.files import File
from services.chat.domain.people import NO_CONTACT, Contact, Person
from services.chat.domain.status import ChatStatus, ChatType, StatusStep
from services.chat.domain.transfer import TransferEvent

# A field that older entries lack: at its default it is left out of the hash chain, so that older hashes still hold.
ADDED_LATER = {"added_later": True}
# The same for one of several fields of the same type: the hash chain has its name too, so that it shows which of them is set.
NAMED_LATER = {"added_later": True, "named": True}


class Offer(StrEnum):
    """A message in the chat window that lets the customer do something (spec 4.5 to 4.7)."""

    NONE = ""
    NOBODY_THERE = "nobody_there"
    OUTSIDE_HOURS = "outside_hours"
    NO_ACTIVITY = "no_activity"


class Solved(StrEnum):
    """The customer's answer after the end (spec 4.15)."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class TimeWindow:
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class CallbackWish:
    """How and when a customer wishes to be called back (spec 4.10). `phone` is E.164, empty with `by_chat`; no windows = any time.
    `unconfirmed`: the number is in no range that is known to be in use."""

    phone: str = ""
    by_chat: bool = False
    note: str = ""
    windows: tuple[TimeWindow, ...] = ()
    extension: str = field(default="", metadata=ADDED_LATER)
    unconfirmed: bool = field(default=False, metadata=ADDED_LATER)


@dataclass(frozen=True, slots=True)
class NewTicket:
    board_id: str
    summary: str
    priority: str


@dataclass(frozen=True, slots=True)
class ExistingTicket:
    ticket_id: str


TicketWish = NewTicket | ExistingTicket


@dataclass(frozen=True, slots=True)
class SessionOpened:
    type: ChatType
    status: ChatStatus
    title: str
    customer: Person
    company_id: str
    company_name: str
    board_id: str
    ticket_id: str = ""
    ticket_number: int = 0
    contact: Contact = NO_CONTACT


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """The text is empty only with files."""

    message_id: str
    text: str
    files: tuple[File, ...] = field(default=(), metadata=ADDED_LATER)


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """An engineer's internal note: no customer sees it, and it is no answer to the customer (spec 13.3)."""

    note_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ParticipantJoined:
    person: Person


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    person: Person


@dataclass(frozen=True, slots=True)
class StatusChanged:
    before: ChatStatus
    after: ChatStatus
    step: StatusStep


@dataclass(frozen=True, slots=True)
class EngineerInvited:
    engineer: Person


@dataclass(frozen=True, slots=True)
class CallbackAsked:
    """The customer asked to be called back, or changed the wish. With `next_call_at` or `due` the wish is as it was: an engineer called,
    nobody answered, and the next call is at `next_call_at`; or that time has come (`due`). They are fields and no events of their own,
    because a replica of the version before reads past a field, and cannot load a session that has an event that it does not know."""

    wish: CallbackWish
    next_call_at: datetime | None = field(default=None, metadata=NAMED_LATER)
    due: bool = field(default=False, metadata=NAMED_LATER)


@dataclass(frozen=True, slots=True)
class OfferRaised:
    offer: Offer
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    pass


@dataclass(frozen=True, slots=True)
class UnattendedChanged:
    unattended: bool


@dataclass(frozen=True, slots=True)
class SessionCompleted:
    pass


@dataclass(frozen=True, slots=True)
class TicketWished:
    wish: TicketWish


@dataclass(frozen=True, slots=True)
class TicketLinked:
    ticket_id: str
    ticket_number: int


@dataclass(frozen=True, slots=True)
class PlaceChanged:
    """The session has its ticket's board and company now, as of that ticket's revision; or the board of an accepted transfer."""

    board_id: str
    company_id: str
    company_name: str
    ticket_revision: int


@dataclass(frozen=True, slots=True)
class CloseNoted:
    note: str


@dataclass(frozen=True, slots=True)
class SessionVoided:
    pass


@dataclass(frozen=True, slots=True)
class TicketAskedAgain:
    pass


@dataclass(frozen=True, slots=True)
class BecameOlder:
    """Nobody has closed the abandoned or call-back session for a time: lists show it page by page from now on."""


@dataclass(frozen=True, slots=True)
class FeedbackGiven:
    solved: Solved


@dataclass(frozen=True, slots=True)
class FeedbackCommented:
    comment: str


@dataclass(frozen=True, slots=True)
class PersonErased:
    """A person's name, contact and texts are removed from the session, and from its earlier entries (spec 10.6). The other fields are texts
    of others as they are without the person's name; empty where a text did not name the person."""

    person_id: str
    title: str = field(default="", metadata=NAMED_LATER)
    closing_note: str = field(default="", metadata=NAMED_LATER)
    callback_note: str = field(default="", metadata=NAMED_LATER)
    comment: str = field(default="", metadata=NAMED_LATER)
    ticket_summary: str = field(default="", metadata=NAMED_LATER)


ChatEvent = (
    SessionOpened
    | MessagePosted
    | ParticipantJoined
    | ParticipantLeft
    | StatusChanged
    | EngineerInvited
    | CallbackAsked
    | OfferRaised
    | OfferWithdrawn
    | UnattendedChanged
    | SessionCompleted
    | TicketWished
    | TicketLinked
    | CloseNoted
    | SessionVoided
    | TicketAskedAgain
    | PlaceChanged
    | BecameOlder
    | FeedbackGiven
    | FeedbackCommented
    | PersonErased
    | NoteWritten
    | TransferEvent
)


@dataclass(frozen=True)
class Entry:
    """One accepted command of a session: its number (from 1, gapless), sender, kind and events. The log holds one document each.

    `fingerprint` is a digest of the command's arguments: the same command id with another one is a reuse. `at` has whole
    milliseconds, as the store does. `salt` (hex) and `hash` (hex SHA-256) belong to the chain (chain.py). `commitment` (hex SHA-256) is
    empty until a person is erased from the entry; then it replaces the salt and what was erased.
    `traceparent` (W3C, may be empty) links the entry's records to the request.
    """

    desk_id: str
    session_id: str
    revision: int
    by: Person
    command_id: str
    kind: str
    fingerprint: str
    at: datetime
    events: tuple[ChatEvent, ...]
    salt: str = ""
    hash: str = ""
    traceparent: str = ""
    commitment: str = ""
