"""The leases under which gateway replicas report their connections: begun, renewed, and ended when they expire (spec 1.2)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from servicekit.clock import Clock
from servicekit.errors import Unavailable
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.presence.domain.connections import ConnectionsReport
from services.presence.domain.errors import Busy, IncarnationPast
from services.presence.domain.lease import Lease, current, is_past, lease_id, superseded
from services.presence.domain.presence import Rules
from services.presence.ports import Leases

MAX_RACES = 20
# Ended leases are kept this long, to recognize earlier incarnations of a replica.
REMEMBER_END = timedelta(hours=1)


class LeaseKeeper:
    """A replica expires no lease in the `grace_period` after its start, an outage of the store, or a time in which no gateway reported,
    because gateways could not renew then."""

    def __init__(self, leases: Leases, clock: Clock, rules: Rules, grace_period: timedelta, metrics: Metrics) -> None:
        self._leases, self._clock, self._rules, self._grace_period = leases, clock, rules, grace_period
        self._late: frozenset[str] = frozenset()
        self._late_count = metrics.gauge("late_gateways", "Gateways whose reports are late, so that nobody becomes offline meanwhile")
        self.restart_grace_period()

    def restart_grace_period(self) -> None:
        """Called when gateways could not renew their leases until now."""
        self._expire_from = self._clock.now() + self._grace_period

    @contextmanager
    def restarting_grace_period(self) -> Iterator[None]:
        """Restarts the grace period if the store does not answer within it."""
        try:
            yield
        except Unavailable:
            self.restart_grace_period()
            raise

    async def renew(self, report: ConnectionsReport, now: datetime) -> tuple[Lease | None, bool]:
        """The lease of the reporting gateway, begun by a full report and renewed by any other, and whether the report is a repeat.

        None: the gateway has no lease and must send a full report. Raises IncarnationPast, Busy.
        """
        leases = await self._leases.all()
        if is_past(leases, report.replica, report.incarnation):
            raise IncarnationPast(f"{report.replica} has started anew since", field="incarnation")
        lease = current(leases, report.replica, report.incarnation)
        if lease is not None and (report.number < lease.number or (report.number == lease.number and not report.full)):
            return lease, True
        if report.full:
            return await self._begin(report, now), False
        if lease is None:
            return None, False
        complete_at = max(now - report.waiting, lease.complete_at or lease.renewed_at)
        renewed = await self._leases.renew(lease.id, report.number, now, complete_at)
        return (replace(lease, number=report.number, renewed_at=now, complete_at=complete_at) if renewed else None), False

    async def end(self, lease: Lease, now: datetime) -> None:
        """Ends the lease of a gateway that stops, after its last report. If it was renewed meanwhile, it expires instead."""
        await self._leases.end(lease, now, lease.incarnation, now)

    async def all(self, now: datetime) -> Mapping[str, Lease]:
        """All leases by id, after ending the expired ones."""
        leases = await self._leases.all()
        self._notice_late([lease for lease in leases if lease.ended_at is None], now)
        lapsed = [lease for lease in leases if lease.lapsed(now, self._rules)] if now >= self._expire_from else []
        for lease in lapsed:
            await self._leases.end(lease, lease.renewed_at, "", now)
        return {lease.id: lease for lease in (await self._leases.all() if lapsed else leases)}

    def _notice_late(self, living: Sequence[Lease], now: datetime) -> None:
        late = frozenset(lease.replica for lease in living if lease.late(now, self._rules))
        for replica in sorted(late - self._late):
            log.warning("gateway_reports_late", gateway=replica)
        self._late = late
        self._late_count.set(len(late))
        # It is less likely that several gateways crashed at once than that none could reach presence. When the last of their leases would
        # have expired, the grace period is not restarted any more.
        silent = len(living) > 1 and all(lease.late(now, self._rules) for lease in living)
        if silent and not all(lease.lapsed(now, self._rules) for lease in living):
            self.restart_grace_period()

    async def forget_old(self) -> None:
        await self._leases.forget(self._clock.now() - REMEMBER_END)

    async def _begin(self, report: ConnectionsReport, now: datetime) -> Lease | None:
        """Begins a lease and ends all others of the replica. None when the new lease has already ended."""
        id = lease_id(report.replica, report.incarnation, report.number)
        lease = Lease(id, report.replica, report.incarnation, report.number, now, complete_at=now - report.waiting)
        await self._leases.begin(lease)
        for _ in range(MAX_RACES):
            leases = {other.id: other for other in await self._leases.all()}
            if current(leases.values(), report.replica, report.incarnation) != leases[id]:
                return None
            others = superseded(leases.values(), by=lease)
            if not others:
                return lease
            for other in others:
                await self._leases.end(other, now, report.incarnation, now)
        raise Busy(f"Leases of {report.replica} change too often")
