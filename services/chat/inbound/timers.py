"""Fires deadlines (spec 3.13). Any replicas may do so at the same time: the log accepts each deadline once.

The due ones are read from the projection, which may lag by LAG_SECONDS and show a fired deadline as due.
"""

from servicekit.clock import Clock
from servicekit.due import Timer
from servicekit.metrics import Metrics
from services.chat.domain.deadlines import Kind
from services.chat.handlers.deadlines import Deadlines
from services.chat.ports import Sessions

LAG_SECONDS = 1.0


def deadline_timer(deadlines: Deadlines, sessions: Sessions, clock: Clock, metrics: Metrics) -> Timer[tuple[str, str]]:
    """Its keys are desk and session; its `loop` is the part for wiring."""
    counter = metrics.counter("deadlines_fired_total", "Deadlines that changed a session", ["kind"])
    fired = {kind: counter.labels(kind) for kind in Kind}

    async def due(limit: int) -> list[tuple[str, str]]:
        return await sessions.due(clock.now(), limit)

    async def fire(key: tuple[str, str]) -> None:
        kind = await deadlines.fire(*key)
        if kind is not None:
            fired[kind].inc()

    timer = Timer("deadlines", due, sessions.next_due, fire, clock, metrics, lag_seconds=LAG_SECONDS)
    deadlines.on_due = timer.announce
    return timer
