"""Why an engineer was or was not alerted of a session, and what became of each notification (spec 5.9, 5.11)."""

from collections.abc import Sequence
from datetime import timedelta

from servicekit.clock import Clock
from servicekit.identity import Caller
from services.notify.delivery_ports import Deliveries
from services.notify.domain.access import must_ask_about, visible
from services.notify.domain.decision import Fact
from services.notify.domain.delivery import Delivery
from services.notify.domain.errors import NoSuchEngineer
from services.notify.domain.explanation import explanation, moment_of, with_delivery
from services.notify.domain.session_alert import new_session_alert
from services.notify.ports import Engineers, Owners, SessionAlerts

# ExplainAlert answers for this long, and records of deliveries and of engineers are kept as long.
REMEMBERED = timedelta(days=30)
FORGET_EVERY_SECONDS = 3600.0


class Explaining:
    def __init__(self, session_alerts: SessionAlerts, engineers: Engineers, deliveries: Deliveries, owners: Owners, clock: Clock) -> None:
        self._session_alerts, self._engineers, self._deliveries = session_alerts, engineers, deliveries
        self._owners, self._clock = owners, clock

    async def explain(self, caller: Caller, session_id: str, person_id: str) -> tuple[bool, Sequence[Fact], Sequence[Delivery]]:
        """Whether that engineer is or was alerted, why, and the notifications, oldest first. For the engineer, supervisors and admins."""
        must_ask_about(caller, person_id)
        stored = await self._session_alerts.load(session_id)
        card = visible(caller, stored.card if stored else await self._owners.session(caller.desk_id, session_id))
        session_alert = stored or new_session_alert(card)
        moment = moment_of(session_alert)
        found = await (self._engineers.as_of(person_id, moment) if moment else self._engineers.one(person_id))
        if found is None or found.engineer.desk_id != caller.desk_id:
            raise NoSuchEngineer("There is no such engineer", field="person_id")
        found_deliveries = await self._deliveries.of_session(session_id, [person_id])
        deliveries = [delivery for delivery in found_deliveries if not delivery.close]
        alerted, facts = explanation(session_alert, found)
        return alerted, with_delivery(facts, deliveries), deliveries

    async def keep_forgetting(self) -> None:
        """Runs in a Loop of every replica."""
        while True:
            await self._clock.sleep(FORGET_EVERY_SECONDS)
            await self.forget_old()

    async def forget_old(self) -> None:
        before = self._clock.now() - REMEMBERED
        await self._session_alerts.forget(before)
        await self._deliveries.forget(before)
        await self._engineers.forget(before)
