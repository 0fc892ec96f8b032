"""Sends queued webhook events (spec 5.13): each endpoint's in order, one at a time, and endpoints independently of each other.

Every replica may run it. An endpoint's lease, longer than a request may take, lets one replica at a time send to it. After a crash the
lease lapses and the event, which still waits, is sent again with the same id: an endpoint may get an event twice but never misses one.
"""

import asyncio
import contextlib
from datetime import datetime, timedelta
from functools import partial

from servicekit.clock import Clock
from servicekit.errors import as_typed
from servicekit.identity import new_id
from servicekit.logs import log
from servicekit.metrics import Metrics
from servicekit.moments import MILLISECOND
from servicekit.polls import Polls
from services.notify.domain.webhook import EventState, Webhook, WebhookEvent
from services.notify.domain.webhook_delivery import after_try
from services.notify.webhook_ports import LastMessages, WebhookEvents, WebhookHttp, Webhooks

LEASE = timedelta(seconds=30)
# Between two looks for events to send that nothing announced to this replica: while it sends, and at rest.
SWEEP_SECONDS, REST_SWEEP_SECONDS = 1.0, 5.0
# Endpoints that are sent to at the same time by one replica, and that one sweep looks at.
MAX_AT_ONCE = 200
MAX_DUE = 1000
KEPT = timedelta(days=30)
AUDIT_KEPT = timedelta(days=365)
FORGET_EVERY_SECONDS = 3600.0


class WebhookSender:
    def __init__(
        self,
        webhooks: Webhooks,
        events: WebhookEvents,
        last_messages: LastMessages,
        http: WebhookHttp,
        clock: Clock,
        metrics: Metrics,
        *,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self._webhooks, self._events, self._last_messages, self._http = webhooks, events, last_messages, http
        self._clock, self._sweep, self._sweeps = clock, sweep_seconds, Polls(sweep_seconds, REST_SWEEP_SECONDS)
        self._owner, self._woken = new_id(), asyncio.Event()
        self._sending: dict[str, asyncio.Task[None]] = {}
        # The retries to come of endpoints to which this replica's last try failed.
        self._retries: dict[str, datetime] = {}
        self._tries = metrics.counter("webhook_tries_total", "Requests to webhook endpoints, by outcome", ["outcome"])
        for outcome in ("accepted", "failed", "dead", "paused"):
            self._tries.labels(outcome)
        self._seconds = metrics.histogram("webhook_request_seconds", "Requests to webhook endpoints")
        self._busy = metrics.gauge("webhook_endpoints_in_progress", "Endpoints that this replica sends to now")

    def wake(self) -> None:
        """Looks for events to send at once."""
        self._woken.set()

    async def run(self) -> None:
        """Runs in a Loop of every replica. When it is cancelled, requests end and the leases are given up."""
        try:
            while True:
                self._woken.clear()
                await self._sweep_once()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._woken.wait()
        finally:
            tasks = list(self._sending.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(Exception):
                async with asyncio.timeout(1):
                    await self._webhooks.release(self._owner)

    async def keep_forgetting(self) -> None:
        """Runs in a Loop of every replica."""
        while True:
            await self._clock.sleep(FORGET_EVERY_SECONDS)
            await self._events.forget(self._clock.now() - KEPT)
            await self._last_messages.forget(self._clock.now() - KEPT)
            await self._webhooks.forget(self._clock.now() - AUDIT_KEPT)

    def _pause(self) -> float:
        """Seconds until the next sweep: at most until the next retry that this replica knows of."""
        now = self._clock.now()
        self._retries = {id: at for id, at in self._retries.items() if at > now}
        return min([self._sweeps.seconds, *((at - now + MILLISECOND).total_seconds() for at in self._retries.values())])

    async def _sweep_once(self) -> None:
        for webhook_id in await self._webhooks.due(self._clock.now(), MAX_DUE):
            self._sweeps.used()
            if len(self._sending) >= MAX_AT_ONCE:
                return
            if webhook_id not in self._sending:
                task = self._sending[webhook_id] = asyncio.create_task(self._send_all(webhook_id), name=f"webhook-{webhook_id}")
                task.add_done_callback(partial(self._ended, webhook_id))
                self._busy.set(len(self._sending))

    def _ended(self, webhook_id: str, _: asyncio.Task[None]) -> None:
        del self._sending[webhook_id]
        self._busy.set(len(self._sending))

    async def _send_all(self, webhook_id: str) -> None:
        """Sends what waits until a try fails. An error, such as that the store does not answer, ends it until the next sweep."""
        try:
            while await self._send_next(webhook_id):
                pass
        except Exception as error:
            typed = as_typed(error)
            log.warning("webhook_waits", webhook=webhook_id, reason=typed.code if typed else type(error).__name__, exc_info=not typed)
            await asyncio.sleep(self._sweep)

    async def _send_next(self, webhook_id: str) -> bool:
        """Whether the next event may be sent at once. The lease is renewed for each event."""
        now = self._clock.now()
        webhook = await self._webhooks.lease(webhook_id, self._owner, now, now + LEASE)
        if webhook is None:
            return False
        event = await self._events.next(webhook_id)
        if event is None:
            if not await self._webhooks.idle(webhook, self._owner):
                return True
            # A sweep leaves out an endpoint whose task has not ended; an event may be queued until it has.
            self.wake()
            return False
        with self._seconds.time():
            answer = await self._http.send(webhook, event)
        webhook, event = after_try(webhook, event, answer, self._clock.now())
        # The event first: if a crash comes between, an accepted event is not sent again.
        await self._events.save_try(event)
        await self._webhooks.save_try(webhook, self._owner, keep=not answer.failure)
        self._count(webhook, event)
        if answer.failure:
            self._retries[webhook_id] = webhook.not_before
        return not answer.failure

    def _count(self, webhook: Webhook, event: WebhookEvent) -> None:
        if event.state is EventState.DELIVERED:
            self._tries.labels("accepted").inc()
            log.debug("webhook_delivered", webhook=webhook.id, event_id=event.id)
            return
        about = {"webhook": webhook.id, "desk": webhook.desk_id, "event_id": event.id, "status": event.status, "failure": event.failure}
        self._tries.labels("failed").inc()
        log.info("webhook_failed", tries=event.tries, **about)
        if event.state is EventState.DEAD:
            self._tries.labels("dead").inc()
            log.warning("webhook_event_died", **about)
        if webhook.paused_until:
            self._tries.labels("paused").inc()
            log.warning("webhook_paused", failures=webhook.failures, **about)
