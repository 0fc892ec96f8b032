"""Leases, by which a gateway replica keeps its connections alive (spec 1.11).

A lease begins with a full report and covers the connections of that report and of the numbered reports after it. It ends when the
replica sends another full report (after a restart, or on request) or its last report, or when it expires. An ended lease is never renewed,
so any replica of presence may act on the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.presence.domain.presence import Rules


@dataclass(frozen=True, slots=True)
class Lease:
    """`number` is that of the last report under the lease. `ended_at` is the last moment at which its connections were alive.

    `ended_by` is the incarnation whose report ended it; empty when it expired. Connections that the gateway opened before `complete_at` are
    saved; None for a lease of an earlier version, whose connections are taken as saved when it was renewed.
    """

    id: str
    replica: str
    incarnation: str
    number: int
    renewed_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""
    complete_at: datetime | None = None

    def lapsed(self, now: datetime, rules: Rules) -> bool:
        """Whether it has expired and is not ended yet."""
        return self.ended_at is None and now >= self.renewed_at + rules.lease

    def late(self, now: datetime, rules: Rules) -> bool:
        """Whether its gateway has missed reports, and it has not ended."""
        return self.ended_at is None and now >= self.renewed_at + rules.lease / 2

    def closed_at(self, rules: Rules) -> datetime | None:
        """When its open connections count as closed; None while it has not ended. They count at least as long as if it had expired, so the
        pages of a crashed gateway have the whole lease to reconnect, even if the gateway restarts at once."""
        return None if self.ended_at is None else max(self.ended_at, self.renewed_at + rules.lease - rules.offline_grace)


def lease_id(replica: str, incarnation: str, number: int) -> str:
    """The id of the lease that begins with this full report."""
    return f"{replica}/{incarnation}/{number}"


def current(leases: Iterable[Lease], replica: str, incarnation: str) -> Lease | None:
    """The lease under which this incarnation reports; None when it has none."""
    alive = [lease for lease in leases if (lease.replica, lease.incarnation) == (replica, incarnation) and lease.ended_at is None]
    return max(alive, key=lambda lease: lease.number, default=None)


def complete_at(leases: Iterable[Lease]) -> datetime | None:
    """Every connection that a gateway opened before that moment is saved, or its lease has ended. None without gateways."""
    return min((lease.complete_at or lease.renewed_at for lease in leases if lease.ended_at is None), default=None)


def superseded(leases: Iterable[Lease], by: Lease) -> list[Lease]:
    """The leases that a new one ends: all others of the replica that have not ended."""
    return [lease for lease in leases if lease.replica == by.replica and lease.id != by.id and lease.ended_at is None]


def is_past(leases: Iterable[Lease], replica: str, incarnation: str) -> bool:
    """Whether the replica has restarted since this incarnation."""
    own = (lease for lease in leases if (lease.replica, lease.incarnation) == (replica, incarnation))
    return any(lease.ended_by not in ("", incarnation) for lease in own)
