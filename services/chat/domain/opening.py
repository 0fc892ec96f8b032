"""How a session begins (spec 2): the first entry's events. Whether it may begin is asked here too, with every fact given."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from services.chat.domain import hours, titles
from services.chat.domain.callbacks import check_windows
from services.chat.domain.errors import NotAllowed, Refused
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
from services.chat.domain.settings import ChatSettings, HoursMode
from services.chat.domain.status import ChatStatus, ChatType


@dataclass(frozen=True, slots=True)
class Place:
    """Whose session it will be and where it counts; the ticket is empty for pre-ticket. `disabled`: the customer may not sign in any
    more."""

    customer: Person
    company_id: str
    company_name: str
    board_id: str
    contact: Contact
    ticket_id: str = ""
    ticket_number: int = 0
    ticket_closed: bool = False
    disabled: bool = False


def session_id_of(desk_id: str, person_id: str, command_id: str, attempt: int) -> str:
    """22 letters and digits that a repeated opening finds again. `attempt` grows only when a place was lost before it began."""
    parts = (desk_id, person_id, command_id, str(attempt))
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()[:24]


def may_chat(settings: ChatSettings, place: Place) -> bool:
    """Customer beats company beats desk (spec 2.8)."""
    own = settings.customers.get(place.customer.id, settings.companies.get(place.company_id))
    return own if own is not None else (settings.post_ticket_chat if place.ticket_id else settings.pre_ticket_chat)


def may_call_back(settings: ChatSettings, company_id: str, customer_id: str) -> bool:
    """The desk's own switch; whom chat is forbidden by name may not ask for a call-back either (spec 2.8)."""
    return settings.call_back and settings.customers.get(customer_id, settings.companies.get(company_id)) is not False


def request_chat(place: Place, text: str, command_id: str, settings: ChatSettings, at: datetime) -> list[ChatEvent]:
    """Raises NotAllowed or Refused. `text` was checked."""
    _check_may_begin(place)
    _check_may_chat(settings, place)
    is_open = hours.is_open(settings.hours, at)
    opens_at = None if is_open else hours.next_change(settings.hours, at)
    if not is_open and settings.hours_mode is HoursMode.REFUSE:
        raise Refused("Support is closed now.", code="outside_hours", opens_at=opens_at.isoformat() if opens_at else "")
    began = _began(place, place.customer, ChatType.REQUEST, ChatStatus.WAITING, _title(place, text))
    began.append(MessagePosted(command_id, text))
    if not is_open:
        began.append(OfferRaised(Offer.OUTSIDE_HOURS, opens_at))
    return began


def open_callback(place: Place, text: str, command_id: str, wish: CallbackWish, settings: ChatSettings, at: datetime) -> list[ChatEvent]:
    """Raises NotAllowed, or BadArgument for times that are over. Office hours don't matter: it is for them that one asks to be called
    back. Text and wish were checked."""
    _check_may_begin(place)
    check_call_back(settings, place.company_id, place.customer.id)
    check_windows(wish, at)
    began = _began(place, place.customer, ChatType.REQUEST, ChatStatus.CALLBACK, _title(place, text))
    if text:
        began.append(MessagePosted(command_id, text))
    return [*began, CallbackAsked(wish)]


def push_chat(place: Place, by: Person, text: str, command_id: str, settings: ChatSettings, presence: PresenceFact) -> list[ChatEvent]:
    """Only from a ticket, only toward its customer, only while that one is online (spec 2.9) and may chat (2.8); `text` may be empty."""
    _check_may_begin(place)
    _check_may_chat(settings, place)
    if presence.state != "online":
        raise Refused(f"{place.customer.name} is not online.", code="customer_not_online", field="ticket_id")
    title = titles.of_push(by.name, place.customer.name, place.ticket_number)
    began = _began(place, by, ChatType.PUSH, ChatStatus.WAITING, title)
    return [*began, MessagePosted(command_id, text)] if text else began


def _check_may_begin(place: Place) -> None:
    """Spec 2.5; and nobody chats with who is gone for good."""
    if place.disabled:
        raise Refused(
            f"{place.customer.name} has no access any more.", code="customer_disabled", field="ticket_id" if place.ticket_id else ""
        )
    if place.ticket_closed:
        raise Refused("The ticket is closed; reopen it first.", code="ticket_closed", field="ticket_id")


def _check_may_chat(settings: ChatSettings, place: Place) -> None:
    if not may_chat(settings, place):
        raise NotAllowed("Chat is switched off here.", code="chat_off")


def check_call_back(settings: ChatSettings, company_id: str, customer_id: str) -> None:
    if not may_call_back(settings, company_id, customer_id):
        raise NotAllowed("Call-backs are switched off here.", code="call_back_off")


def _began(place: Place, creator: Person, type: ChatType, status: ChatStatus, title: str) -> list[ChatEvent]:
    opened = SessionOpened(
        type=type,
        status=status,
        title=title,
        customer=place.customer,
        company_id=place.company_id,
        company_name=place.company_name,
        board_id=place.board_id,
        ticket_id=place.ticket_id,
        ticket_number=place.ticket_number,
        contact=place.contact,
    )
    return [opened, ParticipantJoined(creator)]


def _title(place: Place, text: str) -> str:
    return titles.of_request(text, place.customer.name, place.company_name, place.ticket_number)
