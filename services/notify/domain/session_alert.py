"""One session's alerts: whom it alerts or has alerted, who dismissed it, and when the next notification of each is due.

Only the functions here change a SessionAlert. Each returns the new one and the events to publish. A repeat returns no events. Engineers
whom the session has never alerted are not in it, so it grows with those who are alerted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from services.notify.domain.card import Card, Invitation, Reason, Status, Transfer, alerts_anyone, reason_for
from services.notify.domain.decision import Engineer, PresenceFact, decide
from services.notify.domain.desk_settings import AlertSettings, next_repetition


class EngineerWithPresence(NamedTuple):
    """`presence` is None while none was announced. `push_when_away`: the engineer wants Web Push while away or offline."""

    engineer: Engineer
    presence: PresenceFact | None
    push_when_away: bool = False


@dataclass(frozen=True, slots=True)
class AlertedEngineer:
    """One engineer's alert in a session. `reason` and `raised_at` are None while no alert is active.

    `by_push`: away or offline, so the alert has no card and goes by Web Push alone. `due_at`: when the next notification is due; None =
    no more. `asked`: how many notifications were asked for, by reason. `declined_at`: the engineer dismissed an invitation, which leaves
    other alerts of the chat. `dismissed_at`: the engineer dismissed the chat permanently (spec 5.1).
    """

    person_id: str
    reason: Reason | None = None
    raised_at: datetime | None = None
    was_alerted: bool = False
    dismissed_at: datetime | None = None
    declined_at: datetime | None = None
    by_push: bool = False
    due_at: datetime | None = None
    asked: Mapping[str, int] = field(default_factory=dict)

    def put_away(self, reason: Reason | None) -> datetime | None:
        """When this engineer dismissed alerts with that reason. A transfer is not dismissed: chat has who declined it."""
        if reason is Reason.TRANSFER:
            return None
        return self.declined_at if reason is Reason.INVITED else self.dismissed_at

    @property
    def shown(self) -> Reason | None:
        """The reason on the engineer's alert card; None without a card."""
        return None if self.by_push else self.reason

    @property
    def rung(self) -> int:
        """The number of the next notification of the active alert; 0 = the first."""
        return self.asked.get(self.reason, 0) if self.reason else 0

    def quiet(self) -> "AlertedEngineer":
        """Without an active alert."""
        return replace(self, reason=None, raised_at=None, by_push=False, due_at=None)


@dataclass(frozen=True, slots=True)
class SessionAlert:
    """`alerted_as` is the latest card that alerted engineers, and `over_at` when another card replaced it; None while it alerts.

    `version` counts saves; a save over another version is refused.
    """

    card: Card
    people: dict[str, AlertedEngineer] = field(default_factory=dict)
    version: int = 0
    alerted_as: Card | None = None
    over_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether the session alerts engineers, or an active alert still has to be withdrawn."""
        return alerts_anyone(self.card) or any(alerted.reason for alerted in self.people.values())

    @property
    def due_at(self) -> datetime | None:
        """When the next notification is due."""
        return min((alerted.due_at for alerted in self.people.values() if alerted.due_at), default=None)


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

    @property
    def invitation(self) -> Invitation | None:
        """Of an alert of an invitation."""
        if self.reason is not Reason.INVITED:
            return None
        return next((each for each in self.card.invitations if each.engineer_id == self.person_id), None)

    @property
    def transfer(self) -> Transfer | None:
        """Of an alert of a transfer."""
        return self.card.transfer if self.reason is Reason.TRANSFER else None


class AlertOf(NamedTuple):
    """One engineer's part of a session alert."""

    card: Card
    alerted: AlertedEngineer


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """An alert to publish: `raised`, or else withdrawn."""

    alert: Alert
    raised: bool


def new_session_alert(card: Card) -> SessionAlert:
    return SessionAlert(card, alerted_as=card if alerts_anyone(card) else None)


def with_card(session_alert: SessionAlert, card: Card) -> SessionAlert:
    """With the card, unless it is older."""
    if card.revision <= session_alert.card.revision:
        return session_alert
    if alerts_anyone(card):
        return replace(session_alert, card=card, alerted_as=card, over_at=None)
    return replace(session_alert, card=card, over_at=session_alert.over_at or card.modified_at)


def without_session(session_alert: SessionAlert) -> SessionAlert:
    """chat does not have the session, so it alerts nobody."""
    return replace(session_alert, card=replace(session_alert.card, status=Status.COMPLETED))


def settled(session_alert: SessionAlert, engineers: Iterable[EngineerWithPresence], now: datetime) -> tuple[SessionAlert, list[AlertEvent]]:
    """Decides for these engineers. The others remain as they are, unless the session alerts nobody."""
    people, events = dict(session_alert.people), list[AlertEvent]()
    if alerts_anyone(session_alert.card):
        card = session_alert.card
        after = [decided(card, people.get(found.engineer.id), found, now) for found in engineers if found.engineer.desk_id == card.desk_id]
    else:
        after = [alerted.quiet() for alerted in people.values()]
    for alerted in after:
        before = people.get(alerted.person_id)
        if alerted is before:
            continue
        events += _difference(session_alert.card, before, alerted)
        if before is not None or alerted.reason is not None:
            people[alerted.person_id] = alerted
    return (replace(session_alert, people=people) if people != session_alert.people else session_alert), events


def put_away(session_alert: SessionAlert, person_id: str, now: datetime) -> tuple[SessionAlert, list[AlertEvent]]:
    """Dismisses the engineer's active alert permanently. A repeat changes nothing (spec 5.1), nor does it dismiss a transfer."""
    before = session_alert.people.get(person_id, AlertedEngineer(person_id))
    if before.reason is Reason.TRANSFER:
        return session_alert, []
    after = before.quiet()
    if before.reason is Reason.INVITED:
        after = replace(after, declined_at=now)
    elif before.reason is not None or before.declined_at is None:
        after = replace(after, dismissed_at=before.dismissed_at or now)
    if after == before:
        return session_alert, []
    return replace(session_alert, people={**session_alert.people, person_id: after}), _difference(session_alert.card, before, after)


def standing(card: Card, alerted: AlertedEngineer) -> Alert | None:
    """The engineer's active alert, if it has a card."""
    if alerted.by_push or alerted.reason is None or alerted.raised_at is None:
        return None
    return Alert(card, alerted.person_id, alerted.reason, alerted.raised_at)


def due(session_alert: SessionAlert, now: datetime) -> list[AlertedEngineer]:
    """The engineers whose next notification is due."""
    return [alerted for alerted in session_alert.people.values() if alerted.reason and alerted.due_at and alerted.due_at <= now]


def notified(session_alert: SessionAlert, who: Iterable[AlertedEngineer], settings: AlertSettings, now: datetime) -> SessionAlert:
    """These notifications were asked for. Only a waiting chat repeats them (spec 5.3)."""
    waits = session_alert.card.status is Status.WAITING
    due_at = next_repetition(session_alert.card.waiting_since, now, settings) if waits else None
    after = {
        alerted.person_id: replace(alerted, due_at=due_at, asked={**alerted.asked, alerted.reason.value: alerted.rung + 1})
        for alerted in who
        if alerted.reason
    }
    return replace(session_alert, people={**session_alert.people, **after})


def only_change(before: SessionAlert, after: SessionAlert) -> AlertedEngineer | None:
    """The part of the only engineer in whose part the two differ, if they had one before; None when more differs, or nothing."""
    if replace(before, people=after.people) != after or before.people.keys() != after.people.keys():
        return None
    changed = [alerted for id, alerted in after.people.items() if alerted is not before.people[id]]
    return changed[0] if len(changed) == 1 else None


def decided(card: Card, before: AlertedEngineer | None, found: EngineerWithPresence, now: datetime) -> AlertedEngineer:
    """The engineer's part after a decision; `before` itself when it changes nothing. It is None for an engineer who was never alerted."""
    engineer, presence, push_when_away = found
    before = before or AlertedEngineer(engineer.id)
    dismissed = before.put_away(reason_for(card, engineer.id))
    decision = decide(card, engineer, presence, dismissed, push_when_away=push_when_away)
    if decision.reason is None:
        return before if before.reason is None else before.quiet()
    same = decision.reason is before.reason
    if same and decision.by_push is before.by_push:
        return before
    # An engineer who comes back gets the card and a first notification on a page; one who goes away was notified already.
    new = not same or (before.by_push and not decision.by_push)
    return replace(
        before,
        reason=decision.reason,
        raised_at=before.raised_at if same else now,
        was_alerted=True,
        by_push=decision.by_push,
        due_at=now if new else before.due_at,
    )


def _difference(card: Card, before: AlertedEngineer | None, after: AlertedEngineer) -> list[AlertEvent]:
    if (before.shown if before else None) is after.shown:
        return []
    old, new = standing(card, before) if before else None, standing(card, after)
    return [AlertEvent(alert, raised) for alert, raised in ((old, False), (new, True)) if alert]
