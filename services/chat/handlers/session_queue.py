"""A session's queue: the commands on their way into its log, in turn, and the cached state that they are decided on."""

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from itertools import chain

from servicekit.tracing import current_traceparent
from services.chat.domain.arguments import checked_id
from services.chat.domain.events import ChatEvent, Entry
from services.chat.domain.people import SYSTEM, Person, Side, Viewer
from services.chat.domain.session import ChatSession, apply

MAX_WAITING = 1_000
MAX_PER_PERSON = 250
MAX_CACHED = 300_000
Key = tuple[str, str]
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
    """`viewer` None: the system, which sees everything. `begin` decides if the session does not exist; without it that is an error.
    `previous`: the sender's command that must be in the log already. `expires`: the command is not decided after this moment."""

    desk_id: str
    session_id: str
    command_id: str
    kind: str
    fingerprint: str
    decide: Decide = _no_event
    on_outcome: OnOutcome = ignore_outcome
    by: Person = SYSTEM
    viewer: Viewer | None = None
    begin: Begin | None = None
    previous: str = ""
    expires: datetime | None = None
    traceparent: str = ""
    races: int = 0
    # By the event loop's clock; 0 once the wait is measured.
    queued_at: float = 0.0

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


class Turns:
    """A session's waiting commands. People take turns; each person's own commands keep their order.

    A person whose next command is a step of the desk (an engineer's join, invitation, leave or end, or a deadline) comes before those
    whose next command is a message or a customer's: a flood of messages must not keep an engineer from ending the chat. Each operation
    costs O(1).
    """

    def __init__(self) -> None:
        # Decided once, to be decided again before anything else.
        self._retries: list[QueuedCommand] = []
        # People in the order of their turns, each in one of the two; no deque is empty.
        self._steps: OrderedDict[str, deque[QueuedCommand]] = OrderedDict()
        self._others: OrderedDict[str, deque[QueuedCommand]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[QueuedCommand]:
        """In no order."""
        return chain(self._retries, *self._steps.values(), *self._others.values())

    def add(self, command: QueuedCommand) -> bool:
        """False if the queue, or this person's share of it, is full: the command is not taken."""
        person = command.by.id
        waiting = self._steps.get(person) or self._others.get(person)
        if self._count >= MAX_WAITING or (waiting and len(waiting) >= MAX_PER_PERSON):
            return False
        self._count += 1
        if waiting:
            waiting.append(command)
        else:
            self._file(person, deque((command,)))
        return True

    def put_back(self, command: QueuedCommand) -> None:
        """Puts the command before all others."""
        self._retries.append(command)
        self._count += 1

    def next(self) -> QueuedCommand:
        """Removes and returns the next command; raises KeyError when none waits."""
        if self._retries:
            self._count -= 1
            return self._retries.pop()
        person, waiting = (self._steps or self._others).popitem(last=False)
        self._count -= 1
        command = waiting.popleft()
        if waiting:
            self._file(person, waiting)
        return command

    def _file(self, person: str, waiting: deque[QueuedCommand]) -> None:
        (self._steps if is_step(waiting[0]) else self._others)[person] = waiting


def is_step(command: QueuedCommand) -> bool:
    """Whether an engineer or the system changes the session other than by a message."""
    return command.by.side is not Side.CUSTOMER and command.kind != "post"


@dataclass(slots=True, eq=False)
class SessionQueue:
    """One session's waiting commands and cached state. `busy`: a load or an append is in flight. `stale`: load before deciding.
    `fresh`: the state is the newest, for this turn of the event loop."""

    key: Key
    session: ChatSession | None = None
    revisions_by_command: dict[tuple[str, str], tuple[int, str, datetime]] = field(default_factory=dict)
    waiting: Turns = field(default_factory=Turns)
    busy: bool = False
    stale: bool = True
    fresh: bool = False
    weight: int = 1

    @property
    def revision(self) -> int:
        return 0 if self.session is None else self.session.revision

    def apply(self, entries: Iterable[Entry]) -> None:
        """Applies the entries above the cached revision. Raises ValueError on a gap, with every entry before it applied."""
        for entry in entries:
            if entry.revision > self.revision:
                self.add(entry, apply(self.session, entry))

    def add(self, entry: Entry, session: ChatSession) -> None:
        """`session` is the state after the entry."""
        self.session = session
        self.revisions_by_command[entry.by.id, entry.command_id] = (entry.revision, entry.fingerprint, entry.at)


class SessionQueues:
    """A cache of at most `most` entries, in whole sessions; the least recently used idle session is evicted first. A stale state is safe:
    the log refuses an append that was decided on it."""

    def __init__(self, most: int = MAX_CACHED) -> None:
        self._most, self._weight = most, 0
        self._queues: OrderedDict[Key, SessionQueue] = OrderedDict()

    def __len__(self) -> int:
        return len(self._queues)

    def get(self, key: Key) -> SessionQueue:
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = SessionQueue(key)
            self._weight += 1
        else:
            self._queues.move_to_end(key)
        return queue

    def cached(self, key: Key) -> ChatSession | None:
        queue = self._queues.get(key)
        return None if queue is None else queue.session

    def count_added(self, queue: SessionQueue) -> None:
        """Counts the queue's new entries and evicts idle sessions."""
        self._weight += 1 + len(queue.revisions_by_command) - queue.weight
        queue.weight = 1 + len(queue.revisions_by_command)
        while self._weight > self._most:
            idle = next((queue for queue in self._queues.values() if not (queue.busy or queue.waiting)), None)
            if idle is None:
                return
            self.drop(idle)

    def drop(self, queue: SessionQueue) -> None:
        if self._queues.get(queue.key) is queue:
            del self._queues[queue.key]
            self._weight -= queue.weight
