"""The next place for notifications that their page did not confirm or could do nothing with (spec 5.4).

Those that are due together are decided together: when a gateway stops, the deliveries of all its pages become due.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from servicekit.clock import Clock
from servicekit.metrics import Metrics
from services.notify.delivery_ports import Deliveries
from services.notify.domain.card import Reason
from services.notify.domain.delivery import Delivery, gave_up_place, placed, with_time_to_confirm, withdrawn
from services.notify.domain.notification import ALERTS, Kind, Recipient
from services.notify.domain.page import Channel
from services.notify.domain.placement import Placement, choose
from services.notify.domain.session_alert import EngineerWithPresence
from services.notify.handlers.notifying import Notifying
from services.notify.ports import Engineers, SessionAlerts

WITHDRAWN, NOT_CONFIRMED = "withdrawn", "not_confirmed"


class Confirming:
    def __init__(
        self,
        deliveries: Deliveries,
        session_alerts: SessionAlerts,
        engineers: Engineers,
        notifying: Notifying,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._deliveries, self._session_alerts, self._engineers = deliveries, session_alerts, engineers
        self._notifying, self._clock = notifying, clock
        self._late = metrics.counter("deliveries_unconfirmed_total", "Deliveries that their page did not confirm in time")
        self._unsent = metrics.counter(
            "deliveries_unsent_total", "Deliveries that were saved and not published in time, and are published now"
        )

    async def unconfirmed(self, limit: int) -> list[str]:
        return await self._deliveries.unconfirmed(self._clock.now(), limit)

    async def next_unconfirmed(self) -> datetime | None:
        return await self._deliveries.next_unconfirmed()

    async def not_confirmed(self, delivery_ids: Sequence[str]) -> None:
        """Their time is over. When another save of one comes first, that one decides."""
        await self._notifying.new_chats.pass_first()
        now = self._clock.now()
        due = [each for each in await self._deliveries.of_ids(delivery_ids) if each.confirm_at is not None and each.confirm_at <= now]
        late, after = sum(not each.unsent for each in due), await self.next_places(due)
        saved = await self.saved(after)
        self._late.inc(late)
        self._unsent.inc(len(due) - late)
        await self._notifying.send(saved)

    async def saved(self, after: Mapping[str, tuple[Delivery, str]]) -> list[Delivery]:
        """Saves what `next_places` returned; returns those that were saved. `Notifying.send` follows."""
        await self._notifying.new_chats.pass_first()
        saved = await self._deliveries.save([delivery for delivery, _ in after.values()])
        for delivery in saved:
            if reason := after[delivery.id][1]:
                self._notifying.moved(delivery, reason)
        return saved

    async def next_places(self, deliveries: Sequence[Delivery]) -> dict[str, tuple[Delivery, str]]:
        """Each on its next place, with the reason if there is none; one that was never sent on the same place, with "".

        One call to presence and one query of each store, for each desk.
        """
        now, after = self._clock.now(), dict[str, tuple[Delivery, str]]()
        active = await self._session_alerts.active(sorted({each.session_id for each in deliveries if each.kind in ALERTS}))
        moving = defaultdict[str, list[Delivery]](list)
        for delivery in deliveries:
            if delivery.kind in ALERTS and (delivery.session_id, delivery.person_id, Reason(delivery.kind.value)) not in active:
                after[delivery.id] = withdrawn(delivery, now), WITHDRAWN
            elif delivery.unsent:
                after[delivery.id] = with_time_to_confirm(delivery, now), ""
            elif delivery.kind is Kind.TEST:
                after[delivery.id] = placed(gave_up_place(delivery), Placement(Channel.NONE, ()), now), NOT_CONFIRMED
            else:
                moving[delivery.desk_id].append(gave_up_place(delivery))
        for desk_id, moved in moving.items():
            after |= {each.id: (each, NOT_CONFIRMED) for each in await self._moved(desk_id, moved, now)}
        return after

    async def _moved(self, desk_id: str, deliveries: Sequence[Delivery], now: datetime) -> list[Delivery]:
        engineers = await self._engineers.of_ids(sorted({each.person_id for each in deliveries if each.engineer}))
        recipients = {each.person_id: _recipient(each, engineers.get(each.person_id)) for each in deliveries}
        situations = await self._notifying.situations(desk_id, list(recipients.values()))
        return [
            placed(each, choose(each.kind, each.session_id, replace(situations[each.person_id], tried=frozenset(each.tried)), now), now)
            for each in deliveries
        ]


def _recipient(delivery: Delivery, found: EngineerWithPresence | None) -> Recipient:
    return Recipient(delivery.person_id, delivery.person_name, delivery.engineer, found.presence if found else None)
