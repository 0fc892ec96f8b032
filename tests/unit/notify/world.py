"""A desk in memory: its engineers, sessions and clock, and the ports of notify."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from servicekit.identity import Caller
from services.notify.domain.call import AlertEvent, AlertRaised, Call
from services.notify.domain.card import Card, Status
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.handlers.alerting import Alerting
from services.notify.handlers.reconciling import Reconciling
from services.notify.ports import Known
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


def caller(known: Engineer, role: str = "engineer") -> Caller:
    return Caller(
        kind="engineer", id=known.id, name=known.name, desk_id=known.desk_id, role=role, companies=known.companies, boards=known.boards
    )


AVA, SAM, BO = engineer("ava"), engineer("sam"), engineer("bo", companies=["acme"])
MIA = Caller(kind="customer", id="mia", name="Mia Torres", desk_id=DESK, company_id="acme")


class FakeCalls:
    """`said` is what the outbox would publish, in order. `races`: so many saves find that somebody was faster."""

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.changed: dict[str, datetime] = {}
        self.said: list[AlertEvent] = []
        self.races, self.saves = 0, 0
        self.clock: TurnedClock | None = None
        self.after_save: Callable[[], Awaitable[object]] | None = None

    async def load(self, session_id: str) -> Call | None:
        return self.calls.get(session_id)

    async def save(self, call: Call, events: Sequence[AlertEvent]) -> bool:
        before = self.calls.get(call.card.session_id)
        self.saves += 1
        self.races -= 1
        if self.races >= 0 or (before.version if before else 0) != call.version:
            return False
        self.calls[call.card.session_id] = replace(call, version=call.version + 1)
        self.changed[call.card.session_id] = self.clock.now() if self.clock else START
        self.said += events
        if self.after_save:
            await self.after_save()
        return True

    async def open(self, desk_id: str = "") -> dict[str, str]:
        return {id: call.card.desk_id for id, call in self.calls.items() if call.open and desk_id in ("", call.card.desk_id)}

    async def alerting(self, person_id: str) -> list[Call]:
        return [call for call in self.calls.values() if (called := call.people.get(person_id)) and called.reason]

    async def forget(self, before: datetime) -> None:
        self.calls = {id: call for id, call in self.calls.items() if call.open or self.changed[id] >= before}


class FakeEngineers:
    def __init__(self) -> None:
        self.known: dict[str, Known] = {}

    async def of_desk(self, desk_id: str) -> list[Known]:
        return [known for known in self.known.values() if known[0].desk_id == desk_id]

    async def one(self, person_id: str) -> Known | None:
        return self.known.get(person_id)

    async def put(self, engineers: Sequence[Engineer]) -> None:
        for new in engineers:
            before = self.known.get(new.id)
            if before is None or before[0].revision < new.revision:
                self.known[new.id] = (new, before[1] if before else None)

    async def put_presence(self, person_id: str, presence: PresenceFact) -> bool:
        if person_id not in self.known:
            return False
        known, before = self.known[person_id]
        if before is None or before.revision < presence.revision:
            self.known[person_id] = (known, presence)
        return True


class Owners:
    """What the other services would answer."""

    def __init__(self) -> None:
        self.staff: list[Engineer] = []
        self.presence: dict[str, PresenceFact] = {}
        self.sessions: dict[str, Card] = {}

    async def engineers(self) -> list[Engineer]:
        return self.staff

    async def of(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        return {id: self.presence[id] for id in person_ids if id in self.presence}

    async def living(self) -> list[Card]:
        return [card for card in self.sessions.values() if card.status in (Status.WAITING, Status.HANDLED)]

    async def card(self, desk_id: str, session_id: str) -> Card | None:
        found = self.sessions.get(session_id)
        return found if found and found.desk_id == desk_id else None


class World:
    """Ava and Sam see everything, Bo sees Acme only; all three are online."""

    def __init__(self) -> None:
        self.clock, self.calls, self.engineers, self.owners = TurnedClock(START), FakeCalls(), FakeEngineers(), Owners()
        self.calls.clock = self.clock
        self.announced: list[int] = []
        self.alerting = Alerting(self.calls, self.engineers, self.owners, self, self.clock)
        self.reconciling = Reconciling(self.alerting, self.calls, self.engineers, self.owners, self.owners, self.owners)
        self.owners.staff = [AVA, SAM, BO]
        for known in self.owners.staff:
            self.owners.presence[known.id] = PresenceFact("online", 1, START)
            self.engineers.known[known.id] = (known, self.owners.presence[known.id])

    def saved(self, events: Sequence[AlertEvent]) -> None:
        self.announced.append(len(events))

    async def becomes(self, person_id: str, presence: str) -> None:
        fact = PresenceFact(presence, self.owners.presence[person_id].revision + 1, self.clock.now())
        self.owners.presence[person_id] = fact
        await self.alerting.hear_presence(person_id, fact)

    async def hears(self, card: Card) -> None:
        self.owners.sessions[card.session_id] = card
        await self.alerting.hear_session(card)

    def said(self) -> list[str]:
        """+ for raised, - for withdrawn; since the last time that it was asked."""
        said = [("+" if isinstance(event, AlertRaised) else "-") + event.alert.id for event in self.calls.said]
        self.calls.said.clear()
        return said

    async def alerts(self, person: Engineer) -> list[str]:
        return [alert.id for alert in await self.alerting.alerts(caller(person))]
