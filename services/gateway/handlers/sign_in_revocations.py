"""Revokes the refresh token of a sign-in that has ended, at its identity provider (RFC 7009, spec 10.1)."""

import asyncio
from collections.abc import Mapping

from servicekit.logs import log
from servicekit.loop import back_off
from servicekit.metrics import Metrics
from services.gateway.domain.provider import KeptRefresh, Provider, SignInFailed, Why
from services.gateway.ports import IdentityProviders, RefreshSeal

# Of one token, with its tries.
WITHIN_SECONDS, TRIES = 20.0, 3
# Running; each takes some kilobytes. A token above that stays valid at the provider until it expires there.
MOST = 500
REVOKED, NOT_OFFERED, FAILED = "revoked", "not_offered", "failed"


class SignInRevocations:
    """Nobody waits for a revocation, and none fails a sign-out: the sign-in has ended here, and nothing keeps the token.

    A part: `stop` waits for the revocations that run.
    """

    ready = True

    def __init__(self, providers: Mapping[str, Provider], asked: IdentityProviders, seal: RefreshSeal, metrics: Metrics) -> None:
        self._providers = {provider.method: provider for provider in providers.values()}
        self._asked, self._seal = asked, seal
        self._running = set[asyncio.Task[None]]()
        self._ended = metrics.counter(
            "sign_in_revocations_total", "Refresh tokens of ended sign-ins that were to be revoked at providers, by outcome", ["outcome"]
        )
        for outcome in (REVOKED, NOT_OFFERED, FAILED):
            self._ended.labels(outcome)  # from 0 on, so that an increase counts the first one too

    async def start(self) -> None:
        """Nothing runs before `begin`."""

    async def stop(self) -> None:
        await asyncio.gather(*self._running, return_exceptions=True)

    def begin(self, method: str, sealed_token: str) -> None:
        """Revokes the token soon. Never blocks or raises."""
        provider, kept = self._providers.get(method), self._seal.open(sealed_token)
        if provider is None or kept is None:
            # The configuration or the gateway's key has changed since.
            self._failed(method, "not configured" if provider is None else "sealed with another key")
        elif len(self._running) >= MOST:
            self._failed(method, "too many at the same time")
        else:
            task = asyncio.create_task(self._revoke(provider, kept), name="revoke-refresh-token")
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _revoke(self, provider: Provider, kept: KeptRefresh) -> None:
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                offered = await self._revoked(provider, kept)
            self._ended.labels(REVOKED if offered else NOT_OFFERED).inc()
        except (SignInFailed, TimeoutError) as failed:
            detail = failed.detail if isinstance(failed, SignInFailed) else f"not done within {WITHIN_SECONDS:g} s"
            self._failed(provider.method, detail)

    async def _revoked(self, provider: Provider, kept: KeptRefresh) -> bool:
        """A provider that is down is asked again."""
        for tries in range(1, TRIES):
            try:
                return await self._asked.revoke(provider, kept)
            except SignInFailed as failed:
                if failed.why is not Why.PROVIDER_DOWN:
                    raise
            await back_off(tries)
        return await self._asked.revoke(provider, kept)

    def _failed(self, method: str, detail: str) -> None:
        self._ended.labels(FAILED).inc()
        log.warning("sign_in_revocation_failed", method=method, detail=detail)
