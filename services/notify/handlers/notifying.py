"""Places notifications and records them (spec 5.4, 5.9).

The ids of deliveries are made from what they are about, so a notification that is requested twice (by two replicas, or
again after a crash) is delivered once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from servicekit.clock import Clock
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.notify.delivery_ports import Deliveries, NotificationSender
from services.notify.domain.delivery import Delivery, closing, placed, withdrawn
from services.notify.domain.notification import ALERTS, Content, Kind, Recipient
from services.notify.domain.page import Channel, Page
from services.notify.domain.placement import Situation, choose
from services.notify.domain.preferences import default_preferences
from services.notify.handlers.new_chats import NewChats
from services.notify.ports import Owners, PreferencesStore, SubscribedPeople

# By person.
Pages = Mapping[str, Sequence[Page]]
# The most that presence answers for in one call.
AT_ONCE = 1000
# People whose places are chosen in one step: about a millisecond.
STEP = 50
MAX_RACES = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """One notification to one person."""

    id: str
    desk_id: str
    session_id: str
    kind: Kind
    rung: int
    content: Content
    recipient: Recipient


class Notifying:
    """`on_unconfirmed` gets the time of the next confirmation, and `on_push` is called when a delivery waits for Web Push. The alerts
    of `new_chats` pass between its steps and those of its callers."""

    def __init__(
        self,
        owners: Owners,
        preferences: PreferencesStore,
        subscriptions: SubscribedPeople,
        deliveries: Deliveries,
        sender: NotificationSender,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._owners, self._preferences, self._subscriptions, self._deliveries = owners, preferences, subscriptions, deliveries
        self._sender, self._clock, self.new_chats = sender, clock, NewChats()
        self.on_unconfirmed: Callable[[datetime], None] = lambda due: None
        self.on_push: Callable[[], None] = lambda: None
        self._sent = metrics.counter("notifications_total", "Notifications sent, by subject and place", ["kind", "channel"])
        self._failed = metrics.counter("notifications_failed_total", "Notifications that reached no place, by reason", ["reason"])
        for reason in ("nowhere", "not_confirmed", "withdrawn", "push"):
            self._failed.labels(reason)

    async def pages(self, desk_id: str, person_ids: Iterable[str]) -> dict[str, list[Page]]:
        """The open pages of any number of people."""
        ids, found = sorted(person_ids), dict[str, list[Page]]()
        for at in range(0, len(ids), AT_ONCE):
            found |= await self._owners.pages(desk_id, ids[at : at + AT_ONCE])
        return found

    async def notify(self, asks: Sequence[Ask], pages: Pages | None = None) -> None:
        """Asks presence, unless `pages` are their pages, and the stores once for each desk and 1000 people."""
        by_desk = defaultdict[str, list[Ask]](list)
        for ask in asks:
            by_desk[ask.desk_id].append(ask)
        for desk_id, asked in by_desk.items():
            for at in range(0, len(asked), AT_ONCE):
                await self._notify(desk_id, asked[at : at + AT_ONCE], pages)

    async def _notify(self, desk_id: str, asks: Sequence[Ask], pages: Pages | None) -> None:
        situations = await self.situations(desk_id, [ask.recipient for ask in asks], pages)
        now, new = self._clock.now(), list[Delivery]()
        for number, ask in enumerate(asks):
            if number % STEP == 0:
                await self.new_chats.pass_first()
            placement = choose(ask.kind, ask.session_id, situations[ask.recipient.id], now)
            if placement.recorded:
                new.append(placed(_asked(ask, now), placement, now))
        await self.add(new)

    async def add(self, new: Sequence[Delivery]) -> None:
        """Records deliveries that are placed, and sends those that nobody recorded before."""
        await self.new_chats.pass_first()
        added = await self._deliveries.add(new)
        for delivery in added:
            self._count(delivery)
        await self.send(added)

    async def send(self, deliveries: Sequence[Delivery]) -> None:
        """Publishes what was saved for pages and is not sent, and wakes the loop for confirmations and the push queue.

        What a crash, or a broker that is down, leaves unsent is published when its confirmation is due.
        """
        if any(delivery.push_at for delivery in deliveries):
            self.on_push()
        unsent = [delivery for delivery in deliveries if delivery.unsent]
        if unsent:
            self.on_unconfirmed(min(delivery.confirm_at for delivery in unsent if delivery.confirm_at))
            await self.new_chats.pass_first()
            await self._sender.send(unsent)
            await self._deliveries.mark_sent([delivery.id for delivery in unsent], self._clock.now())

    async def situations(self, desk_id: str, recipients: Sequence[Recipient], pages: Pages | None = None) -> dict[str, Situation]:
        """What is known of these people now. At most AT_ONCE."""
        ids = sorted({recipient.id for recipient in recipients})
        # At once, because the person waits for the slowest of them.
        preferences, subscriptions, pages = await asyncio.gather(
            self._preferences.of_people(ids), self._subscriptions.of_people(ids), self._pages_of(desk_id, ids, pages)
        )
        return {
            recipient.id: Situation(
                recipient,
                preferences.get(recipient.id) or default_preferences(engineer=recipient.engineer),
                pages.get(recipient.id, ()),
                bool(subscriptions.get(recipient.id)),
            )
            for recipient in recipients
        }

    async def _pages_of(self, desk_id: str, ids: Sequence[str], pages: Pages | None) -> Pages:
        return await self._owners.pages(desk_id, ids) if pages is None else pages

    def moved(self, delivery: Delivery, reason: str) -> None:
        """Counts a delivery that was saved with its next place, or without any because of `reason`."""
        self._count(delivery, reason)

    async def alerts_end(self, session_id: str, person_ids: Sequence[str]) -> None:
        """The alerts of these people end: nothing more is pushed, and what was pushed is removed from their devices.

        It runs before the end is saved, so that a crash in between repeats it. Pages close their notification by the withdrawn alert.
        """
        found = await self._deliveries.pushed_of_session(session_id, person_ids) if person_ids else []
        await self._end([delivery for delivery in found if delivery.kind in ALERTS])

    async def push_chat_ends(self, session_id: str, customer_id: str) -> None:
        """The customer has answered, or it was withdrawn: it is neither pushed nor moved to its next place."""
        found = await self._deliveries.of_session(session_id, [customer_id])
        await self._end([delivery for delivery in found if delivery.kind is Kind.PUSH_CHAT])

    async def _end(self, deliveries: Sequence[Delivery]) -> None:
        latest = {each.person_id: each for each in await self._withdraw(deliveries) if each.channel is Channel.WEB_PUSH}
        # A push that is on its way may still arrive, so it is closed as well.
        closings = [closing(each, self._clock.now()) for each in latest.values() if not each.close and each.push_tries]
        await self.send(await self._deliveries.add(closings) if closings else ())

    async def _withdraw(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Returns them as they were before, by then perhaps claimed by the push queue."""
        ended = {delivery.id: delivery for delivery in deliveries}
        going_on = [delivery for delivery in deliveries if _goes_on(delivery)]
        for _ in range(MAX_RACES):
            if not going_on:
                break
            now = self._clock.now()
            saved = {delivery.id for delivery in await self._deliveries.save([withdrawn(delivery, now) for delivery in going_on])}
            found = await self._deliveries.of_ids([delivery.id for delivery in going_on if delivery.id not in saved])
            ended |= {delivery.id: delivery for delivery in found}
            going_on = [delivery for delivery in found if _goes_on(delivery)]
        return [*ended.values()]

    def _count(self, delivery: Delivery, reason: str = "nowhere") -> None:
        if delivery.failed_at is not None:
            self._failed.labels(reason).inc()
        else:
            self._sent.labels(delivery.kind.value, delivery.channel.value).inc()
        log.debug("notification_placed", delivery=delivery.id, channel=delivery.channel.value)


def _goes_on(delivery: Delivery) -> bool:
    """Confirming withdraws an unconfirmed alert. An unconfirmed push chat must be withdrawn here."""
    unconfirmed = delivery.kind is Kind.PUSH_CHAT and delivery.confirm_at is not None
    return not delivery.close and (delivery.push_at is not None or unconfirmed)


def _asked(ask: Ask, now: datetime) -> Delivery:
    return Delivery(
        id=ask.id,
        desk_id=ask.desk_id,
        person_id=ask.recipient.id,
        session_id=ask.session_id,
        kind=ask.kind,
        rung=ask.rung,
        content=ask.content,
        asked_at=now,
        person_name=ask.recipient.name,
        engineer=ask.recipient.engineer,
    )
