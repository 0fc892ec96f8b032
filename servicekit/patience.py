"""How long the caller of the call that is being answered still waits: it bounds whatever is asked and begun on the way."""

import time
from contextvars import ContextVar

_ends: ContextVar[float | None] = ContextVar("patience_ends", default=None)


def limit_patience(seconds: float | None) -> None:
    """From now on in this task, and in those that it starts. None: whoever calls waits without an end."""
    _ends.set(None if seconds is None else time.monotonic() + seconds)


def seconds_left() -> float | None:
    """At least 0; None where nobody's patience ends."""
    ends = _ends.get()
    return None if ends is None else max(ends - time.monotonic(), 0.0)
