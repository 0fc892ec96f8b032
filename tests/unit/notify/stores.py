"""The stores of deliveries, preferences and subscriptions in memory. tests/adapters/notify runs the same tests on the real ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from servicekit.errors import Unavailable
from services.notify.delivery_contract import payload_of
from services.notify.delivery_ports import PushTask
from services.notify.domain.delivery import Delivery, pushed
from services.notify.domain.delivery_report import DeliveryReport, usual_change
from services.notify.domain.notification import OF_SESSIONS
from services.notify.domain.page import Channel
from services.notify.domain.preferences import Preferences
from services.notify.domain.push import PushOutcome
from services.notify.outbound.mongo_deliveries import task_of


class FakeDeliveries:
    """Also the port NotificationSender. `sent`: the connections to which a notification was published, in order.

    The next `races` saves fail as if another came first. `saves` counts calls of `save`. While `broker_down`, nothing is published.
    """

    def __init__(self) -> None:
        self.kept: dict[str, Delivery] = {}
        self.sent: list[str] = []
        self.races = self.saves = self.batches = 0
        self.broker_down = False

    async def send(self, deliveries: Sequence[Delivery]) -> None:
        if self.broker_down:
            raise Unavailable("The broker does not answer.")
        self.batches += 1
        self.sent += [delivery.connection_id for delivery in deliveries]

    async def mark_sent(self, delivery_ids: Sequence[str], at: datetime) -> None:
        for id in delivery_ids:
            self.kept[id] = replace(self.kept[id], sent_at=self.kept[id].sent_at or at)

    async def add(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        new = [replace(delivery, version=1) for delivery in deliveries if delivery.id not in self.kept]
        self.kept |= {delivery.id: delivery for delivery in new}
        return new

    async def of_ids(self, delivery_ids: Sequence[str]) -> list[Delivery]:
        return [self.kept[id] for id in delivery_ids if id in self.kept]

    async def save(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        self.saves += 1
        self.races -= 1
        if self.races >= 0:
            return []
        saved = [
            replace(each, version=each.version + 1)
            for each in deliveries
            if each.id in self.kept and self.kept[each.id].version == each.version
        ]
        self.kept |= {each.id: each for each in saved}
        return saved

    async def report(self, desk_id: str, person_id: str, delivery_id: str, report: DeliveryReport, now: datetime) -> bool:
        change, found = usual_change(report, now), self.kept.get(delivery_id)
        own = found is not None and (found.desk_id, found.person_id, found.connection_id) == (desk_id, person_id, report.place)
        if change is None or not report.place or found is None or not own:
            return False
        if getattr(found, change.unset) is not None or (change.received and found.received_at is None):
            return False
        self.kept[delivery_id] = replace(found, version=found.version + 1, **change.values)  # type: ignore[arg-type]
        return True

    async def of_session(self, session_id: str, person_ids: Sequence[str]) -> list[Delivery]:
        found = [
            each
            for each in self.kept.values()
            if each.session_id == session_id and each.person_id in person_ids and each.kind in OF_SESSIONS
        ]
        return sorted(found, key=lambda delivery: (delivery.asked_at, delivery.rung))

    async def pushed_of_session(self, session_id: str, person_ids: Sequence[str]) -> list[Delivery]:
        return [each for each in await self.of_session(session_id, person_ids) if each.channel is Channel.WEB_PUSH]

    async def unconfirmed(self, now: datetime, limit: int) -> list[str]:
        due = sorted((each.confirm_at, each.id) for each in self.kept.values() if each.confirm_at and each.confirm_at <= now)
        return [id for _, id in due][:limit]

    async def next_unconfirmed(self) -> datetime | None:
        return min((each.confirm_at for each in self.kept.values() if each.confirm_at), default=None)

    async def claim_pushes(self, now: datetime, until: datetime, limit: int) -> list[PushTask]:
        due = [each for each in self.kept.values() if each.push_at and each.push_at <= now][:limit]
        claimed = await self.save([replace(each, push_at=until, push_tries=each.push_tries + 1) for each in due]) if due else []
        return [task_of(each, payload_of(each)) for each in claimed]

    async def pushed(self, delivery_id: str, outcome: PushOutcome, now: datetime) -> None:
        delivery = self.kept.get(delivery_id)
        if delivery is not None and delivery.push_at:
            await self.save([pushed(delivery, outcome, now)])

    async def next_push_at(self) -> datetime | None:
        return min((each.push_at for each in self.kept.values() if each.push_at), default=None)

    async def forget(self, before: datetime) -> None:
        self.kept = {id: each for id, each in self.kept.items() if each.asked_at >= before}


class FakePreferences:
    def __init__(self) -> None:
        self.kept: dict[str, Preferences] = {}

    async def of_people(self, person_ids: Sequence[str]) -> dict[str, Preferences]:
        return {id: self.kept[id] for id in person_ids if id in self.kept}

    async def put(self, desk_id: str, person_id: str, preferences: Preferences) -> None:
        before = self.kept.get(person_id, Preferences())
        self.kept[person_id] = replace(preferences, disabled=before.disabled, language=preferences.language or before.language)

    async def put_disabled(self, desk_id: str, person_id: str, disabled: bool) -> None:
        if disabled or person_id in self.kept:
            self.kept[person_id] = replace(self.kept.get(person_id, Preferences()), disabled=disabled)


@dataclass(frozen=True)
class FakeSubscription:
    endpoint: str


class FakeSubscriptions:
    def __init__(self) -> None:
        self.kept: dict[str, list[FakeSubscription]] = {}

    async def of_people(self, person_ids: Sequence[str]) -> dict[str, list[FakeSubscription]]:
        return {id: self.kept[id] for id in person_ids if id in self.kept}
