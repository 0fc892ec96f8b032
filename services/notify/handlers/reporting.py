"""What pages and devices report of deliveries, and what became of a delivery (spec 5.9)."""

from servicekit.clock import Clock
from servicekit.identity import Caller
from servicekit.metrics import Metrics
from services.notify.delivery_ports import Deliveries
from services.notify.domain.delivery import Delivery
from services.notify.domain.delivery_report import DeliveryReport, Outcome, reported
from services.notify.domain.errors import Busy, NoSuchDelivery, WrongArgument
from services.notify.handlers.confirming import Confirming
from services.notify.handlers.notifying import Notifying

MAX_RACES = 20
MAX_TEXT = 200


class Reporting:
    def __init__(self, deliveries: Deliveries, confirming: Confirming, notifying: Notifying, clock: Clock, metrics: Metrics) -> None:
        self._deliveries, self._confirming, self._notifying, self._clock = deliveries, confirming, notifying, clock
        self._reports = metrics.counter("delivery_reports_total", "Reports of pages and devices that changed a delivery", ["outcome"])
        for outcome in Outcome:
            self._reports.labels(outcome.value)

    async def report(self, caller: Caller, delivery_id: str, report: DeliveryReport) -> None:
        """Raises NoSuchDelivery, WrongArgument or Busy. A repeat changes nothing. One in the usual order is one update."""
        for field, text in (("reason", report.reason), ("place", report.place)):
            if len(text) > MAX_TEXT:
                raise WrongArgument(f"{field} has at most {MAX_TEXT} characters.", field=field)
        in_order = await self._deliveries.report(caller.desk_id, caller.id, delivery_id, report, self._clock.now())
        if in_order or await self._decided(caller, delivery_id, report):
            self._reports.labels(report.outcome.value).inc()

    async def get(self, caller: Caller, delivery_id: str) -> Delivery:
        """One of the caller's own. Raises NoSuchDelivery."""
        found = await self._deliveries.of_ids([delivery_id])
        if not found or (found[0].person_id, found[0].desk_id) != (caller.id, caller.desk_id):
            raise NoSuchDelivery("There is no such delivery.", field="delivery_id")
        return found[0]

    async def _decided(self, caller: Caller, delivery_id: str, report: DeliveryReport) -> bool:
        """Loads, decides and saves; False when it changes nothing. A page that could do nothing loses it to the next place."""
        for _ in range(MAX_RACES):
            delivery = await self.get(caller, delivery_id)
            after = reported(delivery, report, self._clock.now())
            if after == delivery:
                return False
            moves = after.useless and not delivery.useless
            saved = await self._confirming.saved(await self._confirming.next_places([after]) if moves else {after.id: (after, "")})
            if saved:
                await self._notifying.send(saved if moves else ())
                return True
        raise Busy(f"Others keep changing the delivery {delivery_id}")
