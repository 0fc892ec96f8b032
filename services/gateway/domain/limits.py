"""Limits per person and address: rates (spec 10.4) as token buckets, and open sockets."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address

from services.gateway.domain.bounded_dict import BoundedDict

MAX_BUCKETS = 20_000
# Seconds. Shorter waits are rounding errors.
ROUNDING = 1e-6


class Limit(StrEnum):
    """What is limited. Each has its own buckets."""

    SIGN_IN = "sign_in"
    OPENING = "opening"
    MESSAGES = "messages"
    FRAMES = "frames"
    WRITES = "writes"
    UPLOADS = "uploads"
    REQUESTS = "requests"
    SOCKETS = "sockets"


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` at once, refilled evenly within `seconds`."""

    count: int
    seconds: float


def rate_from(text: str) -> Rate:
    """From `COUNT/SECONDS`."""
    count, seconds = text.split("/")
    return Rate(int(count), float(seconds))


class TokenBuckets:
    """One bucket for each key, at most `most`; the least recently used is dropped first. A key without a bucket has all its tokens.

    A bucket is stored as the time at which it is full again. `now` must not go back.
    """

    def __init__(self, rate: Rate, most: int = MAX_BUCKETS) -> None:
        self._each = rate.seconds / rate.count
        # A bucket with one token left is full after this many seconds.
        self._room = rate.seconds - self._each
        self._full_at: BoundedDict[str, float] = BoundedDict(most)

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, key: str, now: float) -> float:
        """Seconds until a token is available; 0.0 when one is."""
        wait = self._full_at.get(key, now) - now - self._room
        return wait if wait > ROUNDING else 0.0

    def take(self, key: str, now: float) -> float:
        """Takes a token and returns 0.0, or takes none and returns the seconds until one is available."""
        wait = self.wait(key, now)
        if not wait:
            self.use(key, now)
        return wait

    def use(self, key: str, now: float) -> None:
        """Takes a token that is available."""
        self._full_at[key] = max(self._full_at.get(key, now), now) + self._each


class RateLimits:
    """Each limit's rate for a person, and `people_per_address` times as much for an address. Sign-ins are limited by address only."""

    def __init__(self, rates: Mapping[Limit, Rate], people_per_address: int) -> None:
        self._people = {limit: TokenBuckets(rate) for limit, rate in rates.items()}
        factors = {limit: 1 if limit is Limit.SIGN_IN else people_per_address for limit in rates}
        self._addresses = {limit: TokenBuckets(Rate(rate.count * factors[limit], rate.seconds)) for limit, rate in rates.items()}

    def take(self, limit: Limit, now: float, *, person: str = "", address: str = "") -> float:
        """Takes a token of both and returns 0.0, or takes none and returns the seconds to wait. An empty name is not limited."""
        people, addresses = self._people[limit], self._addresses[limit]
        wait = max(people.wait(person, now) if person else 0.0, addresses.wait(address, now) if address else 0.0)
        if not wait:
            if person:
                people.use(person, now)
            if address:
                addresses.use(address, now)
        return wait


def address_of(forwarded: str, peer: str, trust_proxy: bool) -> str:
    """The browser's address. `forwarded` is X-Forwarded-For: only its last hop was written by our own proxy."""
    try:
        return str(ip_address(forwarded.rpartition(",")[2].strip())) if trust_proxy else peer
    except ValueError:
        return peer


def address_key(address: str) -> str:
    """The key under which an address is counted. One IPv6 subscriber has a whole /64."""
    if ":" not in address:
        return address[:64]
    try:
        parsed = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    return str(parsed.ipv4_mapped or parsed.packed[:8].hex())


class OpenCounts:
    """Open sockets or connections by key, at most `most` each. A key without any is not stored."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def has_room(self, key: str) -> bool:
        return self._open.get(key, 0) < self._most

    def opened(self, key: str) -> None:
        """One more, which is closed once."""
        self._open[key] += 1

    def closed(self, key: str) -> None:
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]
