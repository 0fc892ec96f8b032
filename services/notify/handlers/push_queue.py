"""Sends deliveries by Web Push (spec 5.8). Every replica runs a queue.

A replica claims due deliveries for LEASE_SECONDS and records each outcome, which ends the claim. After a crash another replica claims them
when the lease ends. So no push is lost; one that was sent and not recorded is sent again with the same topic, and replaces the first.
All of a person's browsers get it, or the one that a test names. Each that may accept it later is tried again, independently of the others.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from servicekit.clock import Clock
from servicekit.due import Rounds
from servicekit.errors import as_typed
from servicekit.logs import log
from servicekit.loop import back_off
from servicekit.metrics import Metrics
from services.notify.delivery_ports import PushDeliveries, PushTask
from services.notify.domain.push import Attempt, Push, PushOutcome, Verdict, ends_at, next_try_at
from services.notify.domain.subscription import Subscription, endpoint_id
from services.notify.handlers.push_checks import PushChecks
from services.notify.handlers.push_slots import HostSilent, PushSlots
from services.notify.handlers.subscriptions import Subscriptions
from services.notify.ports import PushService

LEASE_SECONDS = 20.0
# Shorter than the lease by more than recording the outcome takes.
SEND_SECONDS = 15.0
# The most claimed at a time; more are claimed when half of them are done. Those of a silent host wait only briefly (push_slots.py).
MAX_CLAIMED = 200
# Deliveries that another replica left are found this much later at most.
MAX_SLEEP = 5.0
# After a delivery became due while the others were claimed.
MIN_SLEEP = 0.05
RECORD_TRIES = 6
# An outcome that is in flight at a stop may take this long.
STOP_SECONDS = 2.0


class PushQueue:
    """`run` runs in a Loop of every replica. `wake` starts a round at once."""

    def __init__(
        self,
        deliveries: PushDeliveries,
        subscriptions: Subscriptions,
        checks: PushChecks,
        service: PushService,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._deliveries, self._subscriptions, self._checks = deliveries, subscriptions, checks
        self._service, self._clock = service, clock
        self._slots = PushSlots()
        self._tasks: set[asyncio.Task[None]] = set()
        self._rounds = Rounds(self._round, deliveries.next_push_at, clock, longest_sleep=MAX_SLEEP, overdue_sleep=MIN_SLEEP)
        self._room = asyncio.Event()
        attempts = metrics.counter("push_attempts_total", "Pushes sent to a push service, by what it answered", ["verdict"])
        self._attempts = {verdict: attempts.labels(verdict.value) for verdict in Verdict}
        results = metrics.counter("pushes_total", "Tries of deliveries by Web Push, by result", ["result"])
        self._results = {result: results.labels(result) for result in ("accepted", "failed", "refused", "retried")}
        self._seconds = metrics.histogram("push_seconds", "Time from asking for a push until a push service accepted it")
        metrics.gauge("push_in_flight", "Pushes that wait for a push service's answer").set_function(lambda: self._slots.in_flight)

    def wake(self) -> None:
        """A delivery is due."""
        self._rounds.wake()

    async def run(self) -> None:
        """Raises Unavailable when the store does not answer; what is in flight then goes on."""
        try:
            await self._subscriptions.public_key()  # the first replica makes the key before anyone asks for it
            await self._rounds.run()
        except asyncio.CancelledError:
            await self._stop()
            raise

    async def _round(self) -> bool:
        """Starts what is due, once there is room. False when nothing was."""
        while len(self._tasks) > MAX_CLAIMED // 2:
            self._room.clear()
            await self._room.wait()
        now = self._clock.now()
        tasks = await self._deliveries.claim_pushes(now, now + timedelta(seconds=LEASE_SECONDS), MAX_CLAIMED - len(self._tasks))
        if not tasks:
            return False
        subscriptions = await self._subscriptions.of_people(sorted({task.person_id for task in tasks}))
        refusals = await self._checks.refusals(tasks)
        for task in tasks:
            meant, refusal = _meant(task, subscriptions.get(task.person_id, [])), refusals.get(task.delivery_id, "")
            started = asyncio.create_task(self._refuse(task, refusal) if refusal else self._push(task, meant))
            self._tasks.add(started)
            started.add_done_callback(self._done)
        return True

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if len(self._tasks) <= MAX_CLAIMED // 2:
            self._room.set()

    async def _refuse(self, task: PushTask, refusal: str) -> None:
        """It is not sent, nor tried again."""
        with _logged(task):
            await self._record(task, PushOutcome(0, refusal), "refused")
            log.info("push_refused", delivery=task.delivery_id, reason=refusal)

    async def _push(self, task: PushTask, subscriptions: Sequence[Subscription]) -> None:
        with _logged(task):
            attempts = await self._send(task, subscriptions)
            outcome = _outcome(task, attempts, self._clock.now())
            await self._record(task, outcome, "accepted" if outcome.accepted else "retried" if outcome.retry_at else "failed")
            for subscription, attempt in attempts:
                if attempt.verdict is Verdict.GONE:
                    await self._subscriptions.remove(subscription.endpoint)

    async def _send(self, task: PushTask, subscriptions: Sequence[Subscription]) -> list[tuple[Subscription, Attempt]]:
        """One attempt for each subscription; none after the push's end."""
        left = (ends_at(task.asked_at, task.ttl_seconds) - self._clock.now()).total_seconds()
        if left <= 0:
            return []
        push = Push(task.payload, task.urgency, max(int(left), 1), task.tag)
        attempts = await asyncio.gather(*(self._attempt(subscription, push) for subscription in subscriptions))
        return list(zip(subscriptions, attempts, strict=True))

    async def _attempt(self, subscription: Subscription, push: Push) -> Attempt:
        attempt = await self._answer(subscription, push)
        self._attempts[attempt.verdict].inc()
        if attempt.verdict is not Verdict.ACCEPTED:
            log.info("push_not_accepted", host=subscription.host, verdict=attempt.verdict.value, reason=attempt.reason)
        return attempt

    async def _answer(self, subscription: Subscription, push: Push) -> Attempt:
        host = subscription.host
        try:
            async with asyncio.timeout(SEND_SECONDS), self._slots.to(host):
                attempt = await self._service.send(subscription, push)
                if attempt.answered:
                    self._slots.answered(host)
                return attempt
        except HostSilent:
            return Attempt(Verdict.LATER, f"{host} does not answer")
        except TimeoutError:
            return Attempt(Verdict.LATER, f"{host} did not answer in time")

    async def _record(self, task: PushTask, outcome: PushOutcome, result: str) -> None:
        """Raises Unavailable after RECORD_TRIES, about 2 s."""
        for tries in range(RECORD_TRIES):
            try:
                await self._deliveries.pushed(task.delivery_id, outcome, self._clock.now())
                break
            except Exception as error:
                typed = as_typed(error)
                if typed is None or not typed.transient or tries == RECORD_TRIES - 1:
                    raise
                await back_off(tries)
        self._results[result].inc()
        if outcome.retry_at:
            self._rounds.wake()  # it may be due before what the queue sleeps for
        if outcome.accepted:
            self._seconds.observe(max((self._clock.now() - task.asked_at).total_seconds(), 0.0))
        elif outcome.failure:
            log.debug("push_not_sent", delivery=task.delivery_id, failure=outcome.failure, retry_at=outcome.retry_at)

    async def _stop(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.contextmanager
def _logged(task: PushTask) -> Iterator[None]:
    """Logs an error of the block; the delivery is due again when its lease ends."""
    try:
        yield
    except Exception as error:
        if as_typed(error) is None:
            log.exception("push_failed", delivery=task.delivery_id)
        else:
            log.warning("push_not_recorded", delivery=task.delivery_id, error=str(error))


def _meant(task: PushTask, subscriptions: Sequence[Subscription]) -> list[Subscription]:
    return [
        one
        for one in subscriptions
        if one.desk_id == task.desk_id and task.endpoint in ("", one.endpoint) and (not task.to or endpoint_id(one.endpoint) in task.to)
    ]


def _outcome(task: PushTask, attempts: Sequence[tuple[Subscription, Attempt]], now: datetime) -> PushOutcome:
    """Only the browsers that may accept it later are tried again."""
    ends = ends_at(task.asked_at, task.ttl_seconds)
    if not attempts:
        return PushOutcome(0, "It could not be sent in time" if now >= ends else "No browser has a subscription")
    accepted = sum(attempt.verdict is Verdict.ACCEPTED for _, attempt in attempts)
    failure = "" if accepted else "; ".join(sorted({attempt.reason for _, attempt in attempts}))
    later = [(subscription, attempt.wait_seconds) for subscription, attempt in attempts if attempt.verdict is Verdict.LATER]
    # The browser that can be tried first decides, so that a service which asks for a long wait does not delay another one.
    retry_at = next_try_at(now, task.tries, min(wait for _, wait in later), ends) if later else None
    return PushOutcome(accepted, failure, retry_at, tuple(endpoint_id(one.endpoint) for one, _ in later) if retry_at else ())
