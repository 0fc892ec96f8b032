"""The refresh of a sign-in: its identity provider confirms now and then that the person may still be signed in (spec 10.1)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from services.tickets.domain.errors import InvalidValue

MAX_SEALED = 12_000
# For one attempt of a gateway, which gives up earlier by itself. A refresh token may be used once, so no two gateways try at the same time.
TAKEN_FOR = timedelta(seconds=60)
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=1)
# After a failure, twice as long each time.
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(minutes=15)
DEFAULT_LIMIT, MAX_LIMIT = 20, 100


class RefreshOutcome(StrEnum):
    """What the provider answered. FAILED: it did not decide."""

    REFRESHED = "refreshed"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """`sealed_token`: the provider's refresh token, which only the gateway can decrypt. `due_at`: when the provider should confirm the
    sign-in. `next_at`: the next attempt, or the end of the time for which a gateway took it. `failures`: since the last confirmation."""

    sealed_token: str
    due_at: datetime
    next_at: datetime
    failures: int = 0

    @classmethod
    def begin(cls, sealed_token: str, after: timedelta, now: datetime) -> Self:
        """After a confirmation. Raises InvalidValue."""
        if not 0 < len(sealed_token) <= MAX_SEALED:
            raise InvalidValue("refresh.sealed_token", f"It has 1 to {MAX_SEALED:,} characters.")
        if not SHORTEST <= after <= LONGEST:
            raise InvalidValue("refresh.after_seconds", "A refresh is due after 60 to 86,400 seconds.")
        return cls(sealed_token=sealed_token, due_at=now + after, next_at=now + after)

    def is_over(self, now: datetime, grace: timedelta) -> bool:
        """Whether the sign-in ends, because the provider has not confirmed it for so long after that was due."""
        return now - self.due_at >= grace

    def taken(self, now: datetime) -> Self:
        return replace(self, next_at=now + TAKEN_FOR)

    def failed(self, now: datetime) -> Self:
        wait = min(FIRST_RETRY * 2 ** min(self.failures, 10), LAST_RETRY)
        return replace(self, failures=self.failures + 1, next_at=now + wait)


def limit_of(limit: int) -> int:
    """How many sign-ins a gateway takes at once. Raises InvalidValue."""
    if limit > MAX_LIMIT:
        raise InvalidValue("limit", f"At most {MAX_LIMIT} are taken at once.")
    return limit or DEFAULT_LIMIT
