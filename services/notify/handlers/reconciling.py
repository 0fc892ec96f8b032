"""Compares the copies of engineers, presence and sessions with their owners, and decides on the differences.

It does not rely on Kafka's retention: it runs at every start and restart of the Kafka reader, beside the records, and once a minute. Any
replica may run it at any time, because each step is one that a record could have caused. It reads engineers page by page, then the
sessions of one desk after the other, also page by page. A desk that fails delays no other.
"""

from collections.abc import Sequence

from servicekit.clock import Clock
from servicekit.loop import all_of
from services.notify.domain.card import alerts_anyone
from services.notify.domain.decision import Engineer
from services.notify.handlers.alerting import Alerting
from services.notify.ports import Engineers, Owners, SessionAlerts

# The most that GetPresence accepts.
AT_ONCE = 1000
# The sessions of one page are in memory at a time.
DESKS_AT_ONCE = 1


class Reconciling:
    def __init__(
        self,
        alerting: Alerting,
        session_alerts: SessionAlerts,
        engineers: Engineers,
        owners: Owners,
        clock: Clock,
        every_seconds: float,
    ) -> None:
        self._alerting, self._session_alerts, self._engineers, self._owners = alerting, session_alerts, engineers, owners
        self._clock, self._every_seconds = clock, every_seconds

    async def run(self) -> None:
        """Runs in a Loop of every replica. The Loop restarts it when an owner does not answer. At start the Kafka reader reconciles."""
        while True:
            await self._clock.sleep(self._every_seconds)
            await self.reconcile()

    async def reconcile(self) -> None:
        """Raises the first error of a call to the owners, after it has tried each desk; the caller then repeats it. A desk without
        engineers alerts nobody."""
        desks = set[str]()
        async for engineers in self._owners.engineers():
            await self._people(engineers)
            desks |= {engineer.desk_id for engineer in engineers}
        await all_of((self._alerts_by_sessions(desk_id) for desk_id in sorted(desks)), DESKS_AT_ONCE)

    async def engineer(self, engineer: Engineer) -> None:
        """The directory published an engineer. The presence of a new one is fetched, because its record may be consumed already."""
        await self._engineers.put([engineer])
        found = await self._engineers.one(engineer.id)
        if found is not None and found.presence is None:
            await self._presence_of(engineer.desk_id, [engineer.id])
        await self._alerting.engineer_changed(engineer.id)

    async def _people(self, engineers: Sequence[Engineer]) -> None:
        await self._engineers.put(engineers)
        for desk_id in sorted({engineer.desk_id for engineer in engineers}):
            ids = [engineer.id for engineer in engineers if engineer.desk_id == desk_id]
            for at in range(0, len(ids), AT_ONCE):
                await self._presence_of(desk_id, ids[at : at + AT_ONCE])

    async def _presence_of(self, desk_id: str, ids: Sequence[str]) -> None:
        for person_id, presence in (await self._owners.presences(desk_id, ids)).items():
            await self._engineers.put_presence(person_id, presence)

    # A session that was open before the list was read and is not in the list has changed, so its card is fetched.
    async def _alerts_by_sessions(self, desk_id: str) -> None:
        open_before = await self._session_alerts.open(desk_id)
        async for cards in self._owners.active_sessions(desk_id):
            for card in cards:
                if card.session_id in open_before or alerts_anyone(card):
                    await self._alerting.session_changed(card)
            open_before -= {card.session_id for card in cards}
        for session_id in sorted(open_before):
            changed = await self._owners.session(desk_id, session_id)
            await (self._alerting.session_changed(changed) if changed else self._alerting.session_missing(session_id))
