"""Places notifications and records them (spec 5.4, 5.9).

The ids of deliveries are made from what they are about, so whatever is asked for twice (by two replicas, or again after a crash) is
delivered once.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from servicekit.clock import Clock
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.notify.delivery_ports import Deliveries
from services.notify.domain.delivery import Delivery, closing, placed, withdrawn
from services.notify.domain.notification import ENDING, Content, Kind, Recipient
from services.notify.domain.page import Channel
from services.notify.domain.placement import Situation, choose
from services.notify.domain.preferences import default_preferences
from services.notify.ports import Owners, PreferencesStore, SubscribedPeople

# The most that presence answers for in one call.
AT_ONCE = 1000
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
    """`publish_saved` is called when deliveries were saved; it does not wait. `on_unconfirmed` gets the time of the next confirmation,
    and `on_push` is called when a delivery waits for Web Push."""

    def __init__(
        self,
        owners: Owners,
        preferences: PreferencesStore,
        subscriptions: SubscribedPeople,
        deliveries: Deliveries,
        publish_saved: Callable[[], None],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._owners, self._preferences, self._subscriptions, self._deliveries = owners, preferences, subscriptions, deliveries
        self._publish_saved, self._clock = publish_saved, clock
        self.on_unconfirmed: Callable[[datetime], None] = lambda due: None
        self.on_push: Callable[[], None] = lambda: None
        self._sent = metrics.counter("notifications_total", "Notifications sent, by subject and place", ["kind", "channel"])
        self._failed = metrics.counter("notifications_failed_total", "Notifications that reached no place, by reason", ["reason"])
        for reason in ("nowhere", "not_confirmed", "withdrawn", "push"):
            self._failed.labels(reason)

    async def notify(self, asks: Sequence[Ask]) -> None:
        """Asks presence and the stores once for each desk and 1000 people."""
        by_desk = defaultdict[str, list[Ask]](list)
        for ask in asks:
            by_desk[ask.desk_id].append(ask)
        for desk_id, asked in by_desk.items():
            for at in range(0, len(asked), AT_ONCE):
                await self._notify(desk_id, asked[at : at + AT_ONCE])

    async def _notify(self, desk_id: str, asks: Sequence[Ask]) -> None:
        situations = await self.situations(desk_id, [ask.recipient for ask in asks])
        now, new = self._clock.now(), list[Delivery]()
        for ask in asks:
            placement = choose(ask.kind, ask.session_id, situations[ask.recipient.id], now)
            if placement.recorded:
                new.append(placed(_asked(ask, now), placement, now))
        await self.add(new)

    async def add(self, new: Sequence[Delivery]) -> None:
        """Records deliveries that are placed."""
        added = await self._deliveries.add(new)
        for delivery in added:
            self._count(delivery)
        self.saved(added)

    async def situations(
        self, desk_id: str, recipients: Sequence[Recipient], tried: Mapping[str, Set[str]] | None = None
    ) -> dict[str, Situation]:
        """What is known of these people now. `tried`: the pages of a person that are not chosen again."""
        ids = sorted({recipient.id for recipient in recipients})
        pages = await self._owners.pages(desk_id, ids)
        preferences, subscriptions = await self._preferences.of_people(ids), await self._subscriptions.of_people(ids)
        return {
            recipient.id: Situation(
                recipient,
                preferences.get(recipient.id) or default_preferences(engineer=recipient.engineer),
                pages.get(recipient.id, ()),
                bool(subscriptions.get(recipient.id)),
                (tried or {}).get(recipient.id, frozenset()),
            )
            for recipient in recipients
        }

    def moved(self, delivery: Delivery, reason: str) -> None:
        """Counts a delivery that was saved with its next place, or without any because of `reason`."""
        self._count(delivery, reason)
        self.saved([delivery])

    def saved(self, deliveries: Sequence[Delivery]) -> None:
        """Publishes what was saved, and wakes the loop for confirmations and the push queue."""
        if any(delivery.push_at for delivery in deliveries):
            self.on_push()
        due = [delivery.confirm_at for delivery in deliveries if delivery.confirm_at]
        if due:
            self._publish_saved()
            self.on_unconfirmed(min(due))

    async def alerts_end(self, session_id: str, person_ids: Sequence[str]) -> None:
        """The alerts or push chats of these people end: nothing more is pushed, and what was pushed is removed from their devices.

        It runs before the end is saved, so that a crash in between repeats it. Pages close their notification by the withdrawn alert.
        """
        found = await self._deliveries.of_session(session_id, person_ids) if person_ids else []
        latest = dict[str, Delivery]()
        for delivery in found:
            if delivery.kind in ENDING:
                ended = delivery if delivery.close else await self._withdraw(delivery)
                if ended.channel is Channel.WEB_PUSH:
                    latest[ended.person_id] = ended
        # A push that is on its way may still arrive, so it is closed as well.
        closings = [closing(each, self._clock.now()) for each in latest.values() if not each.close and each.push_tries]
        self.saved(await self._deliveries.add(closings))

    async def _withdraw(self, delivery: Delivery) -> Delivery:
        """Neither pushes it nor moves it to its next place. Returns it as it was before, by then perhaps claimed by the push queue."""
        for _ in range(MAX_RACES):
            # An unconfirmed alert is withdrawn when its time is over; nobody else does that for a push chat.
            unconfirmed = delivery.kind is Kind.PUSH_CHAT and delivery.confirm_at is not None
            if delivery.push_at is None and not unconfirmed:
                break
            if await self._deliveries.save(withdrawn(delivery, self._clock.now())):
                break
            delivery = await self._deliveries.load(delivery.id) or delivery
        return delivery

    def _count(self, delivery: Delivery, reason: str = "nowhere") -> None:
        if delivery.failed_at is not None:
            self._failed.labels(reason).inc()
        else:
            self._sent.labels(delivery.kind.value, delivery.channel.value).inc()
        log.debug("notification_placed", delivery=delivery.id, channel=delivery.channel.value)


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
