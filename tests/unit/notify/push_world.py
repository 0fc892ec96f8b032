"""Web Push in memory: subscriptions, deliveries and a push service that answers what a test sets."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from servicekit.errors import Unavailable
from servicekit.identity import Caller
from servicekit.metrics import Metrics
from services.notify.delivery_ports import PushTask
from services.notify.domain.notification import Kind
from services.notify.domain.push import Attempt, Push, PushOutcome, Verdict
from services.notify.domain.subscription import MAX_PER_PERSON, PushHosts, Subscription
from services.notify.handlers.push_checks import PushChecks
from services.notify.handlers.push_queue import PushQueue
from services.notify.handlers.subscriptions import Subscriptions
from tests.fakes.clock import START, TurnedClock
from tests.unit.notify.alert_stores import FakeEngineers, FakeSessionAlerts
from tests.unit.notify.stores import FakePreferences

DESK = "harbour"
# A valid key and secret of a browser.
P256DH = "BHFhc5A2urhrLDFnlJU3m-pMmp_tstQUrQ1MFoXNKQ_qv4axxRRazAt0klPBERzzD8DCO6GcsNq6u7wkTmeS8oM"
AUTH = "c2VjcmV0c2VjcmV0MTIzNA"
FCM = "https://fcm.googleapis.com/fcm/send/"
# Of the sign-ins of the people here.
EXPIRES = START + timedelta(days=30)
ACCEPTED = Attempt(Verdict.ACCEPTED, answered=True)


def person(id: str, kind: str = "engineer") -> Caller:
    return Caller(kind=kind, id=id, name=id, desk_id=DESK, sign_in_id=f"sign-in-{id}")  # type: ignore[arg-type]


def subscription(person_id: str, endpoint: str = "", at: datetime = START, expires_at: datetime = EXPIRES) -> Subscription:
    """Of the sign-in of `person(person_id)`."""
    return Subscription(endpoint or f"{FCM}{person_id}", person_id, DESK, P256DH, AUTH, "b1", at, f"sign-in-{person_id}", expires_at)


class FakeSubscriptions:
    def __init__(self) -> None:
        self.stored: dict[str, Subscription] = {}

    async def put(self, subscription: Subscription) -> None:
        self.stored[subscription.endpoint] = subscription
        for old in self._of(subscription.person_id)[MAX_PER_PERSON:]:
            del self.stored[old.endpoint]

    async def of_people(self, person_ids: Sequence[str]) -> dict[str, list[Subscription]]:
        wanted, found = set(person_ids), dict[str, list[Subscription]]()
        for one in sorted((one for one in self.stored.values() if one.person_id in wanted), key=lambda one: one.created_at, reverse=True):
            found.setdefault(one.person_id, []).append(one)
        return found

    async def remove_of_sign_in(self, person_id: str, sign_in_id: str) -> int:
        return self._remove(lambda one: (one.person_id, one.sign_in_id) == (person_id, sign_in_id))

    async def remove_expired(self, now: datetime) -> int:
        return self._remove(lambda one: one.sign_in_expires_at <= now)

    async def remove(self, endpoint: str, person_id: str = "") -> bool:
        found = self.stored.get(endpoint)
        if found is None or person_id not in ("", found.person_id):
            return False
        del self.stored[endpoint]
        return True

    def _remove(self, concerned: Callable[[Subscription], bool]) -> int:
        found = [endpoint for endpoint, one in self.stored.items() if concerned(one)]
        for endpoint in found:
            del self.stored[endpoint]
        return len(found)

    def _of(self, person_id: str) -> list[Subscription]:
        own = [one for one in self.stored.values() if one.person_id == person_id]
        return sorted(own, key=lambda one: one.created_at, reverse=True)


class FakeKey:
    async def public_key(self) -> str:
        return P256DH


@dataclass
class _Kept:
    task: PushTask
    due: datetime | None
    outcome: PushOutcome | None = None


class FakeDeliveries:
    """The port PushDeliveries. The next `outages` calls raise Unavailable."""

    def __init__(self) -> None:
        self.kept: dict[str, _Kept] = {}
        self.outages, self.claims = 0, 0

    def ask(self, id: str, person_id: str, at: datetime, ttl_seconds: int = 90, payload: bytes = b"{}", endpoint: str = "") -> None:
        task = PushTask(id, person_id, DESK, "s1", Kind.WAITING, payload, "high", ttl_seconds, f"tag-{id}", at, 0, endpoint, engineer=False)
        self.kept[id] = _Kept(task, at)

    async def claim_pushes(self, now: datetime, until: datetime, limit: int) -> list[PushTask]:
        self._answer()
        self.claims += 1
        due = [kept for kept in self.kept.values() if kept.due is not None and kept.due <= now][:limit]
        for kept in due:
            kept.due = until
        return [kept.task for kept in due]

    async def pushed(self, delivery_id: str, outcome: PushOutcome, now: datetime) -> None:
        self._answer()
        kept = self.kept[delivery_id]
        kept.outcome, kept.due = outcome, outcome.retry_at
        if outcome.retry_at:
            kept.task = kept.task._replace(tries=kept.task.tries + 1, to=outcome.retry_to)

    async def next_push_at(self) -> datetime | None:
        return min((kept.due for kept in self.kept.values() if kept.due), default=None)

    def outcome(self, id: str) -> PushOutcome | None:
        return self.kept[id].outcome

    def _answer(self) -> None:
        self.outages -= 1
        if self.outages >= 0:
            raise Unavailable("down")


class FakeService:
    """The port PushService. `answers`: by endpoint, what `send` returns or waits for; ACCEPTED for others."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[], Awaitable[Attempt]]] = {}
        self.sent: list[tuple[str, Push]] = []
        self.hanging: list[asyncio.Event] = []
        self.in_flight = self.most_in_flight = 0

    def set(self, endpoint: str, *attempts: Attempt) -> None:
        """These in turn, the last one again and again."""
        left = list(attempts)

        async def answer() -> Attempt:
            return left.pop(0) if len(left) > 1 else left[0]

        self.answers[endpoint] = answer

    def hang(self, endpoint: str) -> asyncio.Event:
        """Answers ACCEPTED once the event is set."""
        released = asyncio.Event()
        self.hanging.append(released)

        async def answer() -> Attempt:
            await released.wait()
            return ACCEPTED

        self.answers[endpoint] = answer
        return released

    async def send(self, subscription: Subscription, push: Push) -> Attempt:
        self.sent.append((subscription.endpoint, push))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(0)
            answer = self.answers.get(subscription.endpoint)
            return await answer() if answer else ACCEPTED
        finally:
            self.in_flight -= 1


class PushWorld:
    """`queue` runs from `start` to `stop`."""

    def __init__(self) -> None:
        self.clock, self.metrics = TurnedClock(START), Metrics("notify")
        self.store, self.deliveries, self.service = FakeSubscriptions(), FakeDeliveries(), FakeService()
        self.subscriptions = Subscriptions(self.store, FakeKey(), PushHosts(frozenset({"127.0.0.1:9"})), self.clock, self.metrics)
        self.preferences, self.engineers, self.session_alerts = FakePreferences(), FakeEngineers(), FakeSessionAlerts()
        self.checks = PushChecks(self.preferences, self.engineers, self.session_alerts)
        self.queue = self.new_queue()

    def new_queue(self) -> PushQueue:
        """Of one more replica."""
        return PushQueue(self.deliveries, self.subscriptions, self.checks, self.service, self.clock, self.metrics)

    def ask(self, id: str, person_id: str, **more: int | bytes | str) -> None:
        self.deliveries.ask(id, person_id, self.clock.now(), **more)  # type: ignore[arg-type]
        self.queue.wake()

    async def subscribed(self, person_id: str, *endpoints: str) -> list[str]:
        """Stores subscriptions and returns their endpoints, the newest last."""
        ends = list(endpoints) or [f"{FCM}{person_id}"]
        for number, endpoint in enumerate(ends):
            await self.store.put(subscription(person_id, endpoint, START + timedelta(seconds=number)))
        return ends
