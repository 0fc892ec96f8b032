"""The deadline of the call that is being answered. It bounds every call and command that the answer needs."""

import time
from contextvars import ContextVar

_deadline: ContextVar[float | None] = ContextVar("call_deadline", default=None)


def set_call_deadline(seconds: float | None) -> None:
    """Sets the remaining time for this task and for the tasks that it starts. None: no limit."""
    _deadline.set(None if seconds is None else time.monotonic() + seconds)


def seconds_left() -> float | None:
    """The remaining time, at least 0; None without a limit."""
    deadline = _deadline.get()
    return None if deadline is None else max(deadline - time.monotonic(), 0.0)
