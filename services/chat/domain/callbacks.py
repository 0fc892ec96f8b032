"""The rules of a call-back wish and of its calls (spec 4.10, 4.14). A library outside the domain parses the phone number."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.chat.domain.access import check_opened
from services.chat.domain.arguments import checked_line, checked_text
from services.chat.domain.errors import BadArgument, StepNotAllowed
from services.chat.domain.events import CallbackAsked, CallbackWish, ChatEvent, TimeWindow
from services.chat.domain.people import Person
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus

MAX_NOTE = 1000
MAX_WINDOWS = 10
MAX_EXTENSION = 20
MAX_TYPED = 100
# A postponed call-back stays in the live lists until its time.
POSTPONED_AT_MOST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as E.164. `confirmed`: it is in a range that is known to be in use."""

    number: str
    extension: str = ""
    confirmed: bool = True


def checked_wish(wish: CallbackWish, phone: Phone | None) -> CallbackWish:
    """`phone`: the parsed number, None when it is invalid; not needed when the customer prefers chat. Raises BadArgument."""
    if wish.note:
        checked_text(wish.note, "wish.note", MAX_NOTE)
    if len(wish.windows) > MAX_WINDOWS:
        raise BadArgument(f"At most {MAX_WINDOWS} preferred times.", field="wish.windows")
    for number, window in enumerate(wish.windows):
        if window.end <= window.start:
            raise BadArgument("A preferred time ends after it begins.", field=f"wish.windows[{number}].until")
    if wish.by_chat:
        return replace(wish, phone="", extension="", unconfirmed=False)
    # The parser skips control and direction codes, but a person who reads the number would not see the same one.
    checked_line(wish.phone, "wish.phone", MAX_TYPED)
    if phone is None:
        raise BadArgument(
            "This is no phone number; write it with the country, such as +44 20 7946 0101.", field="wish.phone", code="no_phone"
        )
    extension = phone.extension or wish.extension
    if len(extension) > MAX_EXTENSION or (extension and not (extension.isascii() and extension.isdigit())):
        raise BadArgument(f"An extension has at most {MAX_EXTENSION} digits.", field="wish.extension", code="no_extension")
    return replace(wish, phone=phone.number, extension=extension, unconfirmed=not phone.confirmed)


def check_windows(wish: CallbackWish, at: datetime, kept: tuple[TimeWindow, ...] = ()) -> None:
    """Raises BadArgument for a preferred time that is over, unless it is one of `kept`."""
    for number, window in enumerate(wish.windows):
        if window.end <= at and window not in kept:
            raise BadArgument("A preferred time is over already.", field=f"wish.windows[{number}].until", code="in_the_past")


def change_wish(session: ChatSession, by: Person, wish: CallbackWish, at: datetime) -> list[ChatEvent]:
    """The customer changes their open call-back (spec 4.14); `wish` was checked. A time for the next call no longer holds, because it
    was set for the earlier wish. Times that the customer keeps may be over meanwhile."""
    check_opened(session, by)
    check_windows(wish, at, session.callback.windows if session.callback else ())
    return [] if session.callback == wish else [CallbackAsked(wish)]


def postpone(session: ChatSession, next_call_at: datetime, at: datetime) -> list[ChatEvent]:
    """An engineer called, and nobody answered: the next call is at `next_call_at` (spec 4.14)."""
    if session.status is not ChatStatus.CALLBACK or session.callback is None:
        raise StepNotAllowed(f"A session that is {session.status} is no open call-back.", status=session.status, step="postpone_callback")
    if next_call_at <= at:
        raise BadArgument("The next call is in the future.", field="next_call_at", code="in_the_past")
    if next_call_at - at > POSTPONED_AT_MOST:
        raise BadArgument(f"The next call is within {POSTPONED_AT_MOST.days} days.", field="next_call_at", code="too_late")
    return [CallbackAsked(session.callback, next_call_at=next_call_at)]


def call_due(session: ChatSession) -> list[ChatEvent]:
    """The time of the next call has come."""
    return [CallbackAsked(session.callback, due=True)] if session.callback else []
