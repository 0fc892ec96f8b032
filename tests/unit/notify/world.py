"""A desk in memory: its engineers, sessions and clock, and the ports of notify."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from servicekit.identity import Caller
from servicekit.metrics import Metrics
from services.notify.domain.card import Card, Status
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.domain.session_alert import AlertEvent, SessionAlert
from services.notify.handlers.alerting import Alerting
from services.notify.handlers.reconciling import Reconciling
from services.notify.ports import EngineerWithPresence
from tests.fakes.clock import TurnedClock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DESK = "harbour"


def card(session_id: str = "s1", **more: object) -> Card:
    """A chat request of Mia at Acme that waits."""
    usual: dict[str, object] = {
        "session_id": session_id,
        "desk_id": DESK,
        "revision": 1,
        "status": Status.WAITING,
        "push": False,
        "unattended": False,
        "title": "Printer is on fire",
        "customer_id": "mia",
        "customer_name": "Mia Torres",
        "company_id": "acme",
        "company_name": "Acme Ltd",
        "board_id": "service-desk",
        "invited": frozenset(),
        "participants": frozenset({"mia"}),
        "waiting_since": START,
        "modified_at": START,
    }
    return Card(**{**usual, **more})  # type: ignore[arg-type]


def handled(session_id: str = "s1", by: str = "sam", **more: object) -> Card:
    usual = {"revision": 2, "status": Status.HANDLED, "participants": frozenset({"mia", by})}
    return card(session_id, **{**usual, **more})


def engineer(id: str, companies: Sequence[str] | None = None, boards: Sequence[str] | None = None, **more: object) -> Engineer:
    company_ids = None if companies is None else frozenset(companies)
    board_ids = None if boards is None else frozenset(boards)
    return replace(Engineer(id, DESK, id.capitalize(), company_ids, board_ids, False, 1, START), **more)  # type: ignore[arg-type]


def caller(kept: Engineer, role: str = "engineer") -> Caller:
    return Caller(
        kind="engineer", id=kept.id, name=kept.name, desk_id=kept.desk_id, role=role, companies=kept.companies, boards=kept.boards
    )


AVA, SAM, BO = engineer("ava"), engineer("sam"), engineer("bo", companies=["acme"])
MIA = Caller(kind="customer", id="mia", name="Mia Torres", desk_id=DESK, company_id="acme")


class FakeSessionAlerts:
    """`published` is what the outbox would publish, in order. The next `races` saves fail as if another replica had saved first."""

    def __init__(self) -> None:
        self.session_alerts: dict[str, SessionAlert] = {}
        self.changed: dict[str, datetime] = {}
        self.published: list[AlertEvent] = []
        self.races, self.saves = 0, 0
        self.clock: TurnedClock | None = None
        self.after_save: Callable[[], Awaitable[object]] | None = None

    async def load(self, session_id: str) -> SessionAlert | None:
        return self.session_alerts.get(session_id)

    async def save(self, session_alert: SessionAlert, events: Sequence[AlertEvent]) -> bool:
        before = self.session_alerts.get(session_alert.card.session_id)
        self.saves += 1
        self.races -= 1
        if self.races >= 0 or (before.version if before else 0) != session_alert.version:
            return False
        self.session_alerts[session_alert.card.session_id] = replace(session_alert, version=session_alert.version + 1)
        self.changed[session_alert.card.session_id] = self.clock.now() if self.clock else START
        self.published += events
        if self.after_save:
            await self.after_save()
        return True

    async def open(self, desk_id: str = "") -> dict[str, str]:
        return {
            id: session_alert.card.desk_id
            for id, session_alert in self.session_alerts.items()
            if session_alert.open and desk_id in ("", session_alert.card.desk_id)
        }

    async def alerting(self, person_id: str) -> list[SessionAlert]:
        return [
            session_alert
            for session_alert in self.session_alerts.values()
            if (alerted := session_alert.people.get(person_id)) and alerted.reason
        ]

    async def forget(self, before: datetime) -> None:
        self.session_alerts = {
            id: session_alert for id, session_alert in self.session_alerts.items() if session_alert.open or self.changed[id] >= before
        }


class FakeEngineers:
    def __init__(self) -> None:
        self.kept: dict[str, EngineerWithPresence] = {}

    async def of_desk(self, desk_id: str) -> list[EngineerWithPresence]:
        return [kept for kept in self.kept.values() if kept.engineer.desk_id == desk_id]

    async def one(self, person_id: str) -> EngineerWithPresence | None:
        return self.kept.get(person_id)

    async def put(self, engineers: Sequence[Engineer]) -> None:
        for new in engineers:
            before = self.kept.get(new.id)
            if before is None or before.engineer.revision < new.revision:
                self.kept[new.id] = EngineerWithPresence(new, before.presence if before else None)

    async def put_presence(self, person_id: str, presence: PresenceFact) -> bool:
        if person_id not in self.kept:
            return False
        engineer, before = self.kept[person_id]
        if before is None or before.revision < presence.revision:
            self.kept[person_id] = EngineerWithPresence(engineer, presence)
        return True


class FakeRelay:
    def __init__(self) -> None:
        self.wakes = 0

    def wake(self) -> None:
        self.wakes += 1


class Owners:
    """Responses of the other services."""

    def __init__(self) -> None:
        self.staff: list[Engineer] = []
        self.presence: dict[str, PresenceFact] = {}
        self.sessions: dict[str, Card] = {}

    async def engineers(self) -> list[Engineer]:
        return self.staff

    async def presences(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        return {id: self.presence[id] for id in person_ids if id in self.presence}

    async def active_sessions(self) -> list[Card]:
        return [card for card in self.sessions.values() if card.status in (Status.WAITING, Status.HANDLED)]

    async def session(self, desk_id: str, session_id: str) -> Card | None:
        found = self.sessions.get(session_id)
        return found if found and found.desk_id == desk_id else None


class World:
    """Ava and Sam see everything, Bo sees Acme only; all three are online."""

    def __init__(self) -> None:
        self.clock, self.session_alerts, self.engineers, self.owners = TurnedClock(START), FakeSessionAlerts(), FakeEngineers(), Owners()
        self.session_alerts.clock = self.clock
        self.relay, self.metrics = FakeRelay(), Metrics("notify")
        self.alerting = Alerting(self.session_alerts, self.engineers, self.owners, self.relay.wake, self.clock, self.metrics)
        self.reconciling = Reconciling(self.alerting, self.session_alerts, self.engineers, self.owners, self.clock, 60.0)
        self.owners.staff = [AVA, SAM, BO]
        for engineer in self.owners.staff:
            self.owners.presence[engineer.id] = PresenceFact("online", 1, START)
            self.engineers.kept[engineer.id] = EngineerWithPresence(engineer, self.owners.presence[engineer.id])

    async def presence_becomes(self, person_id: str, presence: str) -> None:
        fact = PresenceFact(presence, self.owners.presence[person_id].revision + 1, self.clock.now())
        self.owners.presence[person_id] = fact
        await self.alerting.presence_changed(person_id, fact)

    async def session_changes(self, card: Card) -> None:
        self.owners.sessions[card.session_id] = card
        await self.alerting.session_changed(card)

    def published(self) -> list[str]:
        """Returns the alerts published since the last call: + for raised, - for withdrawn."""
        published = [("+" if event.raised else "-") + event.alert.id for event in self.session_alerts.published]
        self.session_alerts.published.clear()
        return published

    async def alerts(self, person: Engineer) -> list[str]:
        return [alert.id for alert in await self.alerting.alerts(caller(person))]
