"""A command on its way into a session's log, and what became of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from services.chat.domain.entry import Entry
from services.chat.domain.events import ChatEvent
from services.chat.domain.people import SYSTEM, Person, Viewer
from services.chat.domain.session import ChatSession

Decide = Callable[[ChatSession, datetime], list[ChatEvent]]
Begin = Callable[[datetime], list[ChatEvent]]
# Called once, with what became of it or with the error, in the loop's own turn: it must not block or raise.
Settle = Callable[["Outcome | None", BaseException | None], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The session after the command, the command's revision and time. `entry` None: nothing was written now, because nothing
    followed from the command or because it is a repeat (`repeated`), whose first revision and time these are."""

    session: ChatSession
    entry: Entry | None
    revision: int
    at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A session and the entries of it that the caller is to get."""

    session: ChatSession
    entries: list[Entry]


@dataclass(slots=True, eq=False)
class Change:
    """`viewer` None: the system itself, which sees everything. `begin` decides where there is no session yet; without it that is an error.
    `previous`: the sender's command that must be in the log already. `expires`: not decided after that moment."""

    desk_id: str
    session_id: str
    command_id: str
    kind: str
    fingerprint: str
    decide: Decide
    settle: Settle
    by: Person = SYSTEM
    viewer: Viewer | None = None
    begin: Begin | None = None
    previous: str = ""
    expires: datetime | None = None
    traceparent: str = ""
    races: int = 0


def fingerprint(kind: str, *arguments: object) -> str:
    """What tells a repeat from a reuse of its command id: a digest of the command's arguments."""
    return sha256(json.dumps([kind, *arguments], default=repr).encode()).hexdigest()[:32]


def fingerprint_of_post(text: bytes) -> str:
    """The same for what comes by thousands."""
    return sha256(b"post\0" + text).hexdigest()[:32]


def unsettled(outcome: Outcome | None, error: BaseException | None) -> None:
    """Where nobody waits yet."""
