"""A whole desk around the real handlers, with fakes behind the ports: what handler tests start from."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from servicekit.faults import Faults, NoFaults
from servicekit.files import MB
from servicekit.metrics import Metrics
from services.chat.domain.conversation import JoinMode
from services.chat.domain.deadlines import Limits
from services.chat.domain.desk_settings import ChatSettings
from services.chat.domain.events import Entry
from services.chat.domain.files import File
from services.chat.domain.opening import TicketFacts
from services.chat.domain.people import Contact, CustomerFacts, Person, Side, Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.build import Handlers, build
from services.chat.outbound.public_holidays import PublicHolidays
from services.chat.ports import LogRelay, Ports
from tests.adapters.chat.story import state
from tests.fakes.chat.canned_replies import FakeCannedReplies
from tests.fakes.chat.facts import FakeDirectory, FakePresence, FakeSettings, FakeTickets
from tests.fakes.chat.figures import FakeFigures
from tests.fakes.chat.files import FakeFiles
from tests.fakes.chat.history import FakeHistory
from tests.fakes.chat.lists import FakeClaims, FakeRelay, FakeSessions
from tests.fakes.chat.reads import FakeReads, FakeReadTopic
from tests.fakes.chat.session_log import FakeSessionLog
from tests.fakes.chat.written_logs import FakeWrittenLogs
from tests.fakes.clock import TurnedClock

DESK = "harbour"
# Of a file, in bytes.
MOST = 2 * MB


def _engineer(id: str, name: str, role: str = "engineer", companies: frozenset[str] | None = None) -> Viewer:
    return Viewer(Person(id, name, Side.ENGINEER), DESK, role, companies=companies, boards=None)


def _customer(id: str, name: str, company_id: str) -> Viewer:
    return Viewer(Person(id, name, Side.CUSTOMER), DESK, company_id=company_id)


AVA, SAM = _engineer("ava", "Ava Chen", "admin"), _engineer("sam", "Sam Okafor", "supervisor")
BO = _engineer("bo", "Bo Lindqvist", companies=frozenset({"acme"}))
MIA, LEO = _customer("mia", "Mia Torres", "acme"), _customer("leo", "Leo Park", "acme")
ZOE = _customer("zoe", "Zoe Adams", "globex")
SERVICE = Viewer(Person("tickets", "tickets", Side.NONE), "", companies=None, boards=None)
BOARDS = {"acme": "service-desk", "globex": "projects"}
NAMES = {"acme": "Acme Ltd", "globex": "Globex"}
VPN = TicketFacts("t-vpn", 7, "mia", "acme", "service-desk", False)
OLD = TicketFacts("t-old", 3, "mia", "acme", "service-desk", True)
MOVE = TicketFacts("t-move", 9, "zoe", "globex", "projects", False)


class Desk:
    """The stores are shared by every `replica()`; `chats` is the first one's handlers."""

    def __init__(self, clock: TurnedClock | None = None, faults: Faults | None = None) -> None:
        self.clock = clock or TurnedClock()
        self.log, self.claims, self.sessions = FakeSessionLog(), FakeClaims(), FakeSessions()
        self.directory, self.tickets, self.presence, self.settings = FakeDirectory(), FakeTickets(), FakePresence(), FakeSettings()
        self.reads, self.read_topic = FakeReads(), FakeReadTopic()
        self.written_logs, self.history = FakeWrittenLogs(), FakeHistory(self.sessions)
        self.figures, self.canned_replies = FakeFigures(self.sessions), FakeCannedReplies()
        self.files = FakeFiles()
        self.relays: list[FakeRelay] = []
        # Seconds that each command was queued.
        self.queued: list[float] = []
        self._ids = itertools.count(1)
        self._fill()
        self.chats = self.replica(faults)

    def replica(self, faults: Faults | None = None, limits: Limits | None = None) -> Handlers:
        relay = FakeRelay(self.sessions)
        self.relays.append(relay)
        ports = self.ports(relay)
        handlers = build(
            ports,
            clock=self.clock,
            faults=faults or NoFaults(),
            limits=limits or Limits(),
            metrics=Metrics("chat"),
            file_bytes=MOST,
            salt=lambda: f"{0:032x}",
            waited=self.queued.append,
        )
        relay.next_due = handlers.deadlines.next_due
        return handlers

    def ports(self, relay: LogRelay) -> Ports:
        """The desk's own, with this relay."""
        return Ports(
            log=self.log,
            relay=relay,
            claims=self.claims,
            sessions=self.sessions,
            directory=self.directory,
            tickets=self.tickets,
            presence=self.presence,
            settings=self.settings,
            holidays=PublicHolidays(),
            reads=self.reads,
            read_topic=self.read_topic,
            written_logs=self.written_logs,
            history=self.history,
            figures=self.figures,
            canned_replies=self.canned_replies,
            files=self.files,
        )

    def id(self) -> str:
        """A command id that nobody has used."""
        return f"k{next(self._ids)}"

    def set(self, **changes: object) -> None:
        """The desk's chat settings."""
        self.settings.desks[DESK] = replace(self.settings.desks.get(DESK, ChatSettings()), **changes)  # type: ignore[arg-type]

    async def waiting(self, customer: Viewer = MIA, text: str = "Printer is on fire", ticket_id: str = "") -> ChatSession:
        return (await self.chats.opening.request_chat(customer, self.id(), text, ticket_id)).session

    async def handled(self, customer: Viewer = MIA, engineer: Viewer = AVA, ticket_id: str = "") -> ChatSession:
        session = await self.waiting(customer, ticket_id=ticket_id)
        return (await self.chats.conversation.join(engineer, session.id, self.id(), JoinMode.TAKE)).session

    async def upload(self, by: Viewer, session_id: str, content: bytes = b"smoke", **changes: Any) -> File:
        """Uploads it in two pieces. `changes`: other arguments of `store`."""

        async def pieces() -> AsyncIterator[bytes]:
            yield content[:3]
            yield content[3:]

        asked: dict[str, Any] = {"command_id": self.id(), "name": "smoke.txt", "size": len(content)} | changes
        return await self.chats.message_files.store(by, session_id, content=pieces(), **asked)

    async def send(self, by: Viewer, session_id: str, *files: File, text: str = "", command_id: str = "") -> int:
        """Posts a message with these files; its revision."""
        ids = [file.id for file in files]
        return (await self.chats.conversation.post_message(by, session_id, command_id or self.id(), text, file_ids=ids)).revision

    def entries(self, session_id: str) -> list[Entry]:
        return list(self.log.entries.get((DESK, session_id), []))

    def session(self, session_id: str) -> ChatSession:
        """As the log has it."""
        return state(self.entries(session_id))

    async def settle(self) -> None:
        for relay in self.relays:
            await relay.settled()

    async def turn(self, seconds: float, chats: Handlers | None = None) -> list[str]:
        """Turns the clock and fires, one after the other, what is due at each moment on the way; the kinds that fired."""
        fired, ends = list[str](), self.clock.now().timestamp() + seconds
        while True:
            await self.settle()
            due = await self.sessions.next_due()
            if due is None or due.timestamp() > ends:
                await self.clock.advance(max(0.0, ends - self.clock.now().timestamp()))
                return fired
            await self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds()))
            for desk_id, session_id in await self.sessions.due(self.clock.now(), 100):
                kind = await (chats or self.chats).deadlines.fire(desk_id, session_id)
                fired += [kind] if kind else []

    def _fill(self) -> None:
        for customer in (MIA, LEO, ZOE):
            company = customer.company_id
            contact = Contact("+442079460101", f"{customer.person.id}@example.com")
            facts = CustomerFacts(customer.person, company, BOARDS[company], contact)
            self.directory.people[DESK, customer.person.id] = facts
            self.presence.set(customer.person.id, "online", self.clock.now())
        for engineer in (AVA, SAM, BO):
            self.directory.engineers[DESK, engineer.person.id] = engineer
            self.presence.set(engineer.person.id, "online", self.clock.now())
        self.directory.companies = {(DESK, company): name for company, name in NAMES.items()}
        self.directory.boards = {(DESK, board) for board in BOARDS.values()}
        self.tickets.stored = {(DESK, ticket.id): ticket for ticket in (VPN, OLD, MOVE)}
