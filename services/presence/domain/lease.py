"""A gateway replica's claim that its connections are alive (spec 1.11).

A lease begins with a full report and holds exactly the connections of that report and of the numbered ones after it.
It ends when the replica sends another full report (a new start of it, or because it was asked to) or falls silent.
An ended lease never lives again: that is what makes it safe for any replica of this service to act upon the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.presence.domain.presence import Rules


@dataclass(frozen=True, slots=True)
class Lease:
    """`number` is that of the last report that was heard under it; `ended_at` is the last proof that its connections lived.

    `ended_by` is the incarnation whose full report ended it; empty when silence did.
    """

    id: str
    replica: str
    incarnation: str
    number: int
    renewed_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""

    def lapsed(self, now: datetime, rules: Rules) -> bool:
        """Whether it must be ended for silence."""
        return self.ended_at is None and now >= self.renewed_at + rules.lease


def lease_id(replica: str, incarnation: str, number: int) -> str:
    """The id of the lease that begins with this full report."""
    return f"{replica}/{incarnation}/{number}"


def current(leases: Iterable[Lease], replica: str, incarnation: str) -> Lease | None:
    """Under which lease this start of the replica reports now; None when it has none that lives."""
    alive = [lease for lease in leases if (lease.replica, lease.incarnation) == (replica, incarnation) and lease.ended_at is None]
    return max(alive, key=lambda lease: lease.number, default=None)


def superseded(leases: Iterable[Lease], by: Lease) -> list[Lease]:
    """Which leases a new one ends: all others of the replica that live."""
    return [lease for lease in leases if lease.replica == by.replica and lease.id != by.id and lease.ended_at is None]


def is_past(leases: Iterable[Lease], replica: str, incarnation: str) -> bool:
    """Whether the replica has started anew since this incarnation."""
    own = (lease for lease in leases if (lease.replica, lease.incarnation) == (replica, incarnation))
    return any(lease.ended_by not in ("", incarnation) for lease in own)
