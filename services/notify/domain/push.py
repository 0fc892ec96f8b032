"""What follows from a push service's answer (RFC 8030), and when a push is tried again (spec 5.8)."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

MAX_PAYLOAD_BYTES = 3072
URGENCIES = frozenset({"very-low", "low", "normal", "high"})
# The longest wait that a push service may ask for.
MAX_WAIT_SECONDS = 3600.0
# A push with a shorter time to live than this still gets one attempt.
MIN_TTL = timedelta(seconds=10)


class Verdict(StrEnum):
    """ACCEPTED by the push service; GONE: the subscription no longer exists; LATER: try again; REFUSED: it would be refused again."""

    ACCEPTED = "accepted"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Push:
    """One message to one browser. `tag`: a later push with the same tag replaces this one while the browser is not connected."""

    payload: bytes
    urgency: str
    ttl_seconds: int
    tag: str

    @property
    def topic(self) -> str:
        """The header Topic: 32 characters of base64url, the most that RFC 8030 allows."""
        return urlsafe_b64encode(sha256(self.tag.encode()).digest())[:32].decode()


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of sending one push to one subscription. `reason` is for people and never contains the endpoint's path.

    `wait_seconds` is what the push service asks for before the next attempt. `answered`: the push service answered at all.
    """

    verdict: Verdict
    reason: str = ""
    wait_seconds: float = 0.0
    answered: bool = False


class PushOutcome(NamedTuple):
    """`accepted`: by how many push services. With `retry_at` the delivery is due again then, for the subscriptions in `retry_to` (ids)."""

    accepted: int
    failure: str = ""
    retry_at: datetime | None = None
    retry_to: tuple[str, ...] = ()


def attempt_of(host: str, status: int, wait_seconds: float = 0.0) -> Attempt:
    """The meaning of an answer's status."""
    if 200 <= status <= 299:
        return Attempt(Verdict.ACCEPTED, answered=True)
    reason = f"{host} answered {status}"
    if status in (404, 410):
        return Attempt(Verdict.GONE, reason, answered=True)
    if status == 429 or status >= 500:
        return Attempt(Verdict.LATER, reason, wait_seconds, answered=True)
    return Attempt(Verdict.REFUSED, reason, answered=True)


def ends_at(asked_at: datetime, ttl_seconds: int) -> datetime:
    """After this moment the push is not sent any more."""
    return asked_at + max(timedelta(seconds=ttl_seconds), MIN_TTL)


def next_try_at(now: datetime, tries: int, wait_seconds: float, ends: datetime) -> datetime | None:
    """After `tries` earlier attempts: in 1, 2, 4 ... s or what the push service asks for, if that is longer, and at most an hour.

    None when the push ends before that.
    """
    wait = min(max(2.0 ** min(tries, 12), wait_seconds), MAX_WAIT_SECONDS)
    at = now + timedelta(seconds=wait)
    return at if at < ends else None
