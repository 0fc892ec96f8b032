"""How much one person, and one address, may ask for in a time (spec 10.4): a table of token buckets that never grows beyond its bound."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address

MOST_KEPT = 20_000
# Seconds: less than this is an error of arithmetic, and no wait.
ROUNDING = 1e-6


class Limit(StrEnum):
    """What is limited, each for itself."""

    SIGN_IN = "sign_in"
    OPENING = "opening"
    MESSAGES = "messages"
    FRAMES = "frames"
    WRITES = "writes"
    REQUESTS = "requests"
    SOCKETS = "sockets"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many again in each `seconds`."""

    count: int
    seconds: float

    def times(self, factor: int) -> "Rate":
        return Rate(self.count * factor, self.seconds)


def rate_from(text: str) -> Rate:
    """From `COUNT/SECONDS`."""
    count, seconds = text.split("/")
    return Rate(int(count), float(seconds))


class TokenBuckets:
    """One bucket for each key; a key that is not in the table has a full one. At most `most` are kept, the longest unused goes first.

    Of a bucket it is enough to know when it will be full again. `now` never goes back.
    """

    def __init__(self, rate: Rate, most: int = MOST_KEPT) -> None:
        self._most = most
        self._each = rate.seconds / rate.count
        # So long before it is full a bucket has its last token.
        self._room = rate.seconds - self._each
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, key: str, now: float) -> float:
        """Seconds until there is a token; 0.0 when there is one."""
        wait = self._full_at.get(key, now) - now - self._room
        return wait if wait > ROUNDING else 0.0

    def take(self, key: str, now: float) -> float:
        """Takes a token and answers 0.0, or takes none and says how many seconds it lasts until there is one."""
        wait = self.wait(key, now)
        if not wait:
            self.use(key, now)
        return wait

    def use(self, key: str, now: float) -> None:
        """Takes a token that is there."""
        full_at = self._full_at
        full_at[key] = max(full_at.get(key, now), now) + self._each
        full_at.move_to_end(key)
        if len(full_at) > self._most:
            full_at.popitem(last=False)


class RateLimits:
    """Each kind's rate for a person, and `people_per_address` times as much for an address. Sign-ins are by address alone."""

    def __init__(self, rates: Mapping[Limit, Rate], people_per_address: int) -> None:
        self._people = {limit: TokenBuckets(rate) for limit, rate in rates.items()}
        factors = {limit: 1 if limit is Limit.SIGN_IN else people_per_address for limit in rates}
        self._addresses = {limit: TokenBuckets(rate.times(factors[limit])) for limit, rate in rates.items()}

    def take(self, limit: Limit, now: float, *, person: str = "", address: str = "") -> float:
        """0.0 when both may, and then it counts for both; else the seconds to wait, and it counts for neither. An empty name always may."""
        people, addresses = self._people[limit], self._addresses[limit]
        wait = max(people.wait(person, now) if person else 0.0, addresses.wait(address, now) if address else 0.0)
        if not wait:
            if person:
                people.use(person, now)
            if address:
                addresses.use(address, now)
        return wait


def address_of(forwarded: str, peer: str, trust_proxy: bool) -> str:
    """Where a browser is. `forwarded`: X-Forwarded-For, of whose several hops only the last one was written by our own proxy."""
    try:
        return str(ip_address(forwarded.rpartition(",")[2].strip())) if trust_proxy else peer
    except ValueError:
        return peer


def address_key(address: str) -> str:
    """Under which name an address is counted. A single subscriber of IPv6 has a whole /64."""
    if ":" not in address:
        return address[:64]
    try:
        parsed = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    return str(parsed.ipv4_mapped or parsed.packed[:8].hex())
