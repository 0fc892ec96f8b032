"""What pages did with notifications, from pages to notify (spec 5.9).

The page gets no answer: after a lost report notify may send the notification to the person's next place as well.
"""

import asyncio
from collections import deque

from parley.notify.v1 import delivery_pb2 as delivery
from servicekit.errors import TypedError
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.gateway.ports import Service, Socket

# Reports of one socket that wait while notify does not answer; more are dropped.
MAX_WAITING = 20


class DeliveryReports:
    """Sends the reports of a socket one after the other, so that they arrive in order. Those of a closed socket are still sent, because a
    page may close with a click on its notification.

    A Part: it drops what waits when the process stops.
    """

    ready = True

    def __init__(self, delivery_service: Service, metrics: Metrics) -> None:
        self._notify = delivery_service
        self._waiting: dict[Socket, deque[delivery.ReportDeliveryRequest]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reports = metrics.counter(
            "delivery_reports_total", "Reports of pages about notifications, by what became of them", ["outcome"]
        )

    async def start(self) -> None:
        """Sends nothing before the first report."""

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def report(self, socket: Socket, *, delivery_id: str, outcome: str, reason: str, place: str) -> None:
        """Returns at once. `outcome` is a name of the contract's DeliveryOutcome, `place` is the one that the notification named."""
        number = delivery.DeliveryOutcome.Value(outcome)
        request = delivery.ReportDeliveryRequest(delivery_id=delivery_id, outcome=number, reason=reason, place=place)
        if (waiting := self._waiting.get(socket)) is None:
            self._waiting[socket] = deque([request])
            task = asyncio.create_task(self._send(socket))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif len(waiting) < MAX_WAITING:
            waiting.append(request)
        else:
            self._reports.labels("dropped").inc()

    async def _send(self, socket: Socket) -> None:
        waiting = self._waiting[socket]
        try:
            while waiting:
                await self._send_one(socket, waiting.popleft())
        finally:
            del self._waiting[socket]

    async def _send_one(self, socket: Socket, request: delivery.ReportDeliveryRequest) -> None:
        try:
            await self._notify.call("ReportDelivery", request, socket.viewer)
        except TypedError as error:
            self._reports.labels("failed").inc()
            # Without the id, which is what a page wrote. What notify refuses is a fault of the page.
            (log.warning if error.transient else log.debug)("delivery_not_reported", connection=socket.id, code=error.code)
            return
        self._reports.labels("sent").inc()
