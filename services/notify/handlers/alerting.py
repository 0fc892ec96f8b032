"""The use cases of alerts, for records and RPCs: load, decide, save.

Any replica may run any of them at any time. This is correct because:
- a session and its alerts are one document, saved only over the version that was read;
- a change to a session or an engineer is saved before the other side is read. So when a chat opens while an engineer comes online, at
  least one of the two changes sees both; `_settle` reads the engineers again after each save until nothing changes;
- deciding twice on the same facts publishes nothing twice;
- a new chat is decided for the engineers who are held without a call, and saved; then, as after each save, for those who are stored.
After a crash in between, the repeated record or the next reconciliation decides on the saved facts.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from servicekit.clock import Clock
from servicekit.identity import Caller
from servicekit.logs import log
from servicekit.metrics import AGES, Metrics
from services.notify.domain.access import may_see, must_be_engineer, visible
from services.notify.domain.card import Card, Reason, Status, alerts_anyone
from services.notify.domain.decision import PresenceFact, decide, reachable
from services.notify.domain.errors import Busy
from services.notify.domain.session_alert import (
    Alert,
    AlertEvent,
    EngineerWithPresence,
    SessionAlert,
    decided,
    new_session_alert,
    put_away,
    settled,
    standing,
    with_card,
    without_session,
)
from services.notify.handlers.notifying import Notifying
from services.notify.ports import Engineers, Owners, SessionAlerts

MAX_RACES = 20
# From what is stored (None = nothing) to what a use case wants; None = nothing to do.
Change = Callable[[SessionAlert | None], SessionAlert | None]


class Alerting:
    """`on_due` gets the time of the next notification. `published` returns when the alerts of new chats that were saved are published, or
    after a moment."""

    def __init__(
        self,
        session_alerts: SessionAlerts,
        engineers: Engineers,
        owners: Owners,
        notifying: Notifying,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._session_alerts, self._engineers, self._owners = session_alerts, engineers, owners
        self._notifying, self._clock = notifying, clock
        self.on_due: Callable[[datetime], None] = lambda due: None
        self.published: Callable[[], Awaitable[None]] = _at_once
        self._raised = metrics.counter("alerts_raised_total", "Alerts raised, by reason", ["reason"])
        self._withdrawn = metrics.counter("alerts_withdrawn_total", "Alerts withdrawn, by reason", ["reason"])
        self._seconds = metrics.histogram("alert_seconds", "From a request for a chat until its first alerts were saved", buckets=AGES)
        for reason in Reason:
            self._raised.labels(reason.value)
            self._withdrawn.labels(reason.value)

    async def session_changed(self, card: Card) -> None:
        """Saves nothing for a session that has never alerted anyone."""
        if alerts_anyone(card) or await self._session_alerts.load(card.session_id) is not None:
            await self._settle(card.session_id, _with(card))

    async def session_opened(self, card: Card) -> None:
        """Like `session_changed`, but does not read first what is stored: nothing is, unless the record is a repeat."""
        if alerts_anyone(card):
            with self._notifying.new_chats.under_way():
                await self._settle_from(None, card.session_id, _with(card), held=self._engineers.held(card) or None)

    async def session_missing(self, session_id: str) -> None:
        """chat does not have the session."""
        await self._settle(session_id, lambda session_alert: without_session(session_alert) if session_alert else None)

    async def engineer_changed(self, person_id: str) -> None:
        """Decides again for this engineer in the sessions that alert them, and in those that could: open ones that they may see.

        The latter are not read for an engineer who cannot be reached, and always without the people whom they alert.
        """
        found = await self._engineers.one(person_id)
        if found is None:
            return
        alerting, now = await self._session_alerts.alerting(person_id), self._clock.now()
        changed = [card for card, alerted in alerting if decided(card, alerted, found, now) is not alerted]
        if reachable(*found):
            engineer, presence, push = found
            cards = await self._session_alerts.open_to(engineer)
            changed += [card for card in cards if decide(card, engineer, presence, None, push_when_away=push).alerted]
        for card in changed:
            await self._settle(card.session_id, lambda session_alert: session_alert, person_id)

    async def presence_changed(self, person_id: str, presence: PresenceFact) -> None:
        """Ignores people who are not engineers."""
        if await self._engineers.put_presence(person_id, presence):
            await self.engineer_changed(person_id)

    async def alerts(self, caller: Caller) -> list[Alert]:
        """The caller's active alerts, newest first."""
        found = [standing(*part) for part in await self._session_alerts.alerting(caller.id) if may_see(caller, part.card)]
        return sorted((alert for alert in found if alert), key=lambda alert: (alert.raised_at, alert.id), reverse=True)

    async def dismiss(self, caller: Caller, session_id: str) -> None:
        """Dismisses the engineer's alert for this chat permanently (spec 5.1). Raises NoSuchSession, NotAllowed or Busy."""
        must_be_engineer(caller, "are alerted")
        for _ in range(MAX_RACES):
            session_alert = await self._session_alerts.load(session_id)
            if session_alert is None:
                # It never alerted anyone, so there is nothing to dismiss. chat is called to check that it exists.
                visible(caller, await self._owners.session(caller.desk_id, session_id))
                return
            visible(caller, session_alert.card)
            if await self._saved(session_alert, *put_away(session_alert, caller.id, self._clock.now())):
                return
        raise Busy(f"Others keep changing the alerts of {session_id}")

    async def person_of(self, desk_id: str, person_id: str) -> Caller | None:
        """The engineer for whom a service account acts, without a role and so without access to others. An empty `desk_id`: any desk."""
        found = await self._engineers.one(person_id)
        if found is None or found.engineer.disabled or desk_id not in ("", found.engineer.desk_id):
            return None
        engineer = found.engineer
        return Caller("engineer", engineer.id, engineer.name, engineer.desk_id, companies=engineer.companies, boards=engineer.boards)

    async def _settle(self, session_id: str, change: Change, only: str = "") -> None:
        await self._settle_from(await self._session_alerts.load(session_id), session_id, change, only)

    async def _settle_from(
        self,
        before: SessionAlert | None,
        session_id: str,
        change: Change,
        only: str = "",
        held: Sequence[EngineerWithPresence] | None = None,
    ) -> None:
        """Decides and saves until nothing changes, from what may be stored. `only`: decide for this engineer alone. `held`: decide for
        these first. Raises Busy.

        After a save only the engineers are read again: another replica that saves the session in the meantime reads them too.
        """
        for _ in range(MAX_RACES):
            session_alert = change(before)
            if session_alert is None:
                return
            engineers = await self._engineers_of(session_alert, only) if held is None else held
            after, events = settled(session_alert, engineers, self._clock.now())
            held = None
            if after == before:
                return
            if await self._saved(before, after, events):
                before = replace(after, version=after.version + 1)
            else:
                before = await self._session_alerts.load(session_id)
        raise Busy(f"Others keep changing the alerts of {session_id}")

    async def _engineers_of(self, session_alert: SessionAlert, only: str) -> Sequence[EngineerWithPresence]:
        """Those whom it could alert now, and those it alerts."""
        if not only:
            if not alerts_anyone(session_alert.card):
                return ()
            alerted = [id for id, alerted in session_alert.people.items() if alerted.reason]
            return await self._engineers.reachable(session_alert.card, alerted)
        found = await self._engineers.one(only)
        return [found] if found else []

    async def _saved(self, before: SessionAlert | None, after: SessionAlert, events: list[AlertEvent]) -> bool:
        if after == before:
            return True
        await self._notifying.alerts_end(after.card.session_id, _ended(before, after))
        if not await self._session_alerts.save(after, events, before):
            return False
        if before is None and after.card.status is Status.WAITING and any(event.raised for event in events):
            self._seconds.observe((self._clock.now() - after.card.waiting_since).total_seconds())
        if before is None:
            # Notifications and the next decision need the CPU that publishing needs, and a person waits for that.
            await self.published()
        if after.due_at:
            self.on_due(after.due_at)
        for event in events:
            (self._raised if event.raised else self._withdrawn).labels(event.alert.reason.value).inc()
            log.debug("alert_raised" if event.raised else "alert_withdrawn", alert=event.alert.id)
        return True


async def _at_once() -> None:
    """In place of waiting."""


def _ended(before: SessionAlert | None, after: SessionAlert) -> list[str]:
    """The engineers who were alerted before and are not any more."""
    were = before.people.values() if before else ()
    return [alerted.person_id for alerted in were if alerted.reason and not after.people[alerted.person_id].reason]


def _with(card: Card) -> Change:
    return lambda found: with_card(found, card) if found else new_session_alert(card)
