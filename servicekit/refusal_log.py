"""Log entries of refused calls, requests and connections, so few that nobody can fill the log with them (spec 12.2)."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from servicekit.identity import Caller
from servicekit.logs import log

MOST = 100
WITHIN = 60.0


@dataclass(slots=True)
class _Written:
    since: float
    entries: int = 0
    left_out: int = 0


class RefusalLog:
    """Writes at most MOST entries of each kind in WITHIN seconds. The next entry of the kind has the number of those that were left out.
    `now` returns the seconds of a monotonic clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        # By event and kind, both from the code: a few dozen.
        self._written: dict[tuple[str, str], _Written] = {}

    def add(self, event: str, kind: str, by: Caller | None = None, **where: str) -> None:
        """`by`: who was refused, if that is certain. `where` must not hold texts that came with the request."""
        now = self._now()
        written = self._written.setdefault((event, kind), _Written(now))
        if now - written.since >= WITHIN:
            written.since, written.entries = now, 0
        if written.entries >= MOST:
            written.left_out += 1
            return
        written.entries += 1
        who = {"caller": by.id, "caller_kind": by.kind, "desk": by.desk_id} if by else {}
        left_out = {"left_out": written.left_out} if written.left_out else {}
        written.left_out = 0
        log.info(event, kind=kind, **where, **who, **left_out)
