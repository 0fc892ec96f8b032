"""The use cases of alerts, for records and RPCs: load, decide, save.

Any replica may run any of them at any time. This is correct because:
- a session and its alerts are one document, saved only over the version that was read;
- a change to a session or an engineer is saved before the other side is read. So when a chat opens while an engineer comes online, at
  least one of the two changes sees both; `_settle` reads again after each save until nothing changes;
- deciding twice on the same facts publishes nothing twice.
After a crash in between, the repeated record or the next reconciliation decides on the saved facts.
"""

from collections.abc import Callable
from datetime import timedelta

from servicekit.clock import Clock
from servicekit.identity import Caller
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.notify.domain.card import Card, Reason, alerts_anyone
from services.notify.domain.decision import Fact, PresenceFact
from services.notify.domain.errors import Busy, NoSuchEngineer, NoSuchSession, NotAllowed
from services.notify.domain.session_alert import (
    Alert,
    AlertEvent,
    SessionAlert,
    explanation,
    put_away,
    settled,
    standing,
    with_card,
    without_session,
)
from services.notify.ports import Engineers, EngineerWithPresence, Owners, SessionAlerts

MAX_RACES = 20
# ExplainAlert answers for this long.
REMEMBERED = timedelta(days=30)
FORGET_EVERY_SECONDS = 3600.0
SEES_OTHERS = frozenset({"supervisor", "admin"})


class Alerting:
    """`publish_saved` is called when events were saved; it does not wait."""

    def __init__(
        self,
        session_alerts: SessionAlerts,
        engineers: Engineers,
        owners: Owners,
        publish_saved: Callable[[], None],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._session_alerts, self._engineers, self._owners = session_alerts, engineers, owners
        self._publish_saved, self._clock = publish_saved, clock
        self._raised = metrics.counter("alerts_raised_total", "Alerts raised, by reason", ["reason"])
        self._withdrawn = metrics.counter("alerts_withdrawn_total", "Alerts withdrawn, by reason", ["reason"])
        for reason in Reason:
            self._raised.labels(reason.value)
            self._withdrawn.labels(reason.value)

    async def session_changed(self, card: Card) -> None:
        """Saves nothing for a session that has never alerted anyone."""
        if alerts_anyone(card) or await self._session_alerts.load(card.session_id) is not None:
            await self._settle(
                card.session_id, lambda session_alert: with_card(session_alert, card) if session_alert else SessionAlert(card)
            )

    async def session_missing(self, session_id: str) -> None:
        """chat does not have the session."""
        await self._settle(session_id, lambda session_alert: without_session(session_alert) if session_alert else None)

    async def engineer_changed(self, person_id: str) -> None:
        """Decides again for this engineer in every open session of the desk."""
        if found := await self._engineers.one(person_id):
            for session_id in await self._session_alerts.open(found.engineer.desk_id):
                await self._settle(session_id, lambda session_alert: session_alert, person_id)

    async def presence_changed(self, person_id: str, presence: PresenceFact) -> None:
        """Ignores people who are not engineers."""
        if await self._engineers.put_presence(person_id, presence):
            await self.engineer_changed(person_id)

    async def alerts(self, caller: Caller) -> list[Alert]:
        """The caller's active alerts, newest first."""
        found = [
            standing(session_alert, caller.id)
            for session_alert in await self._session_alerts.alerting(caller.id)
            if _may_see(caller, session_alert.card)
        ]
        return sorted((alert for alert in found if alert), key=lambda alert: (alert.raised_at, alert.id), reverse=True)

    async def dismiss(self, caller: Caller, session_id: str) -> None:
        """Dismisses the engineer's alert for this chat permanently (spec 5.1). Raises NoSuchSession, NotAllowed or Busy."""
        _must_be_engineer(caller)
        for _ in range(MAX_RACES):
            session_alert = await self._session_alerts.load(session_id)
            if session_alert is None:
                # It never alerted anyone, so there is nothing to dismiss. chat is called to check that it exists.
                _visible(caller, await self._owners.session(caller.desk_id, session_id))
                return
            _visible(caller, session_alert.card)
            if await self._saved(session_alert, *put_away(session_alert, caller.id, self._clock.now())):
                return
        raise Busy(f"Others keep changing the alerts of {session_id}")

    async def explain(self, caller: Caller, session_id: str, person_id: str) -> tuple[bool, tuple[Fact, ...]]:
        """Whether that engineer is or was alerted, and why (spec 5.11). For the engineer, supervisors and admins."""
        _must_be_engineer(caller)
        if person_id != caller.id and caller.role not in SEES_OTHERS:
            raise NotAllowed("Only supervisors and admins may ask about others")
        session_alert = await self._session_alerts.load(session_id)
        card = _visible(caller, session_alert.card if session_alert else await self._owners.session(caller.desk_id, session_id))
        found = await self._engineers.one(person_id)
        if found is None or found.engineer.desk_id != caller.desk_id:
            raise NoSuchEngineer("There is no such engineer", field="person_id")
        return explanation(session_alert or SessionAlert(card), *found)

    async def person_of(self, desk_id: str, person_id: str) -> Caller | None:
        """The engineer for whom a service account acts, without a role and so without access to others. An empty `desk_id`: any desk."""
        found = await self._engineers.one(person_id)
        if found is None or found.engineer.gone or desk_id not in ("", found.engineer.desk_id):
            return None
        engineer = found.engineer
        return Caller("engineer", engineer.id, engineer.name, engineer.desk_id, companies=engineer.companies, boards=engineer.boards)

    async def keep_forgetting(self) -> None:
        """Runs in a Loop of every replica."""
        while True:
            await self._clock.sleep(FORGET_EVERY_SECONDS)
            await self.forget_old()

    async def forget_old(self) -> None:
        await self._session_alerts.forget(self._clock.now() - REMEMBERED)

    async def _settle(self, session_id: str, change: Callable[[SessionAlert | None], SessionAlert | None], only: str = "") -> None:
        """Decides and saves until nothing changes. `only`: decide for this engineer alone. Raises Busy."""
        for _ in range(MAX_RACES):
            before = await self._session_alerts.load(session_id)
            session_alert = change(before)
            if session_alert is None:
                return
            after, events = settled(session_alert, await self._engineers_of(session_alert.card.desk_id, only), self._clock.now())
            if after == before:
                return
            await self._saved(before, after, events)
        raise Busy(f"Others keep changing the alerts of {session_id}")

    async def _engineers_of(self, desk_id: str, only: str) -> list[EngineerWithPresence]:
        if not only:
            return await self._engineers.of_desk(desk_id)
        found = await self._engineers.one(only)
        return [found] if found else []

    async def _saved(self, before: SessionAlert | None, after: SessionAlert, events: list[AlertEvent]) -> bool:
        if after == before:
            return True
        if not await self._session_alerts.save(after, events):
            return False
        if events:
            self._publish_saved()
        for event in events:
            (self._raised if event.raised else self._withdrawn).labels(event.alert.reason.value).inc()
            log.debug("alert_raised" if event.raised else "alert_withdrawn", alert=event.alert.id)
        return True


def _must_be_engineer(caller: Caller) -> None:
    if caller.kind != "engineer":
        raise NotAllowed("Only engineers are alerted")


def _may_see(caller: Caller, card: Card) -> bool:
    """By the caller's token, which may be newer than the copy of the directory that decided."""
    return card.desk_id == caller.desk_id and caller.may_see(card.company_id, card.board_id) and card.shown_to(caller.id)


def _visible(caller: Caller, card: Card | None) -> Card:
    """Raises NoSuchSession for a session that is missing or hidden from the caller."""
    if card is None or not _may_see(caller, card):
        raise NoSuchSession("There is no such session.", field="session_id")
    return card
