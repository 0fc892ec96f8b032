"""Sessions in the words of the protos, whole or as one audience may see them. No decisions but who sees what (spec 10.2)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import chat_pb2 as pb
from services.chat.domain import events as ev
from services.chat.domain.entry import Entry
from services.chat.domain.errors import BadArgument
from services.chat.domain.people import Contact, Person, Side
from services.chat.domain.session import ChatSession, CloseRecord, TicketLink
from services.chat.domain.status import ChatStatus, ChatType, Step

# The proto's name of each event: its field in SessionEvent, the record header `kind`, and the word in the store.
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
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _numbers(words: type[StrEnum], numbers: object, prefix: str) -> dict[str, int]:
    """Word -> proto number; the empty word is UNSPECIFIED."""
    value = numbers.Value  # type: ignore[attr-defined]
    return {word.value: value(f"{prefix}_{word.name if word.value else 'UNSPECIFIED'}") for word in words}


_SIDES = _numbers(Side, pb.Side, "SIDE")
_TYPES = _numbers(ChatType, pb.ChatType, "CHAT_TYPE")
_STATUSES = _numbers(ChatStatus, pb.ChatStatus, "CHAT_STATUS")
_STEPS = _numbers(Step, pb.Step, "STEP")
_OFFERS = _numbers(ev.Offer, pb.Offer, "OFFER")
_LINKS = _numbers(TicketLink, pb.TicketLink, "TICKET_LINK")
_STATUS_OF = {number: ChatStatus(word) for word, number in _STATUSES.items()}


def moment(at: datetime) -> Timestamp:
    """`at` must be aware; whole milliseconds stay whole."""
    since = at - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


def moment_from(stamp: Timestamp) -> datetime:
    """UTC, whole milliseconds: whatever is finer is cut off."""
    at = stamp.ToDatetime(tzinfo=UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _maybe(at: datetime | None) -> Timestamp | None:
    return None if at is None else moment(at)


def statuses_from(numbers: Iterable[int], field: str = "statuses") -> frozenset[ChatStatus]:
    """Raises BadArgument for a number that is no status."""
    try:
        return frozenset(_STATUS_OF[number] for number in numbers)
    except KeyError as error:
        raise BadArgument(f"{error.args[0]} is no chat status.", field=field) from None


def person_to_proto(person: Person) -> pb.Person:
    return pb.Person(id=person.id, name=person.name, side=_SIDES[person.side])  # type: ignore[arg-type]


def callback_wish_to_proto(wish: ev.CallbackWish) -> pb.CallbackWish:
    windows = [pb.TimeWindow(**{"from": moment(window.start), "until": moment(window.end)}) for window in wish.windows]
    return pb.CallbackWish(phone=wish.phone, by_chat=wish.by_chat, note=wish.note, windows=windows)


def callback_wish_from(wish: pb.CallbackWish) -> ev.CallbackWish:
    """As it was typed: the domain checks it. Raises BadArgument for a window that lacks an end or lies beyond the calendar."""
    try:
        return ev.CallbackWish(wish.phone, wish.by_chat, wish.note, tuple(_window_from(window) for window in wish.windows))
    except (ValueError, OverflowError):
        raise BadArgument("A time window needs both its ends.", field="wish.windows") from None


def _window_from(window: pb.TimeWindow) -> ev.TimeWindow:
    if not (window.HasField("from") and window.HasField("until")):
        raise ValueError("an end is missing")
    return ev.TimeWindow(moment_from(getattr(window, "from")), moment_from(window.until))


def new_ticket_from(ticket: pb.NewTicket) -> ev.NewTicket:
    return ev.NewTicket(ticket.board_id, ticket.summary, ticket.priority)


def ticket_wish_to_proto(wish: ev.TicketWish) -> pb.TicketWished:
    if isinstance(wish, ev.NewTicket):
        return pb.TicketWished(create=pb.NewTicket(board_id=wish.board_id, summary=wish.summary, priority=wish.priority))
    return pb.TicketWished(attach=pb.ExistingTicket(ticket_id=wish.ticket_id))


def _contact(contact: Contact) -> pb.Contact:
    return pb.Contact(phone=contact.phone, email=contact.email)


def _opened(event: ev.SessionOpened) -> pb.SessionOpened:
    return pb.SessionOpened(
        type=_TYPES[event.type],  # type: ignore[arg-type]
        status=_STATUSES[event.status],  # type: ignore[arg-type]
        title=event.title,
        customer=person_to_proto(event.customer),
        company_id=event.company_id,
        company_name=event.company_name,
        board_id=event.board_id,
        ticket_id=event.ticket_id,
        ticket_number=event.ticket_number,
        contact=_contact(event.contact),
    )


def _moved(event: ev.StatusChanged) -> pb.StatusChanged:
    # `from` is a word of Python, so it cannot be a keyword argument.
    moved = pb.StatusChanged(to=_STATUSES[event.after], step=_STEPS[event.step])  # type: ignore[arg-type]
    setattr(moved, "from", _STATUSES[event.before])
    return moved


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
            raised = pb.OfferRaised(offer=_OFFERS[offer], opens_at=_maybe(opens_at))  # type: ignore[arg-type]
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


def entry_kind(entry: Entry) -> str:
    """The first event's name; empty for an entry to which nothing happened."""
    return EVENT_NAMES[type(entry.events[0])] if entry.events else ""


def entry_to_proto(entry: Entry) -> pb.SessionEntry:
    """All of it, as the topic carries it."""
    return pb.SessionEntry(
        session_id=entry.session_id,
        revision=entry.revision,
        at=moment(entry.at),
        by=person_to_proto(entry.by),
        command_id=entry.command_id,
        events=[event_to_proto(event) for event in entry.events],
        hash=entry.hash,
    )


def entry_for(side: Side, entry: Entry) -> pb.SessionEntry:
    """What that side may see; what it may not is counted in `hidden`."""
    whole = entry_to_proto(entry)
    if side is not Side.CUSTOMER:
        return whole
    seen = [event for event, known in zip(whole.events, entry.events, strict=True) if not isinstance(known, ev.ENGINEERS_ONLY)]
    hidden = len(entry.events) - len(seen)
    for event in seen:
        if event.HasField("session_opened"):
            event.session_opened.ClearField("contact")
    if hidden:
        del whole.events[:]
        whole.events.extend(seen)
    whole.hidden = hidden
    return whole


def card_to_proto(session: ChatSession) -> pb.SessionCard:
    """All of it, as the topic carries it."""
    return pb.SessionCard(
        session_id=session.id,
        desk_id=session.desk_id,
        revision=session.revision,
        type=_TYPES[session.type],  # type: ignore[arg-type]
        status=_STATUSES[session.status],  # type: ignore[arg-type]
        past_statuses=[_STATUSES[status] for status in session.past_statuses],  # type: ignore[misc]
        title=session.title,
        customer=person_to_proto(session.customer),
        company_id=session.company_id,
        company_name=session.company_name,
        board_id=session.board_id,
        ticket_id=session.ticket_id,
        ticket_number=session.ticket_number,
        on_ticket=session.on_ticket,
        creator=person_to_proto(session.creator),
        participants=[person_to_proto(person) for person in session.participants],
        invited=[person_to_proto(person) for person in session.invited],
        opened_at=moment(session.opened_at),
        waiting_since=_maybe(session.waiting_since),
        handled_at=_maybe(session.handled_at),
        closed_at=_maybe(session.closed_at),
        modified_at=moment(session.modified_at),
        unattended=session.unattended,
        callback=callback_wish_to_proto(session.callback) if session.callback else None,
        close_record=_closed(session.close_record) if session.close_record else None,
        offer=_OFFERS[session.offer],  # type: ignore[arg-type]
        contact=_contact(session.contact),
        ticket_link=_LINKS[session.ticket_link],  # type: ignore[arg-type]
        taken_by=person_to_proto(session.taken_by) if session.taken_by else None,
    )


def _closed(record: CloseRecord) -> pb.CloseRecord:
    return pb.CloseRecord(by=person_to_proto(record.by), note=record.note, modified_at=moment(record.modified_at))


def card_for(side: Side, session: ChatSession) -> pb.SessionCard:
    """What that side may see."""
    card = card_to_proto(session)
    if side is Side.CUSTOMER:
        for hidden in ("invited", "close_record", "contact"):
            card.ClearField(hidden)
    return card


def session_for(side: Side, session: ChatSession, entries: Sequence[Entry]) -> pb.Session:
    """The session with these entries as that side may see them."""
    return pb.Session(card=card_for(side, session), entries=[entry_for(side, entry) for entry in entries], hash=session.hash)


def changed_to_proto(entry: Entry, session: ChatSession) -> pb.SessionChanged:
    """`session` is the state right after `entry`."""
    return pb.SessionChanged(entry=entry_to_proto(entry), card=card_to_proto(session))
