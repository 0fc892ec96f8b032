"""A value from an identity provider that is kept, and fetched again when it is old."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from servicekit.clock import Clock
from services.gateway.domain.provider import SignInFailed

# A value is fetched again after FRESH_FOR. If that fails, the old one is used until it is STALE_FOR old.
FRESH_FOR, STALE_FOR = timedelta(hours=1), timedelta(days=1)
# The least time between two fetches: tokens with unknown keys, and people who try again, cause no more of them.
PAUSE = timedelta(seconds=5)
T = TypeVar("T")


class Fetched(Generic[T]):
    """One request fetches at a time, and the others wait for it. `failed` is called for each fetch that failed."""

    def __init__(self, fetch: Callable[[], Awaitable[T]], clock: Clock, failed: Callable[[SignInFailed], None]) -> None:
        self._fetch, self._clock, self._failed = fetch, clock, failed
        self._lock = asyncio.Lock()
        self._value: T | None = None
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._error: SignInFailed | None = None

    async def get(self, other_than: T | None = None) -> T:
        """The value. One that is `other_than` is fetched again, unless that was done within PAUSE. Raises SignInFailed."""
        async with self._lock:
            if self._older_than(FRESH_FOR) or self._value is other_than:
                await self._try()
            if self._value is None or self._older_than(STALE_FOR):
                assert self._error is not None, "without a value the last fetch failed"
                raise SignInFailed(self._error.why, self._error.detail)
            return self._value

    def _older_than(self, age: timedelta) -> bool:
        return self._fetched_at is None or self._clock.now() - self._fetched_at >= age

    async def _try(self) -> None:
        now = self._clock.now()
        if self._tried_at is not None and now - self._tried_at < PAUSE:
            return
        try:
            self._value, self._error = await self._fetch(), None
            self._fetched_at = self._tried_at = self._clock.now()
        except SignInFailed as error:
            # The pause begins after the fetch, which may have taken long.
            self._error, self._tried_at = error, self._clock.now()
            self._failed(error)
