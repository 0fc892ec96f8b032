"""A command on its way into a session's log: what it decides, who gets its outcome, and how a repeat is recognized."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256

from servicekit.tracing import current_traceparent
from services.chat.domain.arguments import checked_id
from services.chat.domain.events import ChatEvent, Entry
from services.chat.domain.people import SYSTEM, Person, Viewer
from services.chat.domain.session import ChatSession

Decide = Callable[[ChatSession, datetime], list[ChatEvent]]
Begin = Callable[[datetime], list[ChatEvent]]
# Called once, with the outcome or the error, on the event loop: it must not block or raise.
OnOutcome = Callable[["Outcome | None", BaseException | None], None]
# Fetches the facts that a decision about this session needs; may refuse. The session may have changed when the decision runs: the decision
# then raises FactsOutdated if it lacks a fact.
Prepare = Callable[[ChatSession], Awaitable[Decide]]


class FactsOutdated(Exception):
    """The facts that were fetched do not cover the current session."""


def ignore_outcome(outcome: "Outcome | None", error: BaseException | None) -> None:
    """The OnOutcome of a command that nobody awaits yet."""


def _resolve(future: "asyncio.Future[Outcome]", outcome: "Outcome | None", error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    elif outcome is not None:
        future.set_result(outcome)


def _no_event(session: ChatSession, now: datetime) -> list[ChatEvent]:
    return []


@dataclass(slots=True, eq=False)
class QueuedCommand:
    """`viewer` None: the system, which sees everything. `for_asked`: also engineers who see the session only because they are asked to take
    it over may send it (spec 13.2). `begin` decides if the session does not exist; without it that is an error.
    `fetch` makes `decide` when it is the command's turn, so that the commands behind it wait.
    `previous`: the sender's command that must be in the log already. `expires`: the command is not decided after this moment.
    `once`: if another entry comes first, it fails with RevisionTaken or CommandTaken instead of being decided again."""

    desk_id: str
    session_id: str
    command_id: str
    kind: str
    fingerprint: str
    decide: Decide = _no_event
    fetch: Callable[[], Awaitable[Decide]] | None = None
    on_outcome: OnOutcome = ignore_outcome
    by: Person = SYSTEM
    viewer: Viewer | None = None
    for_asked: bool = False
    begin: Begin | None = None
    previous: str = ""
    expires: datetime | None = None
    traceparent: str = ""
    once: bool = False
    races: int = 0
    # By the event loop's clock.
    queued_at: float = 0.0
    decided: bool = False

    def future(self) -> "asyncio.Future[Outcome]":
        """Gets the outcome. Cancelling it does not stop the command."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.on_outcome = partial(_resolve, future)
        return future


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

    @property
    def opened(self) -> bool:
        """Of an opening: False if an active session came back and nothing was written."""
        return bool(self.entries)


def command_of(viewer: Viewer, session_id: str, command_id: str, kind: str, *arguments: object) -> QueuedCommand:
    """A person's command without its decision. `arguments` distinguish a repeat from a reuse of the id; any values that JSON or repr can
    write. Raises BadArgument (command_id)."""
    checked_id(command_id)
    digest = fingerprint(kind, *arguments)
    trace = current_traceparent()
    return QueuedCommand(viewer.desk_id, session_id, command_id, kind, digest, by=viewer.person, viewer=viewer, traceparent=trace)


def fingerprint(kind: str, *arguments: object) -> str:
    """A digest of the command's arguments: a repeat has the same one, a reuse of the command id another."""
    return sha256(json.dumps([kind, *arguments], default=repr).encode()).hexdigest()[:32]
