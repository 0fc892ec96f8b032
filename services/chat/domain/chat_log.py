"""A session as text that a person reads (spec 4.2): a header, then everything that happened, by day, in UTC."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from services.chat.domain import events as ev
from services.chat.domain.entry import Entry
from services.chat.domain.people import Person, Side
from services.chat.domain.session import ChatSession
from services.chat.domain.status import Step

STEPS = {
    Step.JOIN: "an engineer joined",
    Step.ABANDON: "the customer is gone",
    Step.CALL_BACK: "a call-back was asked for",
    Step.ACCEPT: "the customer accepted",
    Step.DECLINE: "the customer declined",
    Step.EXPIRE: "no answer in time",
    Step.WITHDRAW: "withdrawn by its sender",
    Step.COMPLETE: "ended",
}
OFFERS = {
    ev.Offer.NONE: "",
    ev.Offer.NOBODY_THERE: "No engineer is free right now",
    ev.Offer.OUTSIDE_HOURS: "Outside support hours",
    ev.Offer.NO_ACTIVITY: "It seems quiet here",
}


def file_name(session: ChatSession) -> str:
    """Of the moment of its end (of its last entry while it lives), so that a repeat makes the same name."""
    return f"chat_log_{session.closed_at or session.modified_at:%Y%m%dT%H%M%SZ}.txt"


def text_of(session: ChatSession, entries: Sequence[Entry]) -> str:
    """The whole log. `entries` from the first on; ends with a line feed."""
    return "\n".join([*_header(session, entries), "", *_body(entries), ""])


def _header(session: ChatSession, entries: Sequence[Entry]) -> list[str]:
    lines = [
        f"Chat log: {session.title}",
        f"Session: {session.id} ({session.type})",
        f"Ticket: {session.ticket_number or session.ticket_id or 'none'}" if session.ticket_id else _ticket_wish(session),
        f"Customer: {session.customer.name}, {session.company_name}",
        f"People: {', '.join(_people(session, entries))}",
        f"Opened: {_moment(session.opened_at)} by {session.creator.name}",
    ]
    if session.handled_at:
        waited = round((session.handled_at - session.opened_at).total_seconds())
        lines.append(f"Handled: {_moment(session.handled_at)}, after {waited} s")
    if session.closed_at:
        lines.append(f"Ended: {_moment(session.closed_at)}")
    if session.close_record:
        lines.append(f"Ended by: {session.close_record.by.name}")
    statuses = "; ".join(f"{status} {_moment(since)}" for status, since in session.statuses)
    return [*lines, f"Statuses: {statuses}", "Times are UTC."]


def _ticket_wish(session: ChatSession) -> str:
    match session.wish:
        case ev.NewTicket(_, summary):
            return f"Ticket: a new one, {summary}"
        case ev.ExistingTicket(ticket_id):
            return f"Ticket: {ticket_id}"
        case _:
            return "Ticket: none"


def _people(session: ChatSession, entries: Iterable[Entry]) -> list[str]:
    """Everyone who was ever in it, in the order in which they came."""
    came = [event.person for entry in entries for event in entry.events if isinstance(event, ev.ParticipantJoined)]
    unique = {person.id: person for person in (session.customer, *came)}
    return [f"{person.name} ({person.side})" for person in unique.values()]


def _body(entries: Iterable[Entry]) -> Iterable[str]:
    day = ""
    for entry in entries:
        for event in entry.events:
            line = _line(event, entry.by)
            if line is None:
                continue
            if f"{entry.at:%Y-%m-%d}" != day:
                day = f"{entry.at:%Y-%m-%d}"
                yield f"--- {entry.at.astimezone(UTC):%A %Y-%m-%d} ---"
            # Further lines of a message are set in, so that nothing written can pass for a line of this log.
            yield f"{entry.at.astimezone(UTC):%H:%M:%S}  " + "\n          ".join(line.splitlines())


def _line(event: ev.ChatEvent, by: Person) -> str | None:
    match event:
        case ev.MessagePosted(_, text):
            return f"{by.name}{' (customer)' if by.side is Side.CUSTOMER else ''}: {text}"
        case ev.ParticipantJoined(person):
            return f"* {person.name} joined the chat"
        case ev.ParticipantLeft(person):
            return f"* {person.name} left the chat"
        case ev.EngineerInvited(engineer):
            return f"* {by.name} invited {engineer.name}"
        case ev.SessionOpened(_, status):
            return f"* {by.name} opened the chat ({status})"
        case ev.StatusChanged(before, after, step):
            return f"* {before} -> {after}: {STEPS[step]}"
        case ev.CallbackAsked(wish):
            return f"* Call-back: {_wish(wish)}"
        case ev.OfferRaised(offer):
            return f"* {OFFERS[offer]}"
        case ev.UnattendedChanged(unattended):
            return "* No engineer is there" if unattended else "* An engineer is there again"
        case ev.SessionCompleted():
            return "* The chat session is now closed"
        case ev.CloseNoted(note):
            return f"* Note by {by.name}: {note}"
        case ev.OfferWithdrawn() | ev.TicketWished() | ev.TicketLinked() | ev.TicketAskedAgain() | ev.SessionVoided():
            return None


def _wish(wish: ev.CallbackWish) -> str:
    windows = [f"{_moment(window.start)} to {_moment(window.end)}" for window in wish.windows]
    return "; ".join(part for part in ["by chat" if wish.by_chat else wish.phone, wish.note, *windows] if part)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
