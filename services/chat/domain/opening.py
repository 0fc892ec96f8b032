"""How a session begins (spec 2): whether it may, and the first entry's events."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from servicekit.text import cut, one_line
from services.chat.domain import hours
from services.chat.domain.access import check_may_call_back, check_may_chat
from services.chat.domain.callbacks import check_windows
from services.chat.domain.desk_settings import ChatSettings, HoursMode
from services.chat.domain.errors import Refused
from services.chat.domain.events import (
    CallbackAsked,
    CallbackWish,
    ChatEvent,
    MessagePosted,
    Offer,
    OfferRaised,
    ParticipantJoined,
    SessionOpened,
)
from services.chat.domain.people import Contact, Person, PresenceFact
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType

MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A ticket as the service tickets has it now."""

    id: str
    number: int
    customer_id: str
    company_id: str
    board_id: str
    closed: bool
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """The one active chat of a customer, pre-ticket (`ticket_id` empty) or on a ticket (spec 2.3)."""

    desk_id: str
    customer_id: str
    ticket_id: str = ""


def claim_of(session: ChatSession) -> Claim:
    """The claim that the session holds while it is its customer's one active chat (spec 2.3)."""
    return Claim(session.desk_id, session.customer.id, session.ticket_id if session.on_ticket else "")


@dataclass(frozen=True, slots=True)
class ChatContext:
    """The customer, company, board and ticket of a session that may begin; the ticket is empty for a pre-ticket chat. `disabled`: the
    customer may not sign in any more."""

    customer: Person
    company_id: str
    company_name: str
    board_id: str
    contact: Contact
    ticket_id: str = ""
    ticket_number: int = 0
    ticket_closed: bool = False
    disabled: bool = False
    company_archived: bool = False
    board_archived: bool = False


def session_id_of(desk_id: str, person_id: str, command_id: str, attempt: int) -> str:
    """24 hex digits, the same for a repeated opening. `attempt` increases when the session was voided before it began."""
    parts = (desk_id, person_id, command_id, str(attempt))
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()[:24]


def request_chat(context: ChatContext, text: str, command_id: str, settings: ChatSettings, at: datetime) -> list[ChatEvent]:
    """Raises NotAllowed or Refused. `text` was checked."""
    _check_may_begin(context)
    check_may_chat(settings, context)
    is_open = hours.is_open(settings.hours, at)
    opens_at = None if is_open else hours.next_change(settings.hours, at)
    if not is_open and settings.hours_mode is HoursMode.REFUSE:
        raise Refused("Support is closed now.", code="outside_hours", opens_at=opens_at.isoformat() if opens_at else "")
    began = _began(context, context.customer, ChatType.REQUEST, ChatStatus.WAITING, _title(context, text))
    began.append(MessagePosted(command_id, text))
    if not is_open:
        began.append(OfferRaised(Offer.OUTSIDE_HOURS, opens_at))
    return began


def open_callback(
    context: ChatContext, text: str, command_id: str, wish: CallbackWish, settings: ChatSettings, at: datetime
) -> list[ChatEvent]:
    """Raises Refused, NotAllowed, or BadArgument for a time in the past. Office hours do not matter. Text and wish were checked."""
    _check_may_begin(context)
    check_may_call_back(settings, context.company_id, context.customer.id)
    check_windows(wish, at)
    began = _began(context, context.customer, ChatType.REQUEST, ChatStatus.CALLBACK, _title(context, text))
    if text:
        began.append(MessagePosted(command_id, text))
    return [*began, CallbackAsked(wish)]


def push_chat(
    context: ChatContext, by: Person, text: str, command_id: str, settings: ChatSettings, presence: PresenceFact
) -> list[ChatEvent]:
    """From a ticket to its customer, who must be online (spec 2.9) and may chat (spec 2.8). `text` may be empty."""
    _check_may_begin(context)
    check_may_chat(settings, context)
    if presence.state != "online":
        raise Refused(f"{context.customer.name} is not online.", code="customer_not_online", field="ticket_id")
    title = push_title(by.name, context.customer.name, context.ticket_number)
    began = _began(context, by, ChatType.PUSH, ChatStatus.WAITING, title)
    return [*began, MessagePosted(command_id, text)] if text else began


def _check_may_begin(context: ChatContext) -> None:
    """The ticket is open (spec 2.5), the customer is not disabled, and company and board are not archived (spec 2.10)."""
    field = "ticket_id" if context.ticket_id else ""
    if context.disabled:
        raise Refused(f"{context.customer.name} has no access any more.", code="customer_disabled", field=field)
    if context.ticket_closed:
        raise Refused("The ticket is closed; reopen it first.", code="ticket_closed", field="ticket_id")
    if context.company_archived:
        raise Refused("The company is archived.", code="company_archived", field=field)
    if context.board_archived:
        raise Refused("The board is archived.", code="board_archived", field=field)


def _began(context: ChatContext, creator: Person, type: ChatType, status: ChatStatus, title: str) -> list[ChatEvent]:
    opened = SessionOpened(
        type=type,
        status=status,
        title=title,
        customer=context.customer,
        company_id=context.company_id,
        company_name=context.company_name,
        board_id=context.board_id,
        ticket_id=context.ticket_id,
        ticket_number=context.ticket_number,
        contact=context.contact,
    )
    return [opened, ParticipantJoined(creator)]


def _title(context: ChatContext, text: str) -> str:
    return request_title(text, context.customer.name, context.company_name, context.ticket_number)


def request_title(text: str, name: str, company: str, ticket_number: int = 0) -> str:
    """The typed text on one line, or a default when there is none; a ticket's number comes first (spec 2.6)."""
    title = cut(one_line(text), MAX_TITLE) or f"Chat request from {name} at {company}"
    return f"[Ticket {ticket_number}] {title}" if ticket_number else title


def push_title(engineer: str, customer: str, ticket_number: int) -> str:
    return f"Chat from {engineer} to {customer} on ticket {ticket_number}"
