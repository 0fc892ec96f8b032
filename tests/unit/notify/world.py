"""A desk in memory: its engineers, sessions and clock, and the ports of notify."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from servicekit.errors import Unavailable
from servicekit.identity import Caller
from servicekit.metrics import Metrics
from services.notify.domain.card import Card, Status, Transfer
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.domain.delivery_report import DeliveryReport, Outcome
from services.notify.domain.desk_settings import AlertSettings
from services.notify.domain.page import Page, Permission
from services.notify.domain.session_alert import EngineerWithPresence
from services.notify.handlers.alerting import Alerting
from services.notify.handlers.confirming import Confirming
from services.notify.handlers.explaining import Explaining
from services.notify.handlers.messages import Messages
from services.notify.handlers.notification_tests import NotificationTests
from services.notify.handlers.notifying import Notifying
from services.notify.handlers.preferences import PreferencesHandlers
from services.notify.handlers.reconciling import Reconciling
from services.notify.handlers.repetitions import Repetitions
from services.notify.handlers.reporting import Reporting
from services.notify.handlers.status_notifications import StatusNotifications
from tests.fakes.clock import TurnedClock
from tests.unit.notify.alert_stores import FakeEngineers, FakeSessionAlerts
from tests.unit.notify.stores import FakeDeliveries, FakePreferences, FakeSubscriptions

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


def transfer(*asked: str, by: str = "sam", board_id: str = "service-desk") -> Transfer:
    return Transfer(frozenset(asked), by, by.capitalize(), START, START + timedelta(seconds=60), board_id)


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


class Owners:
    """Responses of the other services."""

    def __init__(self) -> None:
        self.staff: list[Engineer] = []
        self.presence: dict[str, PresenceFact] = {}
        self.sessions: dict[str, Card] = {}
        self.open_pages: dict[str, list[Page]] = {}
        self.page_calls = 0
        # Desks whose sessions chat does not list.
        self.fails = set[str]()

    async def engineers(self) -> AsyncIterator[list[Engineer]]:
        for one in self.staff:
            yield [one]

    async def presences(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        return {id: self.presence[id] for id in person_ids if id in self.presence}

    async def pages(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, list[Page]]:
        self.page_calls += 1
        return {id: self.open_pages[id] for id in person_ids if id in self.open_pages}

    async def active_sessions(self, desk_id: str) -> AsyncIterator[list[Card]]:
        if desk_id in self.fails:
            raise Unavailable("Chat does not answer.")
        for card in self.sessions.values():
            if card.desk_id == desk_id and card.status in (Status.WAITING, Status.HANDLED):
                yield [card]

    async def session(self, desk_id: str, session_id: str) -> Card | None:
        found = self.sessions.get(session_id)
        return found if found and found.desk_id == desk_id else None


class FakeSettings:
    def __init__(self) -> None:
        self.settings, self.version = AlertSettings(), 0

    async def of(self, desk_id: str) -> AlertSettings:
        return self.settings

    async def version_of(self, desk_id: str) -> int:
        return self.version

    async def update(self, desk_id: str, settings: AlertSettings, version: int, by: object, at: datetime) -> int:
        self.settings, self.version = settings, version + 1
        return self.version


def page(id: str, **more: object) -> Page:
    """A visible page that may do everything."""
    usual = {"visible": True, "permission": Permission.GRANTED, "sound_allowed": True}
    return Page(id, START, **{**usual, **more})  # type: ignore[arg-type]


class World:
    """Ava and Sam see everything, Bo sees Acme only; all three are online. Nobody has a page open."""

    def __init__(self) -> None:
        self.clock, self.session_alerts, self.engineers, self.owners = TurnedClock(START), FakeSessionAlerts(), FakeEngineers(), Owners()
        self.session_alerts.clock = self.clock
        self.metrics = Metrics("notify")
        self.deliveries, self.preferences, self.subscriptions = FakeDeliveries(), FakePreferences(), FakeSubscriptions()
        self.settings = FakeSettings()
        self.notifying = Notifying(
            self.owners, self.preferences, self.subscriptions, self.deliveries, self.deliveries, self.clock, self.metrics
        )
        self.alerting = Alerting(self.session_alerts, self.engineers, self.owners, self.notifying, self.clock, self.metrics)
        self.explaining = Explaining(self.session_alerts, self.engineers, self.deliveries, self.owners, self.clock)
        self.repetitions = Repetitions(self.session_alerts, self.engineers, self.settings, self.notifying, self.clock)
        self.confirming = Confirming(self.deliveries, self.session_alerts, self.engineers, self.notifying, self.clock, self.metrics)
        self.reporting = Reporting(self.deliveries, self.confirming, self.notifying, self.clock, self.metrics)
        self.tests = NotificationTests(self.subscriptions, self.notifying, self.clock)
        self.statuses = StatusNotifications(self.engineers, self.notifying, self.clock)
        self.messages = Messages(self.engineers, self.notifying, self.clock, self.metrics)
        self.wishes = PreferencesHandlers(self.preferences, self.engineers, self.subscriptions, self.alerting.engineer_changed, self.clock)
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

    async def fire_due(self) -> None:
        """What the two timers do at this moment."""
        for session_id in await self.repetitions.due(100):
            await self.repetitions.fire(session_id)
        if delivery_ids := await self.confirming.unconfirmed(1000):
            await self.confirming.not_confirmed(delivery_ids)

    async def seconds_pass(self, seconds: int) -> None:
        """Every page confirms at once what it gets."""
        for _ in range(seconds):
            await self.clock.advance(1)
            await self.fire_due()
            await self.confirm_all()

    async def confirm_all(self) -> None:
        for delivery in list(self.deliveries.kept.values()):
            if delivery.confirm_at:
                person = Caller("engineer", delivery.person_id, delivery.person_name, delivery.desk_id)
                await self.reporting.report(person, delivery.id, DeliveryReport(Outcome.RECEIVED, "", delivery.place))

    def asked(self) -> list[str]:
        """The ids of the deliveries, in the order in which they were added, with the place of each."""
        return [f"{delivery.id} {delivery.connection_id or delivery.channel.value or '-'}" for delivery in self.deliveries.kept.values()]


def world_with_pages() -> World:
    """Ava has a visible and a hidden page, Mia a visible one. Sam is busy, Bo offline."""
    world = World()
    for person_id, state in (("sam", "busy"), ("bo", "offline")):
        fact = PresenceFact(state, 2, START)
        world.owners.presence[person_id] = fact
        world.engineers.kept[person_id] = world.engineers.kept[person_id]._replace(presence=fact)
    world.owners.open_pages = {"ava": [page("a1"), page("a2", visible=False)], "mia": [page("m1")]}
    return world
