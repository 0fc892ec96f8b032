"""A desk with two companies and their people, and the handlers of tickets on ports in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from servicekit.faults import Faults, NoFaults
from servicekit.file_types import content_type_of
from servicekit.files import MB
from servicekit.identity import new_id
from servicekit.metrics import Metrics
from services.tickets.domain.attaching import AttachWish, ChatFile, EndedChat, NewTicketWish
from services.tickets.domain.audit import AuditEntry
from services.tickets.domain.commands import AddNote, CreateTicket, UpdateTicket, UploadAttachment
from services.tickets.domain.directory import Board, Company, Content, Desk, Entry, Person
from services.tickets.domain.people import NOTHING, Access, Actor, Ref, Role, Side
from services.tickets.domain.ticket import Priority, Source, Ticket, TicketStatus
from services.tickets.domain.timeline import Attachment, TimelineEntry
from services.tickets.handlers.access import VisibleReader
from services.tickets.handlers.audit import AuditHandlers
from services.tickets.handlers.chat_file_copies import ChatFileCopies
from services.tickets.handlers.chat_log_attacher import ChatLogAttacher
from services.tickets.handlers.committing import Committer
from services.tickets.handlers.directory import DirectoryHandlers
from services.tickets.handlers.erasing import TicketErasing
from services.tickets.handlers.erasures import ErasureHandlers
from services.tickets.handlers.refreshes import RefreshHandlers
from services.tickets.handlers.sign_ins import SignInHandlers
from services.tickets.handlers.sweeps import file_sweep
from services.tickets.handlers.ticket_commands import TicketCommands
from services.tickets.handlers.ticket_reads import TicketReads
from services.tickets.handlers.uploads import Uploads
from tests.fakes.clock import TurnedClock
from tests.unit.tickets.fake_audit_log import FakeAuditLog
from tests.unit.tickets.fake_erasures import FakeErasures
from tests.unit.tickets.fake_files import FakeFiles
from tests.unit.tickets.fake_ticket_list import FakeTicketList
from tests.unit.tickets.fakes import (
    FakeChatClient,
    FakeDirectory,
    FakeNumbers,
    FakeRelay,
    FakeSignIns,
    FakeTicketLog,
)

HARBOUR, OTHER = "harbour", "elsewhere"
EVERYTHING = Access()
ONLY_ACME = Access(frozenset({"acme"}), None)
ONLY_PROJECTS = Access(None, frozenset({"projects"}))
# Of a file, in bytes.
MOST = 2 * MB
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
# How long a sign-in lasts whose provider does not confirm it.
GRACE = timedelta(hours=24)


def engineer(id: str, name: str, access: Access = EVERYTHING, role: Role = Role.ENGINEER, desk_id: str = HARBOUR) -> Person:
    return Person(id=id, desk_id=desk_id, side=Side.ENGINEER, name=name, role=role, access=access, trial=True)


def customer(id: str, name: str, company_id: str, desk_id: str = HARBOUR) -> Person:
    return Person(id=id, desk_id=desk_id, side=Side.CUSTOMER, name=name, company_id=company_id, trial=True)


def actor(person: Person) -> Actor:
    access = person.access if person.side is Side.ENGINEER else NOTHING
    return Actor(
        id=person.id,
        name=person.name,
        side=person.side,
        desk_id=person.desk_id,
        role=person.role,
        company_id=person.company_id,
        access=access,
    )


PEOPLE = [
    engineer("ava", "Ava Chen", role=Role.ADMIN),
    engineer("bo", "Bo Lindqvist", ONLY_ACME),
    engineer("pia", "Pia Novak", ONLY_PROJECTS),
    customer("mia", "Mia Torres", "acme"),
    customer("leo", "Leo Park", "acme"),
    customer("zoe", "Zoe Adams", "globex"),
    engineer("eve", "Eve Other", desk_id=OTHER),
]
CONTENTS: list[Content] = [
    Desk(HARBOUR, "Harbour IT"),
    Desk(OTHER, "Elsewhere"),
    Board("service-desk", HARBOUR, "Service desk"),
    Board("projects", HARBOUR, "Projects"),
    Board("foreign", OTHER, "Foreign"),
    Company("acme", HARBOUR, "Acme Ltd", "service-desk"),
    Company("globex", HARBOUR, "Globex", "projects", shared_tickets=True),
    *PEOPLE,
]
AVA, BO, PIA, MIA, LEO, ZOE, EVE = (actor(person) for person in PEOPLE)
SERVICE = Actor(id="chat", name="chat", side=Side.SERVICE, desk_id="", access=EVERYTHING)


def a_ticket(**different: object) -> Ticket:
    """Returns a new ticket of Mia's at revision 1."""
    fields: dict[str, object] = {
        "id": "t1",
        "desk_id": HARBOUR,
        "number": 1,
        "revision": 1,
        "summary": "Printer on fire",
        "status": TicketStatus.NEW,
        "priority": Priority.NORMAL,
        "board": Ref("service-desk", "Service desk"),
        "customer": MIA.ref,
        "company": Ref("acme", "Acme Ltd"),
        "assignee": None,
        "source": Source.PORTAL,
        "created_at": AT,
        "modified_at": AT,
    }
    fields |= different
    public = {"public_revision": fields["revision"], "public_modified_at": fields["modified_at"]}
    return Ticket(**{**public, **fields})  # type: ignore[arg-type]


async def _parts(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1_000):
        yield content[start : start + 1_000]


class TicketsDesk:
    """The handlers of tickets without its inbound and outbound adapters."""

    def __init__(self, faults: Faults | None = None, *, trial: bool = True) -> None:
        self.clock, self.metrics = TurnedClock(), Metrics("tickets")
        self.log, self.numbers, self.files = FakeTicketLog(), FakeNumbers(), FakeFiles()
        self.listed = FakeTicketList(self.log)
        self.directory_store, self.sign_in_store, self.chat_client = FakeDirectory(), FakeSignIns(), FakeChatClient()
        for order, content in enumerate(CONTENTS, start=1):
            entry = Entry(content, 1, order)
            self.directory_store.kept[entry.key] = entry
        self.relay, self.erasure_store = FakeRelay(self.log), FakeErasures()
        self.begin(faults or NoFaults())
        self.directory = DirectoryHandlers(self.directory_store, self.numbers, self.clock, trial=trial, most_file_mb=25)
        self.audit_store = FakeAuditLog()
        self.audit = AuditHandlers(self.audit_store, self.directory_store, self.clock, self.metrics)
        days = timedelta(days=30)
        self.sign_ins = SignInHandlers(
            self.sign_in_store, self.directory_store, self.clock, self.metrics, lasts=days, trial=trial, grace=GRACE
        )
        self.refreshes = RefreshHandlers(self.sign_in_store, self.clock, grace=GRACE)
        self.erasures = ErasureHandlers(self.erasure_store, self.directory_store, self.sign_in_store, self.clock)
        self.erasing = TicketErasing(
            self.log,
            self.listed,
            self.files,
            self.sign_in_store,
            self.audit_store,
            self.chat_client,
            self.erasures.close_entry,
            self.relay.publish_all,
            self.clock,
        )

    def begin(self, faults: Faults) -> None:
        """Starts a new process on the same store."""
        visible = VisibleReader(self.log, self.directory_store)
        committer = Committer(self.log, self.listed, self.relay.wake, self.metrics)
        self.commands = TicketCommands(committer, self.log, visible, self.numbers, self.files, self.clock)
        self.uploads = Uploads(visible, self.files, content_type_of, self.clock, faults, self.metrics, most=MOST)
        self.reads = TicketReads(self.log, self.listed, self.files, visible)
        self.sweep = file_sweep(self.files, self.log, self.clock, self.metrics)
        self.copies = ChatFileCopies(self.files, self.chat_client, self.clock, faults, self.metrics)
        self.chat_logs = ChatLogAttacher(
            committer=committer,
            log=self.log,
            visible=visible,
            numbers=self.numbers,
            files=self.files,
            chat_client=self.chat_client,
            copies=self.copies,
            erasures=self.erasure_store,
            publish_all=self.relay.publish_all,
            clock=self.clock,
            faults=faults,
            metrics=self.metrics,
        )

    async def create(self, by: Actor = MIA, summary: str = "Printer on fire", *, command_id: str = "", **more: object) -> Ticket:
        fields: dict[str, object] = {"text": "", "board_id": "", "customer_id": "", "priority": Priority.NORMAL}
        request = CreateTicket(command_id=command_id or new_id(), summary=summary, **{**fields, **more})  # type: ignore[arg-type]
        return await self.commands.create(by, request)

    async def update(self, by: Actor, ticket: Ticket, *, command_id: str = "", **wish: object) -> Ticket:
        request = UpdateTicket(command_id=command_id or new_id(), ticket_id=ticket.id, **wish)  # type: ignore[arg-type]
        return await self.commands.update(by, request)

    async def note(self, by: Actor, ticket: Ticket, text: str = "Look.", *, files: Sequence[str] = (), **more: Any) -> TimelineEntry:
        fields = {"command_id": new_id(), "ticket_id": ticket.id, "text": text, "attachment_ids": tuple(files), **more}
        return await self.commands.add_note(by, AddNote(**fields))

    async def upload(
        self, by: Actor, ticket: Ticket, content: bytes = b"hello", *, name: str = "a.txt", command_id: str = "", size: int | None = None
    ) -> Attachment:
        request = UploadAttachment(
            command_id=command_id or new_id(), ticket_id=ticket.id, name=name, size=len(content) if size is None else size
        )
        return await self.uploads.store(by, request, _parts(content))

    async def timeline(self, by: Actor, ticket: Ticket, after: int = 0, size: int = 0) -> tuple[TimelineEntry, ...]:
        return (await self.reads.timeline(by, ticket.id, after, size)).entries

    async def list(self, by: Actor, search: str = "", **more: object) -> list[str]:
        """Returns the summaries of the first page."""
        page = await self.reads.list(by, search=search, **more)  # type: ignore[arg-type]
        return [ticket.summary for ticket in page.tickets]

    def chat_file(self, name: str, content: bytes = b"content", session_id: str = "s1", sender_id: str = "") -> str:
        """Adds a file to a message of the chat. Returns chat's id of it."""
        id = f"file of {name}"
        self.chat_client.files.setdefault(session_id, []).append(ChatFile(id, name, "image/png", len(content), sender_id))
        self.chat_client.contents[id] = content
        return id

    def ended_chat(self, wish: NewTicketWish | AttachWish | None, session_id: str = "s1", text: str = "Mia: hello\n" * 500) -> str:
        """Adds a chat of Mia's that Ava closed. Returns the id of its session."""
        self.chat_client.texts[session_id] = text
        self.chat_client.chats[session_id] = EndedChat(
            session_id=session_id,
            desk_id=HARBOUR,
            title="Printer on fire",
            customer=MIA.ref,
            company=Ref("acme", "Acme Ltd"),
            board_id="service-desk",
            closed_by=AVA.ref,
            ended_at=AT,
            wish=wish,
        )
        return session_id


def two_rely_at_once(desk: TicketsDesk) -> list[str]:
    """Makes two calls of the directory wait for each other when each has found the entry that it relies on. Returns the list of the ids of
    these entries."""
    save, relied, both = desk.directory_store.save, list[str](), asyncio.Event()

    async def save_and_wait_for_the_other_call(entry: Entry, audited: AuditEntry | None) -> None:
        await save(entry, audited)
        if audited is None:
            relied.append(entry.content.id)
            if len(relied) == 2:
                both.set()
            await both.wait()

    desk.directory_store.save = save_and_wait_for_the_other_call  # type: ignore[method-assign]
    return relied
