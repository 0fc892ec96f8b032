"""The stores of deliveries, preferences and subscriptions in memory. tests/adapters/notify runs the same tests on the real ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.notify.delivery_contract import payload_of
from services.notify.delivery_ports import PushOutcome, PushTask
from services.notify.domain.delivery import Delivery, pushed
from services.notify.domain.notification import OF_SESSIONS
from services.notify.domain.preferences import Preferences
from services.notify.outbound.mongo_deliveries import task_of


class FakeDeliveries:
    """`sent`: the connections to which a notification was published, in order. The next `races` saves fail as if another came first."""

    def __init__(self) -> None:
        self.kept: dict[str, Delivery] = {}
        self.sent: list[str] = []
        self.races = 0

    async def add(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        new = [replace(delivery, version=1) for delivery in deliveries if delivery.id not in self.kept]
        self.kept |= {delivery.id: delivery for delivery in new}
        self.sent += [delivery.connection_id for delivery in new if delivery.on_page]
        return new

    async def load(self, delivery_id: str) -> Delivery | None:
        return self.kept.get(delivery_id)

    async def save(self, delivery: Delivery, *, send: bool = False) -> bool:
        self.races -= 1
        if self.races >= 0 or delivery.id not in self.kept or self.kept[delivery.id].version != delivery.version:
            return False
        self.kept[delivery.id] = replace(delivery, version=delivery.version + 1)
        if send:
            self.sent.append(delivery.connection_id)
        return True

    async def of_session(self, session_id: str, person_ids: Sequence[str]) -> list[Delivery]:
        found = [
            each
            for each in self.kept.values()
            if each.session_id == session_id and each.person_id in person_ids and each.kind in OF_SESSIONS
        ]
        return sorted(found, key=lambda delivery: (delivery.asked_at, delivery.rung))

    async def unconfirmed(self, now: datetime, limit: int) -> list[str]:
        due = sorted((each.confirm_at, each.id) for each in self.kept.values() if each.confirm_at and each.confirm_at <= now)
        return [id for _, id in due][:limit]

    async def next_unconfirmed(self) -> datetime | None:
        return min((each.confirm_at for each in self.kept.values() if each.confirm_at), default=None)

    async def claim_pushes(self, now: datetime, until: datetime, limit: int) -> list[PushTask]:
        due = [each for each in self.kept.values() if each.push_at and each.push_at <= now][:limit]
        for each in due:
            await self.save(replace(each, push_at=until, push_tries=each.push_tries + 1))
        return [task_of(each, payload_of(each)) for each in due]

    async def pushed(self, delivery_id: str, outcome: PushOutcome, now: datetime) -> None:
        delivery = self.kept.get(delivery_id)
        if delivery is not None and delivery.push_at:
            await self.save(pushed(delivery, outcome.accepted, outcome.failure, outcome.retry_at, now))

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
        self.kept[person_id] = replace(preferences, disabled=before.disabled)

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
