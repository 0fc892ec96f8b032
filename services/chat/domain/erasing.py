"""Erasing a person from the entries of a session (spec 10.6). What stays: ids, times, statuses and the hash chain (spec 8.4).

The state of a session follows the same rules when it applies PersonErased (session.py), so that a state that was computed before, and one
that is computed from the erased entries, are equal.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from servicekit.text import ERASED_NAME, ERASED_TEXT
from services.chat.domain import events as ev
from services.chat.domain.chain import commitment_of
from services.chat.domain.events import ChatEvent, Entry
from services.chat.domain.people import NO_CONTACT, Person

if TYPE_CHECKING:
    from services.chat.domain.session import ChatSession


def renamed(person: Person, erased_id: str) -> Person:
    return replace(person, name=ERASED_NAME) if person.id == erased_id else person


def with_renamed(value: Any, erased_id: str) -> Any:
    """A value of a session with the person renamed wherever it names them."""
    if isinstance(value, Person):
        return renamed(value, erased_id)
    if isinstance(value, tuple):
        return tuple(with_renamed(each, erased_id) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: with_renamed(getattr(value, field.name), erased_id) for field in fields(value)})
    return value


def without_reply(wish: ev.CallbackWish) -> ev.CallbackWish:
    """The wish without phone and note; its times stay."""
    return ev.CallbackWish(by_chat=wish.by_chat, windows=wish.windows)


def erased_wish(wish: ev.TicketWish) -> ev.TicketWish:
    return replace(wish, summary=ERASED_TEXT) if isinstance(wish, ev.NewTicket) else wish


def took_part(entry: Entry, person_id: str) -> bool:
    """Whether the person wrote the entry, or it says that they joined, were invited or asked to take over."""
    return entry.by.id == person_id or any(person.id == person_id for person in _people(entry.events))


def _people(value: Any) -> Iterator[Person]:
    if isinstance(value, Person):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _people(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _people(getattr(value, field.name))


def person_erased(session: "ChatSession", person_id: str, redact: Callable[[str], str]) -> ev.PersonErased:
    """The event that erases the person from the state. It has the texts of others that name them, without the name: the name itself must
    not be in the log."""
    left = without_person(session, ev.PersonErased(person_id))
    callback, record, feedback, wish = left["callback"], left["close_record"], left["feedback"], left["wish"]

    def changed(text: str) -> str:
        return after if (after := redact(text)) != text else ""

    return ev.PersonErased(
        person_id,
        title=changed(left["title"]),
        closing_note=changed(record.note if record else ""),
        callback_note=changed(callback.note if callback else ""),
        comment=changed(feedback.comment if feedback else ""),
        ticket_summary=changed(wish.summary if isinstance(wish, ev.NewTicket) else ""),
    )


def without_person(session: "ChatSession", event: ev.PersonErased) -> dict[str, Any]:
    """The fields of a session without the person. What was written about its customer goes too, not only what the customer wrote."""
    person_id, of_customer = event.person_id, session.customer.id == event.person_id
    state = {name: with_renamed(value, person_id) for name, value in session.__dict__.items()}
    state["title"] = event.title or session.title
    _set(state, "close_record", note=event.closing_note)
    _set(state, "callback", note=event.callback_note)
    _set(state, "feedback", comment=event.comment)
    _set(state, "wish", summary=event.ticket_summary)
    record = state["close_record"]
    if of_customer:
        state["contact"] = NO_CONTACT
        state["callback"] = state["callback"] and without_reply(state["callback"])
        state["wish"] = state["wish"] and erased_wish(state["wish"])
    if of_customer and state["feedback"]:
        state["feedback"] = replace(state["feedback"], comment=ERASED_TEXT if state["feedback"].comment else "")
    if of_customer or session.creator.id == person_id:
        state["title"] = ERASED_TEXT
    if record is not None and (of_customer or record.by.id == person_id):
        state["close_record"] = replace(record, note=ERASED_TEXT if record.note else "")
    return state


def _set(state: dict[str, Any], name: str, **text: str) -> None:
    """Sets a text of this field of a session, if the event has one."""
    if any(text.values()):
        state[name] = replace(state[name], **text)


def erased(entry: Entry, person_id: str, customer_id: str, redact: Callable[[str], str]) -> Entry:
    """The entry without the person; the same object if there is nothing to erase. `customer_id`: the customer of the session. `redact`
    removes the person's name from the texts of others.

    The entry keeps its hash and gets its commitment in place of the salt. The digest of the command's arguments goes too, because it has
    no salt."""
    kept = (_erased_event(event, entry, person_id, customer_id == person_id, redact) for event in entry.events)
    events, by = with_renamed(tuple(kept), person_id), renamed(entry.by, person_id)
    if (by, events) == (entry.by, entry.events):
        return entry
    return replace(entry, by=by, events=events, fingerprint="", salt="", commitment=commitment_of(entry))


def _erased_event(event: ChatEvent, entry: Entry, person_id: str, of_customer: bool, redact: Callable[[str], str]) -> ChatEvent:
    own = entry.by.id == person_id
    match event:
        case ev.SessionOpened() if own or of_customer:
            return replace(event, title=ERASED_TEXT, contact=NO_CONTACT if of_customer else event.contact)
        case ev.SessionOpened():
            return replace(event, title=redact(event.title))
        case ev.MessagePosted():
            if own:
                return replace(event, text=ERASED_TEXT, files=())
            files = tuple(replace(file, name=redact(file.name)) for file in event.files)
            return replace(event, text=redact(event.text), files=files)
        case ev.NoteWritten():
            return replace(event, text=ERASED_TEXT if own or of_customer else redact(event.text))
        case ev.CallbackAsked(wish) if of_customer:
            return replace(event, wish=without_reply(wish))
        case ev.CallbackAsked(wish):
            return replace(event, wish=replace(wish, note=redact(wish.note)))
        case ev.TicketWished(wish) if of_customer:
            return ev.TicketWished(erased_wish(wish))
        case ev.TicketWished(ev.NewTicket() as wish):
            return ev.TicketWished(replace(wish, summary=redact(wish.summary)))
        case ev.FeedbackCommented(comment):
            return ev.FeedbackCommented(ERASED_TEXT if of_customer else redact(comment))
        case ev.CloseNoted(note) if own or of_customer:
            return ev.CloseNoted(ERASED_TEXT if note else "")
        case ev.CloseNoted(note):
            return ev.CloseNoted(redact(note))
        case ev.PersonErased() if event.person_id != person_id:
            # The entries have its texts too, and they may be of this person.
            return ev.PersonErased(event.person_id)
        case _:
            return event
