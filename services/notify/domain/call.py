"""One session's call to the engineers of its desk: whom it alerts now, who put it away, and why each one was or was not alerted.

A call is changed only by the functions here, each of which answers with the call after it and what must be said. Doing any
of them twice says nothing twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notify.domain.card import Card, Reason, Status, asks, reason_for
from services.notify.domain.decision import Engineer, Fact, PresenceFact, decide


@dataclass(frozen=True, slots=True)
class Called:
    """One engineer's part in a call. `reason` and `raised_at`: the alert that stands now.

    An invitation is another question than a waiting chat, so it is put away on its own (`declined_at`); `dismissed_at` holds for the
    chat for good (spec 5.1). `facts` are those of the last decision while the session called.
    """

    person_id: str
    reason: Reason | None = None
    raised_at: datetime | None = None
    was_alerted: bool = False
    dismissed_at: datetime | None = None
    declined_at: datetime | None = None
    facts: tuple[Fact, ...] = ()

    def put_away(self, reason: Reason | None) -> datetime | None:
        """When this engineer put away what the session would call them for now."""
        return self.declined_at if reason is Reason.INVITED else self.dismissed_at


@dataclass(frozen=True, slots=True)
class Call:
    """`version` counts saves: a save is refused when another one came first."""

    card: Card
    people: dict[str, Called] = field(default_factory=dict)
    version: int = 0

    @property
    def open(self) -> bool:
        """Whether the session calls anybody, or an alert still stands that has to be taken back."""
        return asks(self.card) or any(called.reason for called in self.people.values())


@dataclass(frozen=True, slots=True)
class Alert:
    """A card on an engineer's screen."""

    card: Card
    person_id: str
    reason: Reason
    raised_at: datetime

    @property
    def id(self) -> str:
        return f"{self.card.session_id}:{self.reason.value}:{self.person_id}"


@dataclass(frozen=True, slots=True)
class AlertRaised:
    alert: Alert


@dataclass(frozen=True, slots=True)
class AlertWithdrawn:
    alert: Alert


AlertEvent = AlertRaised | AlertWithdrawn


def with_card(call: Call, card: Card) -> Call:
    """What the session told of itself; older news change nothing."""
    return replace(call, card=card) if card.revision > call.card.revision else call


def without_session(call: Call) -> Call:
    """The session's owner does not know it (any more), so it calls nobody."""
    return replace(call, card=replace(call.card, status=Status.COMPLETED))


def settled(call: Call, engineers: Iterable[tuple[Engineer, PresenceFact | None]], now: datetime) -> tuple[Call, list[AlertEvent]]:
    """The call as it is by these engineers' facts; those not named are left as they are, unless the session calls nobody."""
    people, events = dict(call.people), list[AlertEvent]()
    if asks(call.card):
        named = [(engineer, presence) for engineer, presence in engineers if engineer.desk_id == call.card.desk_id]
        after = [_decided(call, engineer, presence, now) for engineer, presence in named]
    else:
        after = [replace(called, reason=None, raised_at=None) for called in people.values()]
    for called in after:
        events += _difference(call, people.get(called.person_id), called)
        people[called.person_id] = called
    return (replace(call, people=people) if people != call.people else call), events


def put_away(call: Call, person_id: str, now: datetime) -> tuple[Call, list[AlertEvent]]:
    """The engineer dismisses what stands, for good; a repeat changes nothing (spec 5.1)."""
    before = call.people.get(person_id, Called(person_id))
    after = replace(before, reason=None, raised_at=None)
    if before.reason is Reason.INVITED:
        after = replace(after, declined_at=now)
    elif before.reason is not None or before.declined_at is None:
        after = replace(after, dismissed_at=before.dismissed_at or now)
    if after == before:
        return call, []
    return replace(call, people={**call.people, person_id: after}), _difference(call, before, after)


def standing(call: Call, person_id: str) -> Alert | None:
    """The alert that this engineer should see now."""
    called = call.people.get(person_id)
    return _alert(call, called) if called else None


def _decided(call: Call, engineer: Engineer, presence: PresenceFact | None, now: datetime) -> Called:
    before = call.people.get(engineer.id, Called(engineer.id))
    decision = decide(call.card, engineer, presence, before.put_away(reason_for(call.card, engineer.id)))
    raised_at = before.raised_at if decision.reason is before.reason else (now if decision.reason else None)
    was_alerted = before.was_alerted or decision.alerted
    return replace(before, reason=decision.reason, raised_at=raised_at, was_alerted=was_alerted, facts=decision.facts)


def _difference(call: Call, before: Called | None, after: Called) -> list[AlertEvent]:
    old, new = _alert(call, before) if before else None, _alert(call, after)
    if (old and old.id) == (new and new.id):
        return []
    events: list[AlertEvent] = [AlertWithdrawn(old)] if old else []
    return [*events, AlertRaised(new)] if new else events


def _alert(call: Call, called: Called) -> Alert | None:
    if called.reason is None or called.raised_at is None:
        return None
    return Alert(call.card, called.person_id, called.reason, called.raised_at)


def explanation(call: Call, engineer: Engineer, presence: PresenceFact | None) -> tuple[bool, tuple[Fact, ...]]:
    """Whether the engineer is or was alerted, and the steps of the decision: while the session calls by the facts of this moment,
    afterwards by those that were recorded when it last did."""
    called = call.people.get(engineer.id, Called(engineer.id))
    decision = decide(call.card, engineer, presence, called.put_away(reason_for(call.card, engineer.id)))
    if asks(call.card) or not called.facts:
        return decision.alerted or called.was_alerted, decision.facts
    return called.was_alerted, (*called.facts, *(fact for fact in decision.facts if fact.check == "session"))
