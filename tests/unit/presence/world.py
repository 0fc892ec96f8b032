"""A desk's presence service, with the ports in memory and a clock set by the tests."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from servicekit.errors import Unavailable
from servicekit.identity import Caller
from servicekit.metrics import Metrics
from services.presence.domain.connections import ConnectionFact, ConnectionsEnded, ConnectionsReport
from services.presence.domain.desk_settings import DeskSettings
from services.presence.domain.person import PresenceChanged
from services.presence.domain.presence import Presence, Rules
from services.presence.handlers.desk_settings import DeskSettingsHandlers
from services.presence.handlers.presence import PresenceHandlers
from tests.fakes.clock import TurnedClock
from tests.unit.presence.fakes import FakeLeases, FakePeople, FakeRelay, FakeSettings, FakeSignIns, Outage

ONLINE, AWAY, BUSY, OFFLINE = Presence.ONLINE, Presence.AWAY, Presence.BUSY, Presence.OFFLINE
RULES = Rules(
    away_after=timedelta(seconds=300), offline_grace=timedelta(seconds=10), lease=timedelta(seconds=20), handover=timedelta(seconds=40)
)
AVA = Caller(kind="engineer", id="ava", name="Ava Chen", desk_id="harbour", role="admin")
SAM = Caller(kind="engineer", id="sam", name="Sam Okafor", desk_id="harbour", role="supervisor")
MIA = Caller(kind="customer", id="mia", name="Mia Torres", desk_id="harbour", company_id="acme")


class Gateway:
    """Reports as a gateway does: numbered, and in full on request."""

    def __init__(self, world: "World", replica: str = "gateway-1", incarnation: str = "a") -> None:
        self.world, self.replica, self.incarnation = world, replica, incarnation
        self.number, self.full = 0, True
        self.open: dict[str, ConnectionFact] = {}
        self.must_end: list[str] = []

    def fact(self, person_id: str, connection_id: str) -> ConnectionFact:
        """Returns an open connection that is active now."""
        return ConnectionFact(connection_id, person_id, "harbour", person_id != "mia", self.world.clock.now())

    async def connects(self, person_id: str, connection_id: str = "c1", idle: float = 0) -> None:
        fact = self.fact(person_id, connection_id)
        self.open[connection_id] = replace(fact, active_at=self.world.clock.now() - timedelta(seconds=idle))
        await self.report(self.open[connection_id])

    async def drops(self, connection_id: str = "c1", *, handed_over: bool = False) -> None:
        await self.report(replace(self.open.pop(connection_id), closed_at=self.world.clock.now(), handed_over=handed_over))

    async def stops(self) -> None:
        """Sends its last report; it has no connection any more."""
        await self.report(last=True)

    async def report(self, *facts: ConnectionFact, waiting: float = 0, last: bool = False) -> None:
        """`waiting`: seconds since the oldest change that is not saved."""
        self.number += 1
        sent = list({fact.connection_id: fact for fact in (*self.open.values(), *facts)}.values()) if self.full else facts
        waits = timedelta(seconds=waiting)
        report = ConnectionsReport(self.replica, self.incarnation, self.number, sent, self.full, waits, last)
        answer = await self.world.handlers.report(report)
        self.full, self.must_end = answer.want_full, list(answer.end)
        if self.full:
            await self.report(*facts)


class World:
    def __init__(self) -> None:
        self.clock, self.outage, self.relay = TurnedClock(), Outage(), FakeRelay()
        self.people, self.leases = FakePeople(self.outage), FakeLeases(self.outage)
        self.sign_ins = FakeSignIns({"sam": True, "mia": False, "kim": False})
        self.settings = FakeSettings(DeskSettings(away_after=300))
        self.desk_settings = DeskSettingsHandlers(self.settings, self.clock)
        self.start()

    def start(self) -> None:
        """Starts a replica of presence on the same store."""
        self.metrics = Metrics("presence")
        self.handlers = PresenceHandlers(
            self.people,
            self.leases,
            self.settings,
            self.relay.wake,
            self.sign_ins.end,
            self.sign_ins.access,
            self.clock,
            RULES,
            timedelta(seconds=10),
            self.metrics,
        )

    async def passes(self, seconds: float, *active: Gateway) -> None:
        """Advances time in steps of half a second. In each step the sweep runs and the active gateways renew their leases. When the store
        is down, both try again."""
        for step in range(int(seconds * 2)):
            await self.clock.advance(0.5)
            for gateway in active if step % 10 == 9 else ():
                with suppress(Unavailable):
                    await gateway.report()
            with suppress(Unavailable):
                await self.handlers.settle_due()
                await self.handlers.sweep_leases()

    def published(self, person_id: str = "ava") -> list[Presence]:
        changes = (event for event in self.people.published if isinstance(event, PresenceChanged))
        return [change.announced.presence for change in changes if change.person_id == person_id]

    def ended(self) -> list[ConnectionsEnded]:
        return [event for event in self.people.published if isinstance(event, ConnectionsEnded)]

    async def presence(self, person_id: str = "ava") -> Presence:
        return (await self.handlers.get("harbour", [person_id]))[0].announced.presence
