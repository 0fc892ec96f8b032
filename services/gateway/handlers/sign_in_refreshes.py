"""Refreshes sign-ins at their identity providers, so that one ends soon after the person was disabled or signed out there (spec 10.1)."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import Clock
from servicekit.errors import Kind, TypedError
from servicekit.logs import log
from servicekit.loop import back_off
from servicekit.metrics import Metrics
from servicekit.moments import from_proto
from services.gateway.domain.provider import KeptRefresh, Provider, SignInFailed, SignInOver, Why
from services.gateway.ports import IdentityProviders, RefreshSeal, Service

EVERY_SECONDS = 5.0
AT_ONCE = 20
# Less than the time for which the directory gives a sign-in to one gateway.
WITHIN_SECONDS = 40.0
# After a failure no other sign-in of the provider is tried, so that one that is down does not delay those of others.
PAUSE = timedelta(seconds=30)
# How long the directory is told an outcome after the time for which it gave the sign-in away. It counts until another gateway takes it.
KEEP_TELLING = timedelta(minutes=10)
OUTCOMES = {
    directory.REFRESH_OUTCOME_REFRESHED: "refreshed",
    directory.REFRESH_OUTCOME_REFUSED: "refused",
    directory.REFRESH_OUTCOME_FAILED: "failed",
}


class SignInRefreshes:
    """The directory gives each sign-in that is due to one gateway, because a refresh token may be used once.

    A part: `stop` waits for the refreshes that run. Without that their new tokens would be lost, and the people signed out.
    """

    ready = True

    def __init__(
        self,
        providers: Mapping[str, Provider],
        asked: IdentityProviders,
        seal: RefreshSeal,
        directory_service: Service,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._providers = {provider.method: provider for provider in providers.values() if provider.is_refreshed}
        self._asked, self._seal, self._directory, self._clock = asked, seal, directory_service, clock
        self._running: set[asyncio.Future[list[None]]] = set()
        self._paused: dict[str, datetime] = {}
        self._stopping = False
        self._refreshed = metrics.counter("sign_in_refreshes_total", "Refreshes of sign-ins at identity providers, by outcome", ["outcome"])
        for outcome in OUTCOMES.values():
            self._refreshed.labels(outcome)  # from 0 on, so that an increase counts the first one too

    async def start(self) -> None:
        """Nothing runs before `run`."""

    async def stop(self) -> None:
        self._stopping = True
        await asyncio.gather(*self._running, return_exceptions=True)

    async def run(self) -> None:
        """Runs until the directory does not answer. Raises TypedError."""
        while True:
            try:
                taken = await self.once()
            except TypedError as error:
                if error.kind is not Kind.UNIMPLEMENTED:
                    raise
                taken = 0  # by a replica of tickets of the version before
            if taken < AT_ONCE:
                await self._clock.sleep(EVERY_SECONDS)

    async def once(self) -> int:
        """Refreshes sign-ins that are due; returns their number. Raises TypedError."""
        wanted = directory.TakeDueRefreshesRequest(limit=AT_ONCE)
        answer: directory.TakeDueRefreshesResponse = await self._directory.call("TakeDueRefreshes", wanted)
        running = asyncio.gather(*map(self._refresh, answer.refreshes))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        await asyncio.shield(running)
        return len(answer.refreshes)

    async def _refresh(self, due: directory.DueRefresh) -> None:
        if self._is_paused(due.method):
            # It was not tried, so it does not count as failed: the directory gives it away again when its time is over.
            return
        finished = directory.FinishRefreshRequest(sign_in_id=due.sign_in_id, taken_until=due.taken_until)
        try:
            finished.refresh.CopyFrom(await self._next(due))
            finished.outcome = directory.REFRESH_OUTCOME_REFRESHED
        except SignInOver as over:
            log.info("sign_in_refresh_refused", sign_in=due.sign_in_id, method=due.method, detail=over.detail)
            finished.outcome = directory.REFRESH_OUTCOME_REFUSED
        except SignInFailed:
            finished.outcome = directory.REFRESH_OUTCOME_FAILED
        self._refreshed.labels(OUTCOMES[finished.outcome]).inc()
        await self._finish(finished)

    async def _next(self, due: directory.DueRefresh) -> directory.SignInRefresh:
        """The next refresh. Raises SignInOver, or SignInFailed if the provider did not decide."""
        provider = self._providers.get(due.method)
        kept = self._seal.open(due.sealed_token)
        if provider is None or kept is None:
            # The configuration or the gateway's key has changed since. Other gateways may have the former one for a while.
            raise self._failed(due.method, "not configured" if provider is None else "sealed with another key")
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                following = refresh_of(provider, self._seal, await self._asked.refresh(provider, kept))
        except (SignInFailed, TimeoutError) as failed:
            self._paused[due.method] = self._clock.now() + PAUSE
            detail = failed.detail if isinstance(failed, SignInFailed) else f"not done within {WITHIN_SECONDS:g} s"
            raise self._failed(due.method, detail) from failed
        if not following.sealed_token:
            raise SignInOver("the new token is too long")
        return following

    def _is_paused(self, method: str) -> bool:
        until = self._paused.get(method)
        return until is not None and self._clock.now() < until

    def _failed(self, method: str, detail: str) -> SignInFailed:
        log.warning("sign_in_refresh_failed", method=method, detail=detail)
        return SignInFailed(Why.PROVIDER_DOWN, detail)

    async def _finish(self, finished: directory.FinishRefreshRequest) -> None:
        """Until the directory answers, because it has only the former token. Meanwhile this gateway takes no other sign-ins: it would
        get this one again, with that token."""
        tries = 0
        while True:
            try:
                await self._directory.call("FinishRefresh", finished)
                return
            except TypedError as error:
                until = from_proto(finished.taken_until) + (timedelta(0) if self._stopping else KEEP_TELLING)
                # Unimplemented: by a replica of tickets of the version before.
                may_succeed = error.transient or error.kind is Kind.UNIMPLEMENTED
                if not may_succeed or self._clock.now() >= until:
                    log.warning("sign_in_refresh_lost", sign_in=finished.sign_in_id, reason=error.code)
                    return
            await back_off(tries)
            tries += 1


def refresh_of(provider: Provider, seal: RefreshSeal, kept: KeptRefresh) -> directory.SignInRefresh:
    """What the directory keeps for the next refresh."""
    return directory.SignInRefresh(sealed_token=seal.seal(kept), after_seconds=provider.refresh_minutes * 60)
