"""The use cases of Web Push subscriptions: a person's browsers subscribe and unsubscribe (spec 5.8). One is valid while its sign-in is."""

from collections.abc import Sequence
from datetime import datetime

from servicekit.clock import Clock
from servicekit.identity import Caller
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.notify.domain.access import must_be_person
from services.notify.domain.subscription import PushHosts, Subscription, new_subscription
from services.notify.ports import PushKey, SubscriptionStore

FORGET_EVERY_SECONDS = 3600.0


class Subscriptions:
    """Every method raises Unavailable when the store does not answer."""

    def __init__(self, store: SubscriptionStore, key: PushKey, hosts: PushHosts, clock: Clock, metrics: Metrics) -> None:
        self._store, self._key, self._hosts, self._clock = store, key, hosts, clock
        changes = metrics.counter("push_subscriptions_total", "Web Push subscriptions stored and removed", ["change"])
        self._changes = {change: changes.labels(change) for change in ("stored", "removed", "gone", "signed_out", "expired")}

    async def subscribe(self, caller: Caller, endpoint: str, p256dh: str, auth: str, browser_id: str, sign_in_expires_at: datetime) -> None:
        """A repeat changes only the time, the browser's id and the sign-in. Raises NotAllowed or WrongArgument, and changes nothing."""
        must_be_person(caller, "subscribe")
        subscription = new_subscription(
            caller.id,
            caller.desk_id,
            endpoint=endpoint,
            p256dh=p256dh,
            auth=auth,
            browser_id=browser_id,
            sign_in_id=caller.sign_in_id,
            sign_in_expires_at=sign_in_expires_at,
            hosts=self._hosts,
            at=self._clock.now(),
        )
        await self._store.put(subscription)
        self._changes["stored"].inc()
        log.debug("push_subscribed", person=caller.id, host=subscription.host)

    async def unsubscribe(self, caller: Caller, endpoint: str) -> None:
        """Removes the caller's own subscription. A repeat changes nothing."""
        if await self._store.remove(endpoint, caller.id):
            self._changes["removed"].inc()

    async def public_key(self) -> str:
        """What a browser needs to subscribe."""
        return await self._key.public_key()

    async def of_people(self, person_ids: Sequence[str]) -> dict[str, list[Subscription]]:
        """By person, newest first, without those of expired sign-ins. People without any are left out."""
        now = self._clock.now()
        found = await self._store.of_people(person_ids)
        valid = {person_id: [one for one in every if now < one.sign_in_expires_at] for person_id, every in found.items()}
        return {person_id: every for person_id, every in valid.items() if every}

    async def sign_in_ended(self, person_id: str, sign_in_id: str) -> None:
        """The person signed out, or an admin ended the sign-in (spec 1.15). A repeat changes nothing."""
        self._changes["signed_out"].inc(await self._store.remove_of_sign_in(person_id, sign_in_id))

    async def keep_forgetting(self) -> None:
        """Runs in a Loop of every replica: deletes those of expired sign-ins."""
        while True:
            await self._clock.sleep(FORGET_EVERY_SECONDS)
            self._changes["expired"].inc(await self._store.remove_expired(self._clock.now()))

    async def remove(self, endpoint: str) -> None:
        """The push service no longer has it."""
        if await self._store.remove(endpoint):
            self._changes["gone"].inc()
