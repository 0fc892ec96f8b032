"""What a replica remembers of sessions: a cache, bounded, that the log's own lock makes right."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.chat.domain.entry import Entry
from services.chat.domain.session import ChatSession, apply
from services.chat.handlers.turns import Turns

Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class Line:
    """One session's queue and state. `busy`: a load or an append is in flight. `stale`: load before deciding. `fresh`: the state is
    surely the newest, for this turn of the loop."""

    key: Key
    session: ChatSession | None = None
    index: dict[tuple[str, str], tuple[int, str, datetime]] = field(default_factory=dict)
    waiting: Turns = field(default_factory=Turns)
    busy: bool = False
    stale: bool = True
    fresh: bool = False
    weight: int = 1

    @property
    def revision(self) -> int:
        return 0 if self.session is None else self.session.revision

    def take(self, entries: Iterable[Entry]) -> None:
        """Applies those that are next. Raises ValueError on a gap, with everything before it applied."""
        for entry in entries:
            if entry.revision > self.revision:
                self.add(entry, apply(self.session, entry))

    def add(self, entry: Entry, session: ChatSession) -> None:
        self.session = session
        self.index[entry.by.id, entry.command_id] = (entry.revision, entry.fingerprint, entry.at)


class Lines:
    """At most `most` entries are remembered, in whole sessions; the one longest unused goes first."""

    def __init__(self, most: int) -> None:
        self._most, self._weight = most, 0
        self._lines: OrderedDict[Key, Line] = OrderedDict()

    def __len__(self) -> int:
        return len(self._lines)

    def get(self, key: Key) -> Line:
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(key)
            self._weight += 1
        else:
            self._lines.move_to_end(key)
        return line

    def peek(self, key: Key) -> ChatSession | None:
        line = self._lines.get(key)
        return None if line is None else line.session

    def grew(self, line: Line) -> None:
        """More of it is remembered than before. Lines in use stay."""
        self._weight += 1 + len(line.index) - line.weight
        line.weight = 1 + len(line.index)
        while self._weight > self._most:
            idle = next((line for line in self._lines.values() if not (line.busy or line.waiting)), None)
            if idle is None:
                return
            self.drop(idle)

    def drop(self, line: Line) -> None:
        if self._lines.get(line.key) is line:
            del self._lines[line.key]
            self._weight -= line.weight
