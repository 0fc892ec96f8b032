"""Log entries of refused calls, requests and connections, so few that nobody can fill the log with them (spec 12.2)."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from servicekit.identity import Caller
from servicekit.logs import log

MOST = 100
# So that one caller does not hide the others.
MOST_OF_CALLER = 10
WITHIN = 60.0


@dataclass(slots=True)
class _Written:
    since: float
    entries: int = 0
    left_out: int = 0
    # By desk and id. Only entries are counted, so it has at most MOST callers.
    of_caller: Counter[tuple[str, str]] = field(default_factory=Counter)


class RefusalLog:
    """Writes at most MOST entries of each kind in WITHIN seconds, and MOST_OF_CALLER of one caller. The number of those that were left out
    is written before the first entry after that time, of any kind, or on `flush`. `now` returns the seconds of a monotonic clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        # By event and kind, both from the code: a few dozen.
        self._written: dict[tuple[str, str], _Written] = {}

    def add(self, event: str, kind: str, by: Caller | None = None, **where: str) -> None:
        """`by`: who was refused, if that is certain. `where` must not hold texts that came with the request."""
        now = self._now()
        for each in [key for key, written in self._written.items() if now - written.since >= WITHIN]:
            self._close(each)
        written = self._written.setdefault((event, kind), _Written(now))
        if written.entries >= MOST or (by and written.of_caller[by.desk_id, by.id] >= MOST_OF_CALLER):
            written.left_out += 1
            return
        written.entries += 1
        who: dict[str, str] = {}
        if by:
            written.of_caller[by.desk_id, by.id] += 1
            who = {"caller": by.id, "caller_kind": by.kind, "desk": by.desk_id}
        log.info(event, kind=kind, **where, **who)

    def flush(self) -> None:
        """Writes the numbers of those that were left out until now: the process stops."""
        for each in list(self._written):
            self._close(each)

    def _close(self, each: tuple[str, str]) -> None:
        left_out = self._written.pop(each).left_out
        if left_out:
            log.info("refusals_left_out", of=each[0], kind=each[1], left_out=left_out)
