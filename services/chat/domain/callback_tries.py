"""The calls of a call-back that nobody answered (spec 4.14)."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.chat.domain.events import CallbackAsked, Entry
from services.chat.domain.people import Person


@dataclass(frozen=True, slots=True)
class CallbackTry:
    """The last call that nobody answered (spec 4.14): by whom, when, and which one it was. `next_call_at`: when to call next; None since
    the customer changed the wish. `due`: that time has come."""

    by: Person
    at: datetime
    count: int
    next_call_at: datetime | None = None
    due: bool = False


def last_try(last: CallbackTry | None, event: CallbackAsked, entry: Entry) -> CallbackTry | None:
    """The last call after the event."""
    if event.next_call_at is not None:
        return CallbackTry(entry.by, entry.at, last.count + 1 if last else 1, event.next_call_at)
    if event.due:
        return last and replace(last, due=True)
    return last and replace(last, next_call_at=None, due=False)
