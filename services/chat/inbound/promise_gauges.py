"""Gauges of the promises to customers that are broken now (spec 13.7).

Each replica counts those of all desks, so a query takes the largest.
"""

import asyncio

from servicekit.loop import Loop
from servicekit.metrics import Metrics
from services.chat.handlers.figures import DeskFigures

EVERY_SECONDS = 30.0


def promise_gauges(figures: DeskFigures, metrics: Metrics) -> Loop:
    waits = metrics.gauge("waits_over_promise", "Waiting chats beyond the wait that their desk promises")
    callbacks = metrics.gauge("callbacks_late", "Call-backs whose preferred times are over")

    async def run() -> None:
        while True:
            broken = await figures.broken_promises()
            waits.set(broken.waits)
            callbacks.set(broken.callbacks)
            await asyncio.sleep(EVERY_SECONDS)

    return Loop("promise_gauges", run, metrics)
