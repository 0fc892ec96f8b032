"""What pages and devices report of deliveries, and the next place for those that were not confirmed (spec 5.4, 5.9)."""

from dataclasses import replace
from datetime import datetime

from servicekit.clock import Clock
from servicekit.identity import Caller, new_id
from servicekit.metrics import Metrics
from services.notify.delivery_ports import Deliveries
from services.notify.domain.card import Reason
from services.notify.domain.delivery import Delivery, Outcome, gave_up_place, placed, reported, withdrawn
from services.notify.domain.errors import Busy, NoSuchDelivery, NoSuchPage, WrongArgument
from services.notify.domain.notification import ALERTS, TEST, Kind, Recipient
from services.notify.domain.page import Channel
from services.notify.domain.placement import Placement, Situation, choose
from services.notify.handlers.notifying import Notifying
from services.notify.ports import Engineers, SessionAlerts, SubscribedPeople

MAX_RACES = 20
LONGEST_REASON = 200


class Confirming:
    def __init__(
        self,
        deliveries: Deliveries,
        session_alerts: SessionAlerts,
        engineers: Engineers,
        subscriptions: SubscribedPeople,
        notifying: Notifying,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._deliveries, self._session_alerts, self._engineers = deliveries, session_alerts, engineers
        self._subscriptions, self._notifying, self._clock = subscriptions, notifying, clock
        self._late = metrics.counter("deliveries_unconfirmed_total", "Deliveries that their page did not confirm in time")
        self._reports = metrics.counter("delivery_reports_total", "Reports of pages and devices that changed a delivery", ["outcome"])
        for outcome in Outcome:
            self._reports.labels(outcome.value)

    async def unconfirmed(self, limit: int) -> list[str]:
        return await self._deliveries.unconfirmed(self._clock.now(), limit)

    async def next_unconfirmed(self) -> datetime | None:
        return await self._deliveries.next_unconfirmed()

    async def not_confirmed(self, delivery_id: str) -> None:
        """Its time is over. When another save comes first, that one decides."""
        delivery = await self._deliveries.load(delivery_id)
        if delivery is None or delivery.confirm_at is None or delivery.confirm_at > self._clock.now():
            return
        after, reason = await self._on_next_place(delivery)
        if await self._deliveries.save(after, send=after.confirm_at is not None):
            self._late.inc()
            self._notifying.moved(after, reason)

    async def report(self, caller: Caller, delivery_id: str, outcome: Outcome, reason: str) -> None:
        """Raises NoSuchDelivery, WrongArgument or Busy. A repeat changes nothing."""
        if len(reason) > LONGEST_REASON:
            raise WrongArgument(f"reason has at most {LONGEST_REASON} characters.", field="reason")
        for _ in range(MAX_RACES):
            delivery = await self.get(caller, delivery_id)
            after = reported(delivery, outcome, reason, self._clock.now())
            if after == delivery:
                return
            moves = after.useless and not delivery.useless
            next_after, why = await self._on_next_place(after) if moves else (after, "")
            if await self._deliveries.save(next_after, send=next_after.confirm_at is not None):
                self._reports.labels(outcome.value).inc()
                if moves:
                    self._notifying.moved(next_after, why)
                return
        raise Busy(f"Others keep changing the delivery {delivery_id}")

    async def get(self, caller: Caller, delivery_id: str) -> Delivery:
        """One of the caller's own. Raises NoSuchDelivery."""
        delivery = await self._deliveries.load(delivery_id)
        if delivery is None or (delivery.person_id, delivery.desk_id) != (caller.id, caller.desk_id):
            raise NoSuchDelivery("There is no such delivery.", field="delivery_id")
        return delivery

    async def test(self, caller: Caller, connection_id: str, endpoint: str) -> str:
        """Sends a test to the caller's page, or to the browser with that subscription (spec 5.10). Returns the id of the delivery.

        Raises WrongArgument unless exactly one is named, or when the subscription is not the caller's; and NoSuchPage.
        """
        if bool(connection_id) == bool(endpoint):
            raise WrongArgument("Name a page or a subscription.", field="endpoint" if endpoint else "connection_id")
        now, engineer = self._clock.now(), caller.kind == "engineer"
        id = f"test:{caller.id}:{new_id()}"
        delivery = Delivery(id, caller.desk_id, caller.id, "", Kind.TEST, 0, TEST, now, person_name=caller.name, engineer=engineer)
        if endpoint:
            placement = await self._test_push(caller, endpoint)
        else:
            placement = await self._test_page(caller, connection_id, now)
        delivery = placed(replace(delivery, endpoint=endpoint), placement, now)
        await self._notifying.add([delivery])
        return delivery.id

    async def _test_push(self, caller: Caller, endpoint: str) -> Placement:
        own = (await self._subscriptions.of_people([caller.id])).get(caller.id, ())
        if all(subscription.endpoint != endpoint for subscription in own):
            raise WrongArgument("It is not a subscription of yours.", field="endpoint")
        return Placement(Channel.WEB_PUSH, (), sound=True, show=True)

    async def _test_page(self, caller: Caller, connection_id: str, now: datetime) -> Placement:
        # The person asks for the test, so presence does not matter.
        recipient = Recipient(caller.id, caller.name, False)
        situation = (await self._notifying.situations(caller.desk_id, [recipient]))[caller.id]
        pages = [page for page in situation.pages if page.connection_id == connection_id]
        if not pages:
            raise NoSuchPage("You have no such page open.", field="connection_id")
        return choose(Kind.TEST, "", Situation(recipient, situation.preferences, pages, subscribed=False), now)

    async def _on_next_place(self, delivery: Delivery) -> tuple[Delivery, str]:
        """The delivery on its next place, and the reason if there is none."""
        now = self._clock.now()
        if not await self._still_wanted(delivery):
            return withdrawn(delivery, now), "withdrawn"
        gave_up = gave_up_place(delivery)
        if delivery.kind is Kind.TEST:
            return placed(gave_up, Placement(Channel.NONE, ()), now), "not_confirmed"
        recipient = await self._recipient(delivery)
        tried = {delivery.person_id: frozenset(gave_up.tried)}
        situations = await self._notifying.situations(delivery.desk_id, [recipient], tried)
        placement = choose(delivery.kind, delivery.session_id, situations[delivery.person_id], now)
        return placed(gave_up, placement, now), "not_confirmed"

    async def _recipient(self, delivery: Delivery) -> Recipient:
        found = await self._engineers.one(delivery.person_id) if delivery.engineer else None
        return Recipient(delivery.person_id, delivery.person_name, delivery.engineer, found.presence if found else None)

    async def _still_wanted(self, delivery: Delivery) -> bool:
        if delivery.kind not in ALERTS:
            return True
        return await self._session_alerts.alerts_person(delivery.session_id, delivery.person_id, Reason(delivery.kind.value))
