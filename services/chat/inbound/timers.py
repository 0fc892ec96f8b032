"""Fires deadlines (spec 3.13) and keeps the history (spec 8.1). Any replicas may do so at the same time: the log accepts each deadline
once, and saving the same terms twice changes nothing.

Due deadlines are read from the projection, which may lag by LAG_SECONDS and show a fired deadline as due.
"""

import asyncio
import random

from servicekit.clock import Clock
from servicekit.due import Timer
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.polls import Polls
from services.chat.domain.deadlines import Kind
from services.chat.handlers.deadlines import Deadlines
from services.chat.handlers.history_terms import HistoryTerms
from services.chat.ports import Sessions

LAG_SECONDS = 1.0
# Between two searches for sessions that have changed: while there are some, and at rest.
HISTORY_SECONDS, REST_HISTORY_SECONDS = 1.0, 5.0


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


def history_loop(terms: HistoryTerms, metrics: Metrics) -> Loop:
    """Saves the terms of sessions that have changed: a search may lag, a chat may not."""
    terms.on_saved = metrics.counter("history_saved_total", "Sessions whose terms were saved for searches").inc
    terms.on_unreadable = metrics.counter("history_unreadable_total", "Sessions whose terms could not be saved").inc
    polls = Polls(HISTORY_SECONDS, REST_HISTORY_SECONDS)

    async def run() -> None:
        while True:
            if await terms.save_due():
                polls.used()
            else:
                await asyncio.sleep(polls.seconds * random.uniform(0.8, 1.2))

    return Loop("history_terms", run, metrics)
