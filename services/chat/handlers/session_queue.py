"""A session's queue: the commands on their way into its log, in turn, and the cached state that they are decided on."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from services.chat.domain.events import Entry
from services.chat.domain.people import Side
from services.chat.domain.session import ChatSession, apply
from services.chat.handlers.session_command import QueuedCommand

MAX_WAITING = 1_000
MAX_PER_PERSON = 250
MAX_CACHED = 300_000
# Desk and session.
Key = tuple[str, str]


class Turns:
    """A session's waiting commands. People take turns; each person's own commands keep their order.

    A person whose next command is the desk's (an engineer's join, invitation, transfer, leave or end, or a deadline) comes before those
    whose next command is a message or a customer's: a flood of messages must not keep an engineer from ending the chat. Each operation
    costs O(1).
    """

    def __init__(self) -> None:
        # Decided once, to be decided again before anything else.
        self._retries: list[QueuedCommand] = []
        # People in the order of their turns, each in one of the two; no deque is empty.
        self._prioritized: OrderedDict[str, deque[QueuedCommand]] = OrderedDict()
        self._others: OrderedDict[str, deque[QueuedCommand]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[QueuedCommand]:
        """In no order."""
        return chain(self._retries, *self._prioritized.values(), *self._others.values())

    def add(self, command: QueuedCommand) -> bool:
        """False if the queue, or this person's share of it, is full: the command is not taken."""
        person = command.by.id
        waiting = self._prioritized.get(person) or self._others.get(person)
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
        person, waiting = (self._prioritized or self._others).popitem(last=False)
        self._count -= 1
        command = waiting.popleft()
        if waiting:
            self._file(person, waiting)
        return command

    def _file(self, person: str, waiting: deque[QueuedCommand]) -> None:
        (self._prioritized if has_priority(waiting[0]) else self._others)[person] = waiting


def has_priority(command: QueuedCommand) -> bool:
    """Whether an engineer or the system changes the session other than by a message."""
    return command.by.side is not Side.CUSTOMER and command.kind != "post"


@dataclass(slots=True, eq=False)
class SessionQueue:
    """One session's waiting commands and cached state. `busy`: a load or an append is in flight. `stale`: load before deciding.
    `started_at`: when it began, by the event loop's clock. `fresh_at`: the state has all that was accepted until then; 0 when this turn of
    the event loop did not load or append."""

    key: Key
    session: ChatSession | None = None
    revisions_by_command: dict[tuple[str, str], tuple[int, str, datetime]] = field(default_factory=dict)
    waiting: Turns = field(default_factory=Turns)
    busy: bool = False
    stale: bool = True
    started_at: float = 0.0
    fresh_at: float = 0.0
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
