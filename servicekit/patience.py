"""The remaining time of the call that is being answered. It bounds every call and command that the answer needs."""

import time
from contextvars import ContextVar

_ends: ContextVar[float | None] = ContextVar("patience_ends", default=None)


def limit_patience(seconds: float | None) -> None:
    """Sets the remaining time for this task and for the tasks that it starts. None: no limit."""
    _ends.set(None if seconds is None else time.monotonic() + seconds)


def seconds_left() -> float | None:
    """The remaining time, at least 0; None without a limit."""
    ends = _ends.get()
    return None if ends is None else max(ends - time.monotonic(), 0.0)
