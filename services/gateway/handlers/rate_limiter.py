"""Rate limits of people and addresses (spec 10.4). Each replica counts for itself, so n replicas allow up to n times as much."""

from collections.abc import Callable, Mapping
from math import ceil

from servicekit.identity import Caller
from services.gateway.domain.limits import Limit, RateLimits
from services.gateway.errors import TooMany

NAMES: Mapping[Limit, str] = {
    Limit.SIGN_IN: "sign-ins",
    Limit.OPENING: "chats opened",
    Limit.MESSAGES: "messages",
    Limit.FRAMES: "frames",
    Limit.WRITES: "changes",
    Limit.UPLOADS: "uploads",
    Limit.REQUESTS: "requests",
    Limit.SOCKETS: "connections",
}


class RateLimiter:
    """`now` returns the seconds of a monotonic clock. `refused` is called for each refusal, with the person if there is one."""

    def __init__(
        self, limits: RateLimits, now: Callable[[], float], refused: Callable[[Limit, Caller | None], None] = lambda limit, by: None
    ) -> None:
        self._limits, self._now, self._refused = limits, now, refused

    def wait(self, limit: Limit, *, by: Caller | None = None, address: str = "") -> float:
        """0.0 if it is allowed; it then counts for the person and the address. Else the seconds until it is."""
        person = f"{by.desk_id}/{by.id}" if by is not None else ""
        wait = self._limits.take(limit, self._now(), person=person, address=address)
        if wait:
            self._refused(limit, by)
        return wait

    def check(self, limit: Limit, *, by: Caller | None = None, address: str = "") -> None:
        """Raises TooMany, with the seconds to wait, if it is not allowed."""
        if wait := self.wait(limit, by=by, address=address):
            raise too_many(limit, wait)


def too_many(limit: Limit, wait: float) -> TooMany:
    seconds = max(1, ceil(wait))
    unit = "second" if seconds == 1 else "seconds"
    return TooMany(f"Too many {NAMES[limit]} in a short time. Try again in {seconds} {unit}.", limit=limit.value, retry_after=str(seconds))
