"""A command on its way into a session's log, and its outcome."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from services.chat.domain.events import ChatEvent, Entry
from services.chat.domain.people import SYSTEM, Person, Viewer
from services.chat.domain.session import ChatSession

Decide = Callable[[ChatSession, datetime], list[ChatEvent]]
Begin = Callable[[datetime], list[ChatEvent]]
# Called once, with the outcome or the error, on the event loop: it must not block or raise.
Settle = Callable[["Outcome | None", BaseException | None], None]
# Fetches the facts that a decision about this session needs; may refuse. The session may have changed when the decision runs: the decision
# then raises FactsOutdated if it lacks a fact.
Prepare = Callable[[ChatSession], Awaitable[Decide]]


class FactsOutdated(Exception):
    """The facts that were fetched do not cover the current session."""


@dataclass(slots=True, eq=False)
class QueuedCommand:
    """`viewer` None: the system, which sees everything. `begin` decides if the session does not exist; without it that is an error.
    `previous`: the sender's command that must be in the log already. `expires`: the command is not decided after this moment."""

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


@dataclass(frozen=True, slots=True)
class SessionCommand:
    """A person's command on an existing session. `arguments` distinguish a repeat from a reuse of the id; any values that JSON or repr
    can write."""

    session_id: str
    id: str
    kind: str
    arguments: Sequence[object] = ()

    def queued(self, viewer: Viewer, decide: Decide, traceparent: str) -> QueuedCommand:
        return QueuedCommand(
            viewer.desk_id,
            self.session_id,
            self.id,
            self.kind,
            fingerprint(self.kind, *self.arguments),
            decide,
            unsettled,
            by=viewer.person,
            viewer=viewer,
            traceparent=traceparent,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """The session after the command, and the command's revision and time. `entry` is None if nothing was written: the command led to no
    event, or it is a repeat (`repeated`), whose first revision and time these are."""

    session: ChatSession
    entry: Entry | None
    revision: int
    at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A session and the entries that the caller receives."""

    session: ChatSession
    entries: list[Entry]


def fingerprint(kind: str, *arguments: object) -> str:
    """A digest of the command's arguments: a repeat has the same one, a reuse of the command id another."""
    return sha256(json.dumps([kind, *arguments], default=repr).encode()).hexdigest()[:32]


def fingerprint_of_post(text: bytes) -> str:
    """The fingerprint of a message, without JSON: thousands a second."""
    return sha256(b"post\0" + text).hexdigest()[:32]


def unsettled(outcome: Outcome | None, error: BaseException | None) -> None:
    """The Settle of a command that nobody awaits yet."""
