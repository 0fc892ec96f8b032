"""One session's alerts: whom it alerts now, who dismissed it, and why each engineer was or was not alerted.

Only the functions here change a SessionAlert. Each returns the new one and the events to publish. A repeat returns no events.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notify.domain.card import Card, Reason, Status, alerts_anyone, reason_for
from services.notify.domain.decision import Engineer, Fact, PresenceFact, decide


@dataclass(frozen=True, slots=True)
class AlertedEngineer:
    """One engineer's alert in a session. `reason` and `raised_at` are None while no alert is active.

    `declined_at`: the engineer dismissed an invitation, which leaves other alerts of the chat. `dismissed_at`: the engineer dismissed
    the chat permanently (spec 5.1). `facts` are those of the last decision while the session alerted engineers.
    """

    person_id: str
    reason: Reason | None = None
    raised_at: datetime | None = None
    was_alerted: bool = False
    dismissed_at: datetime | None = None
    declined_at: datetime | None = None
    facts: tuple[Fact, ...] = ()

    def put_away(self, reason: Reason | None) -> datetime | None:
        """When this engineer dismissed alerts with that reason."""
        return self.declined_at if reason is Reason.INVITED else self.dismissed_at


@dataclass(frozen=True, slots=True)
class SessionAlert:
    """`version` counts saves; a save over another version is refused."""

    card: Card
    people: dict[str, AlertedEngineer] = field(default_factory=dict)
    version: int = 0

    @property
    def open(self) -> bool:
        """Whether the session alerts engineers, or an active alert still has to be withdrawn."""
        return alerts_anyone(self.card) or any(alerted.reason for alerted in self.people.values())


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert card on an engineer's screen."""

    card: Card
    person_id: str
    reason: Reason
    raised_at: datetime

    @property
    def id(self) -> str:
        return f"{self.card.session_id}:{self.reason.value}:{self.person_id}"


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """An alert to publish: `raised`, or else withdrawn."""

    alert: Alert
    raised: bool


def with_card(session_alert: SessionAlert, card: Card) -> SessionAlert:
    """With the card, unless it is older."""
    return replace(session_alert, card=card) if card.revision > session_alert.card.revision else session_alert


def without_session(session_alert: SessionAlert) -> SessionAlert:
    """chat does not have the session, so it alerts nobody."""
    return replace(session_alert, card=replace(session_alert.card, status=Status.COMPLETED))


def settled(
    session_alert: SessionAlert, engineers: Iterable[tuple[Engineer, PresenceFact | None]], now: datetime
) -> tuple[SessionAlert, list[AlertEvent]]:
    """Decides for these engineers. The others stay as they are, unless the session alerts nobody."""
    people, events = dict(session_alert.people), list[AlertEvent]()
    if alerts_anyone(session_alert.card):
        named = [(engineer, presence) for engineer, presence in engineers if engineer.desk_id == session_alert.card.desk_id]
        after = [_decided(session_alert, engineer, presence, now) for engineer, presence in named]
    else:
        after = [replace(alerted, reason=None, raised_at=None) for alerted in people.values()]
    for alerted in after:
        events += _difference(session_alert, people.get(alerted.person_id), alerted)
        people[alerted.person_id] = alerted
    return (replace(session_alert, people=people) if people != session_alert.people else session_alert), events


def put_away(session_alert: SessionAlert, person_id: str, now: datetime) -> tuple[SessionAlert, list[AlertEvent]]:
    """Dismisses the engineer's active alert permanently. A repeat changes nothing (spec 5.1)."""
    before = session_alert.people.get(person_id, AlertedEngineer(person_id))
    after = replace(before, reason=None, raised_at=None)
    if before.reason is Reason.INVITED:
        after = replace(after, declined_at=now)
    elif before.reason is not None or before.declined_at is None:
        after = replace(after, dismissed_at=before.dismissed_at or now)
    if after == before:
        return session_alert, []
    return replace(session_alert, people={**session_alert.people, person_id: after}), _difference(session_alert, before, after)


def standing(session_alert: SessionAlert, person_id: str) -> Alert | None:
    """The engineer's active alert, if any."""
    alerted = session_alert.people.get(person_id)
    return _alert(session_alert, alerted) if alerted else None


def _decided(session_alert: SessionAlert, engineer: Engineer, presence: PresenceFact | None, now: datetime) -> AlertedEngineer:
    before = session_alert.people.get(engineer.id, AlertedEngineer(engineer.id))
    decision = decide(session_alert.card, engineer, presence, before.put_away(reason_for(session_alert.card, engineer.id)))
    raised_at = before.raised_at if decision.reason is before.reason else (now if decision.reason else None)
    was_alerted = before.was_alerted or decision.alerted
    return replace(before, reason=decision.reason, raised_at=raised_at, was_alerted=was_alerted, facts=decision.facts)


def _difference(session_alert: SessionAlert, before: AlertedEngineer | None, after: AlertedEngineer) -> list[AlertEvent]:
    old, new = _alert(session_alert, before) if before else None, _alert(session_alert, after)
    if (old and old.id) == (new and new.id):
        return []
    return [AlertEvent(alert, raised) for alert, raised in ((old, False), (new, True)) if alert]


def _alert(session_alert: SessionAlert, alerted: AlertedEngineer) -> Alert | None:
    if alerted.reason is None or alerted.raised_at is None:
        return None
    return Alert(session_alert.card, alerted.person_id, alerted.reason, alerted.raised_at)


def explanation(session_alert: SessionAlert, engineer: Engineer, presence: PresenceFact | None) -> tuple[bool, tuple[Fact, ...]]:
    """Whether the engineer is or was alerted, and the steps of the decision.

    While the session alerts engineers the facts are the current ones, afterwards those of the last decision.
    """
    alerted = session_alert.people.get(engineer.id, AlertedEngineer(engineer.id))
    decision = decide(session_alert.card, engineer, presence, alerted.put_away(reason_for(session_alert.card, engineer.id)))
    if alerts_anyone(session_alert.card) or not alerted.facts:
        return decision.alerted or alerted.was_alerted, decision.facts
    return alerted.was_alerted, (*alerted.facts, *(fact for fact in decision.facts if fact.check == "session"))
