"""The stores of session alerts and engineers in memory. tests/adapters/notify runs the same tests on the real ones."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from services.notify.domain.card import Card, Reason
from services.notify.domain.decision import Engineer, PresenceFact, reachable
from services.notify.domain.session_alert import AlertEvent, AlertOf, EngineerWithPresence, SessionAlert
from tests.fakes.clock import START, TurnedClock

T = TypeVar("T")


class FakeSessionAlerts:
    """`published` is what the outbox would publish, in order. The next `races` saves fail as if another replica had saved first.

    `loads`: the sessions that were loaded.
    """

    def __init__(self) -> None:
        self.session_alerts: dict[str, SessionAlert] = {}
        self.changed: dict[str, datetime] = {}
        self.published: list[AlertEvent] = []
        self.races, self.saves = 0, 0
        self.loads = list[str]()
        self.clock: TurnedClock | None = None
        self.after_save: Callable[[], Awaitable[object]] | None = None

    async def load(self, session_id: str) -> SessionAlert | None:
        self.loads.append(session_id)
        return self.session_alerts.get(session_id)

    async def save(self, session_alert: SessionAlert, events: Sequence[AlertEvent], before: SessionAlert | None = None) -> bool:
        stored = self.session_alerts.get(session_alert.card.session_id)
        self.saves += 1
        self.races -= 1
        if self.races >= 0 or (stored.version if stored else 0) != session_alert.version:
            return False
        self.session_alerts[session_alert.card.session_id] = replace(session_alert, version=session_alert.version + 1)
        self.changed[session_alert.card.session_id] = self.clock.now() if self.clock else START
        self.published += events
        if self.after_save:
            await self.after_save()
        return True

    async def active(self, session_ids: Sequence[str]) -> set[tuple[str, str, Reason]]:
        found = [self.session_alerts[id] for id in session_ids if id in self.session_alerts]
        return {(each.card.session_id, id, alerted.reason) for each in found for id, alerted in each.people.items() if alerted.reason}

    async def cards(self, session_ids: Sequence[str]) -> dict[str, Card]:
        return {id: self.session_alerts[id].card for id in session_ids if id in self.session_alerts}

    async def open(self, desk_id: str) -> set[str]:
        return {id for id, found in self.session_alerts.items() if found.open and found.card.desk_id == desk_id}

    async def open_to(self, engineer: Engineer) -> list[Card]:
        open_there = [found for found in self.session_alerts.values() if found.open and found.card.desk_id == engineer.desk_id]
        return [
            found.card
            for found in open_there
            if (engineer.companies is None or found.card.company_id in engineer.companies) and not _alerts(found, engineer.id)
        ]

    async def due(self, now: datetime, limit: int) -> list[str]:
        due = sorted((found.due_at, id) for id, found in self.session_alerts.items() if found.due_at and found.due_at <= now)
        return [id for _, id in due][:limit]

    async def next_due(self) -> datetime | None:
        return min((found.due_at for found in self.session_alerts.values() if found.due_at), default=None)

    async def alerting(self, person_id: str) -> list[AlertOf]:
        return [AlertOf(found.card, found.people[person_id]) for found in self.session_alerts.values() if _alerts(found, person_id)]

    async def forget(self, before: datetime) -> None:
        self.session_alerts = {
            id: session_alert for id, session_alert in self.session_alerts.items() if session_alert.open or self.changed[id] >= before
        }


def _alerts(session_alert: SessionAlert, person_id: str) -> bool:
    alerted = session_alert.people.get(person_id)
    return alerted is not None and alerted.reason is not None


class FakeEngineers:
    """`history` has what was stored, with its moment. `read`: the engineers that `reachable` returned. `in_memory`: those held without a
    call, None = nobody."""

    def __init__(self) -> None:
        self.kept: dict[str, EngineerWithPresence] = {}
        self.history: list[tuple[datetime, str, Engineer | PresenceFact | bool]] = []
        self.read: list[str] = []
        self.in_memory: list[EngineerWithPresence] | None = None

    def held(self, card: Card) -> list[EngineerWithPresence] | None:
        return self.in_memory

    async def reachable(self, card: Card, others: Sequence[str]) -> list[EngineerWithPresence]:
        found = [
            kept
            for kept in self.kept.values()
            if kept.engineer.id in others
            or (
                kept.engineer.desk_id == card.desk_id
                and (kept.engineer.companies is None or card.company_id in kept.engineer.companies)
                and reachable(*kept)
            )
        ]
        self.read += [kept.engineer.id for kept in found]
        return found

    async def of_ids(self, person_ids: Sequence[str]) -> dict[str, EngineerWithPresence]:
        return {id: self.kept[id] for id in person_ids if id in self.kept}

    async def one(self, person_id: str) -> EngineerWithPresence | None:
        return self.kept.get(person_id)

    async def put(self, engineers: Sequence[Engineer]) -> None:
        for new in engineers:
            before = self.kept.get(new.id)
            if before is None or before.engineer.revision < new.revision:
                self.kept[new.id] = before._replace(engineer=new) if before else EngineerWithPresence(new, None)
                self.history.append((new.recorded_at, new.id, new))

    async def put_presence(self, person_id: str, presence: PresenceFact) -> bool:
        if person_id not in self.kept:
            return False
        before = self.kept[person_id].presence
        if before is None or before.revision < presence.revision:
            self.kept[person_id] = self.kept[person_id]._replace(presence=presence)
            self.history.append((presence.since, person_id, presence))
        return True

    async def put_push(self, person_id: str, push_when_away: bool, at: datetime) -> None:
        if person_id in self.kept and self.kept[person_id].push_when_away != push_when_away:
            self.kept[person_id] = self.kept[person_id]._replace(push_when_away=push_when_away)
            self.history.append((at, person_id, push_when_away))

    async def as_of(self, person_id: str, moment: datetime) -> EngineerWithPresence | None:
        current = self.kept.get(person_id)
        if current is None:
            return None
        pushes = self._entries(person_id, bool)
        push = current.push_when_away
        if pushes:
            push = _as_of(pushes, moment) is True if pushes[0][0] < moment else not pushes[0][1]
        return EngineerWithPresence(
            _as_of(self._entries(person_id, Engineer), moment) or current.engineer,
            _as_of(self._entries(person_id, PresenceFact), moment) or current.presence,
            push,
        )

    def _entries(self, person_id: str, kind: type[T]) -> list[tuple[datetime, T]]:
        return [(at, value) for at, id, value in self.history if id == person_id and isinstance(value, kind)]

    async def forget(self, before: datetime) -> None:
        def replaced_at(at: datetime, id: str, value: object) -> datetime | None:
            return min((later for later, _ in self._entries(id, type(value)) if later > at), default=None)

        self.history = [entry for entry in self.history if (replaced_at(*entry) or before) >= before]


def _as_of(entries: Sequence[tuple[datetime, T]], moment: datetime) -> T | None:
    """The latest value before the moment, else the first one."""
    ordered = sorted(entries, key=lambda entry: entry[0])
    first = ordered[0][1] if ordered else None
    return next((value for at, value in reversed(ordered) if at < moment), first)
