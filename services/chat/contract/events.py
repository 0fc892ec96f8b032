"""Complete entries and their events as protos.

The contract marks what customers must not see, and servicekit/grpc_server.py removes it from answers (spec 10.2).
"""

from collections.abc import Iterable

from parley.chat.v1 import chat_pb2 as pb
from servicekit.moments import from_proto, to_proto, to_proto_or_none
from servicekit.protos import numbers_of
from services.chat.domain import events as ev
from services.chat.domain.access import ReadPosition
from services.chat.domain.errors import BadArgument
from services.chat.domain.events import Entry
from services.chat.domain.people import Contact, Person, Side
from services.chat.domain.status import ChatStatus, ChatType, Step

# The proto's name of each event: its field in SessionEvent, the record header `kind`, and its name in the store.
EVENT_NAMES: dict[type[ev.ChatEvent], str] = {
    ev.SessionOpened: "session_opened",
    ev.MessagePosted: "message_posted",
    ev.ParticipantJoined: "participant_joined",
    ev.ParticipantLeft: "participant_left",
    ev.StatusChanged: "status_changed",
    ev.EngineerInvited: "engineer_invited",
    ev.CallbackAsked: "callback_asked",
    ev.OfferRaised: "offer_raised",
    ev.OfferWithdrawn: "offer_withdrawn",
    ev.UnattendedChanged: "unattended_changed",
    ev.SessionCompleted: "session_completed",
    ev.TicketWished: "ticket_wished",
    ev.TicketLinked: "ticket_linked",
    ev.CloseNoted: "close_noted",
    ev.SessionVoided: "session_voided",
    ev.TicketAskedAgain: "ticket_asked_again",
    ev.PlaceChanged: "place_changed",
}


_SIDES = numbers_of(Side, pb.Side)
TYPES = numbers_of(ChatType, pb.ChatType)
STATUSES = numbers_of(ChatStatus, pb.ChatStatus)
_STEPS = numbers_of(Step, pb.Step)
OFFERS = numbers_of(ev.Offer, pb.Offer)
_STATUS_OF: dict[int, ChatStatus] = {number: status for status, number in STATUSES.items()}


def statuses_from(numbers: Iterable[int], field: str = "statuses") -> frozenset[ChatStatus]:
    """Raises BadArgument for a number that is no status."""
    try:
        return frozenset(_STATUS_OF[number] for number in numbers)
    except KeyError as error:
        raise BadArgument(f"{error.args[0]} is no chat status.", field=field) from None


def person_to_proto(person: Person) -> pb.Person:
    return pb.Person(id=person.id, name=person.name, side=_SIDES[person.side])


def callback_wish_to_proto(wish: ev.CallbackWish) -> pb.CallbackWish:
    windows = [pb.TimeWindow(**{"from": to_proto(window.start), "until": to_proto(window.end)}) for window in wish.windows]
    return pb.CallbackWish(
        phone=wish.phone, extension=wish.extension, unconfirmed=wish.unconfirmed, by_chat=wish.by_chat, note=wish.note, windows=windows
    )


def callback_wish_from(wish: pb.CallbackWish) -> ev.CallbackWish:
    """The text as typed, which the domain checks. Raises BadArgument for a window that lacks an end or is outside the calendar."""
    try:
        windows = tuple(_window_from(window) for window in wish.windows)
        return ev.CallbackWish(wish.phone, wish.by_chat, wish.note, windows, wish.extension)
    except (ValueError, OverflowError):
        raise BadArgument("A time window needs both its ends.", field="wish.windows") from None


def _window_from(window: pb.TimeWindow) -> ev.TimeWindow:
    if not (window.HasField("from") and window.HasField("until")):
        raise ValueError("an end is missing")
    return ev.TimeWindow(from_proto(getattr(window, "from")), from_proto(window.until))


def new_ticket_from(ticket: pb.NewTicket) -> ev.NewTicket:
    return ev.NewTicket(ticket.board_id, ticket.summary, ticket.priority)


def ticket_wish_to_proto(wish: ev.TicketWish) -> pb.TicketWished:
    if isinstance(wish, ev.NewTicket):
        return pb.TicketWished(create=pb.NewTicket(board_id=wish.board_id, summary=wish.summary, priority=wish.priority))
    return pb.TicketWished(attach=pb.ExistingTicket(ticket_id=wish.ticket_id))


def read_to_proto(position: ReadPosition) -> pb.ReadPosition:
    return pb.ReadPosition(session_id=position.session_id, person_id=position.person_id, revision=position.revision)


def contact_to_proto(contact: Contact) -> pb.Contact:
    return pb.Contact(phone=contact.phone, email=contact.email)


def _opened(event: ev.SessionOpened) -> pb.SessionOpened:
    return pb.SessionOpened(
        type=TYPES[event.type],
        status=STATUSES[event.status],
        title=event.title,
        customer=person_to_proto(event.customer),
        company_id=event.company_id,
        company_name=event.company_name,
        board_id=event.board_id,
        ticket_id=event.ticket_id,
        ticket_number=event.ticket_number,
        contact=contact_to_proto(event.contact),
    )


def _moved(event: ev.StatusChanged) -> pb.StatusChanged:
    # `from` is a Python keyword, so it cannot be a keyword argument.
    moved = pb.StatusChanged(to=STATUSES[event.after], step=_STEPS[event.step])
    setattr(moved, "from", STATUSES[event.before])
    return moved


def _place_changed(event: ev.PlaceChanged) -> pb.PlaceChanged:
    return pb.PlaceChanged(
        board_id=event.board_id,
        company_id=event.company_id,
        company_name=event.company_name,
        ticket_revision=event.ticket_revision,
    )


def event_to_proto(event: ev.ChatEvent) -> pb.SessionEvent:
    match event:
        case ev.MessagePosted(message_id, text):
            return pb.SessionEvent(message_posted=pb.MessagePosted(message_id=message_id, text=text))
        case ev.SessionOpened():
            return pb.SessionEvent(session_opened=_opened(event))
        case ev.ParticipantJoined(person):
            return pb.SessionEvent(participant_joined=pb.ParticipantJoined(person=person_to_proto(person)))
        case ev.ParticipantLeft(person):
            return pb.SessionEvent(participant_left=pb.ParticipantLeft(person=person_to_proto(person)))
        case ev.StatusChanged():
            return pb.SessionEvent(status_changed=_moved(event))
        case ev.EngineerInvited(engineer):
            return pb.SessionEvent(engineer_invited=pb.EngineerInvited(engineer=person_to_proto(engineer)))
        case ev.CallbackAsked(wish):
            return pb.SessionEvent(callback_asked=pb.CallbackAsked(wish=callback_wish_to_proto(wish)))
        case ev.OfferRaised(offer, opens_at):
            raised = pb.OfferRaised(offer=OFFERS[offer], opens_at=to_proto_or_none(opens_at))
            return pb.SessionEvent(offer_raised=raised)
        case ev.OfferWithdrawn():
            return pb.SessionEvent(offer_withdrawn=pb.OfferWithdrawn())
        case ev.UnattendedChanged(unattended):
            return pb.SessionEvent(unattended_changed=pb.UnattendedChanged(unattended=unattended))
        case ev.SessionCompleted():
            return pb.SessionEvent(session_completed=pb.SessionCompleted())
        case ev.TicketWished(wish):
            return pb.SessionEvent(ticket_wished=ticket_wish_to_proto(wish))
        case ev.TicketLinked(ticket_id, number):
            return pb.SessionEvent(ticket_linked=pb.TicketLinked(ticket_id=ticket_id, ticket_number=number))
        case ev.CloseNoted(note):
            return pb.SessionEvent(close_noted=pb.CloseNoted(note=note))
        case ev.SessionVoided():
            return pb.SessionEvent(session_voided=pb.SessionVoided())
        case ev.TicketAskedAgain():
            return pb.SessionEvent(ticket_asked_again=pb.TicketAskedAgain())
        case ev.PlaceChanged():
            return pb.SessionEvent(place_changed=_place_changed(event))


def entry_kind(entry: Entry) -> str:
    """The first event's name; empty for an entry without events."""
    return EVENT_NAMES[type(entry.events[0])] if entry.events else ""


def entry_to_proto(entry: Entry) -> pb.SessionEntry:
    return pb.SessionEntry(
        session_id=entry.session_id,
        revision=entry.revision,
        at=to_proto(entry.at),
        by=person_to_proto(entry.by),
        command_id=entry.command_id,
        events=[event_to_proto(event) for event in entry.events],
        hash=entry.hash,
    )
