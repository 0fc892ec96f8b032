"""The use cases of Web Push subscriptions: a person's browsers subscribe and unsubscribe (spec 5.8)."""

from collections.abc import Sequence

from servicekit.clock import Clock
from servicekit.identity import Caller
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.notify.domain.errors import NotAllowed
from services.notify.domain.subscription import PushHosts, Subscription, new_subscription
from services.notify.ports import PushKey, SubscriptionStore


class Subscriptions:
    """Every method raises Unavailable when the store does not answer."""

    def __init__(self, store: SubscriptionStore, key: PushKey, hosts: PushHosts, clock: Clock, metrics: Metrics) -> None:
        self._store, self._key, self._hosts, self._clock = store, key, hosts, clock
        changes = metrics.counter("push_subscriptions_total", "Web Push subscriptions stored and removed", ["change"])
        self._changes = {change: changes.labels(change) for change in ("stored", "removed", "gone")}

    async def subscribe(self, caller: Caller, endpoint: str, p256dh: str, auth: str, browser_id: str) -> None:
        """A repeat changes only the time and the browser's id. Raises NotAllowed or WrongArgument, and changes nothing."""
        if caller.kind == "service":
            raise NotAllowed("Only people subscribe")
        subscription = new_subscription(
            caller.id,
            caller.desk_id,
            endpoint=endpoint,
            p256dh=p256dh,
            auth=auth,
            browser_id=browser_id,
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
        """By person, newest first. People without any are left out."""
        return await self._store.of_people(person_ids)

    async def remove(self, endpoint: str) -> None:
        """The push service no longer has it."""
        if await self._store.remove(endpoint):
            self._changes["gone"].inc()
