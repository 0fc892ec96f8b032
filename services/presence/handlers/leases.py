"""The leases under which gateway replicas report their connections: begun, renewed, and ended when they expire (spec 1.2)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from servicekit.clock import Clock
from servicekit.errors import Unavailable
from services.presence.domain.connections import ConnectionsReport
from services.presence.domain.errors import Busy, IncarnationPast
from services.presence.domain.lease import Lease, current, is_past, lease_id, superseded
from services.presence.domain.presence import Rules
from services.presence.ports import Leases

MAX_RACES = 20
# Ended leases are kept this long, to recognize earlier incarnations of a replica.
REMEMBER_END = timedelta(hours=1)


class LeaseKeeper:
    """A replica expires no lease in the `grace_period` after its start or an outage of the store, because gateways could not renew then."""

    def __init__(self, leases: Leases, clock: Clock, rules: Rules, grace_period: timedelta) -> None:
        self._leases, self._clock, self._rules, self._grace_period = leases, clock, rules, grace_period
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
        renewed = lease is not None and await self._leases.renew(lease.id, report.number, now)
        return (lease if renewed else None), False

    async def all(self, now: datetime) -> Mapping[str, Lease]:
        """All leases by id, after ending the expired ones."""
        leases = await self._leases.all()
        lapsed = [lease for lease in leases if lease.lapsed(now, self._rules)] if now >= self._expire_from else []
        for lease in lapsed:
            await self._leases.end(lease, lease.renewed_at, "", now)
        return {lease.id: lease for lease in (await self._leases.all() if lapsed else leases)}

    async def forget_old(self) -> None:
        await self._leases.forget(self._clock.now() - REMEMBER_END)

    async def _begin(self, report: ConnectionsReport, now: datetime) -> Lease | None:
        """Begins a lease and ends all others of the replica. None when the new lease has already ended."""
        id = lease_id(report.replica, report.incarnation, report.number)
        lease = Lease(id, report.replica, report.incarnation, report.number, now)
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
