"""In which order the commands of one session are decided, so that nobody's many commands keep out another's few."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import chain

from services.chat.domain.people import Side
from services.chat.handlers.change import Change

MOST_WAITING = 1_000
MOST_OF_ONE_PERSON = 250


class Turns:
    """A session's waiting commands. People take turns, and each person's own commands keep their order.

    A person whose next command is a step of the desk (an engineer's join, invitation, leave or end, or a deadline) comes before those
    whose next one is a message or a customer's: a flood of messages must not keep an engineer from ending the chat. All steps cost O(1).
    """

    def __init__(self) -> None:
        # Decided before, and to be decided again before anything else.
        self._again: list[Change] = []
        # People in the order of their turns, each in one of the two; no queue is empty.
        self._steps: OrderedDict[str, deque[Change]] = OrderedDict()
        self._others: OrderedDict[str, deque[Change]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Change]:
        """In no order."""
        return chain(self._again, *self._steps.values(), *self._others.values())

    def add(self, change: Change) -> bool:
        """False: so many wait already, of this person or of all, that this one is not taken."""
        person = change.by.id
        waiting = self._steps.get(person) or self._others.get(person)
        if self._count >= MOST_WAITING or (waiting and len(waiting) >= MOST_OF_ONE_PERSON):
            return False
        self._count += 1
        if waiting:
            waiting.append(change)
        else:
            self._file(person, deque((change,)))
        return True

    def put_back(self, change: Change) -> None:
        """It comes first, whoever waits."""
        self._again.append(change)
        self._count += 1

    def next(self) -> Change:
        """Takes the next one out. Raises KeyError when nothing waits."""
        if self._again:
            self._count -= 1
            return self._again.pop()
        person, waiting = (self._steps or self._others).popitem(last=False)
        self._count -= 1
        change = waiting.popleft()
        if waiting:
            self._file(person, waiting)
        return change

    def _file(self, person: str, waiting: deque[Change]) -> None:
        (self._steps if is_step(waiting[0]) else self._others)[person] = waiting


def is_step(change: Change) -> bool:
    """Whether the desk's side takes the session a step further, rather than says something in it."""
    return change.by.side is not Side.CUSTOMER and change.kind != "post"
