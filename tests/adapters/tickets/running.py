"""The whole tickets service in this process on real engines, with a fake chat that has only GetChatLog and DownloadFile."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from parley.chat.v1 import chat_pb2 as chat
from parley.chat.v1.chat_pb2_grpc import ChatServiceServicer, add_ChatServiceServicer_to_server
from parley.tickets.v1 import directory_pb2, tickets_pb2
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from parley.tickets.v1.tickets_pb2_grpc import TicketsServiceStub
from servicekit.app import App
from servicekit.clock import SystemClock
from servicekit.errors import Kind, NotFound, TypedError, Unavailable
from servicekit.faults import Faults
from servicekit.grpc_client import channel, on_behalf, upload
from servicekit.grpc_server import GrpcServer, caller_of, require_service
from servicekit.identity import Caller, TokenSigner, TokenVerifier, new_id
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Received, Record
from servicekit.kafka_topics import CHAT, DIRECTORY, TICKETS
from servicekit.metrics import Metrics
from servicekit.settings import load
from services.tickets.config import TicketsSettings
from services.tickets.wiring import wire
from stack.keys import key_of
from stack.ports import free_port
from tests.fakes.waiting import until

# Larger than the size limit of a gRPC message.
LINES = "Mia Torres: hello\n" + "Ava Chen: how can I help? 🖨\n" * 400_000
ENDED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def log_text(ticket_number: int) -> str:
    """Returns the log that the fake chat sends for this ticket."""
    return f"Ticket: {ticket_number or 'none'}\n{LINES}"


class ScriptedChat(ChatServiceServicer):
    """Implements only GetChatLog and DownloadFile. The next `breaks` logs fail in the middle. `calls` has the session of each call, and
    `files` the contents of the files of each session by their id, which is also their name. `unreadable` has files and sessions that cannot
    be sent, and `refused` counts the calls for them."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], chat.GetChatLogResponse] = {}
        self.breaks = 0
        self.calls: list[str] = []
        self.files: dict[str, dict[str, bytes]] = {}
        self.unreadable: set[str] = set()
        self.refused = 0

    async def GetChatLog(self, request: chat.GetChatLogRequest, context: Any) -> AsyncIterator[chat.GetChatLogResponse]:
        require_service(caller_of(context))
        self.calls.append(request.session_id)
        head = self.answers.get((request.desk_id, request.session_id))
        if head is None:
            raise NotFound("There is no such session.")
        if request.session_id in self.unreadable:
            self.refused += 1
            raise RuntimeError("an entry cannot be read")
        yield head
        text = log_text(request.ticket_number)
        for start in range(0, len(text), 60_000):
            if self.breaks and start and request.ticket_number:
                self.breaks -= 1
                raise Unavailable("the log stream broke")
            yield chat.GetChatLogResponse(text=text[start : start + 60_000])
        files = self.files.get(request.session_id, {})
        named = [chat.File(id=id, name=id, content_type="image/png", size=len(files[id])) for id in files]
        yield chat.GetChatLogResponse(files=named, file_sender_ids=["mia"] * len(named))

    async def DownloadFile(self, request: chat.DownloadFileRequest, context: Any) -> AsyncIterator[chat.DownloadFileResponse]:
        require_service(caller_of(context))
        content = self.files[request.session_id].get(request.file_id)
        if content is None:
            raise TypedError.of(Kind.NOT_FOUND, "file_not_found", "There is no such file in this session.", field="file_id")
        if request.file_id in self.unreadable:
            self.refused += 1
            raise Unavailable("the store does not answer")
        yield chat.DownloadFileResponse(file=chat.File(id=request.file_id))
        for start in range(0, len(content), 100_000):
            yield chat.DownloadFileResponse(data=content[start : start + 100_000])


class House:
    """`desk_id` and everything on it belong to one test. Ids of people are made unique by `id`."""

    def __init__(self, folder: Path, engines: dict[str, str], unique: str) -> None:
        self.desk_id, self.keys, self.metrics, self.chats = unique, folder / "keys", Metrics("test"), ScriptedChat()  # type: ignore[abstract]
        self._clock, self._chat_address = SystemClock(), f"127.0.0.1:{free_port()}"
        self.environ = {
            **engines,
            "PARLEY_MONGO_PREFIX": f"{unique}_",
            "PARLEY_KEYS": str(self.keys),
            "PARLEY_TICKETS_KEY": str(key_of(self.keys, "tickets")),
            "PARLEY_CHAT": self._chat_address,
            "PARLEY_TICKETS_TRIAL": "true",
        }
        self.gateway = TokenSigner(key_of(self.keys, "gateway"), self._clock)
        self.chat = TokenSigner(key_of(self.keys, "chat"), self._clock)
        self.settings = load(TicketsSettings, {**self.environ, **_fresh_ports()})
        self.publisher = Publisher(self.settings.broker, self.settings.kafka_idempotence, self.metrics, topics=[CHAT, TICKETS, DIRECTORY])
        self.received: list[Received] = []
        self.reader = BroadcastReader(
            self.settings.broker, self.settings.kafka_fetch_wait, [TICKETS, DIRECTORY], self._receive, lambda: None, self.metrics
        )

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator["House"]:
        async with App(
            "test", parts=[self.publisher, self.reader], metrics=self.metrics, metrics_address=f"127.0.0.1:{free_port()}"
        ) as app:
            await until(lambda: app.ready)
            yield self

    @contextlib.asynccontextmanager
    async def service(self, faults: Faults | None = None) -> AsyncIterator["Calls"]:
        """Runs the service on this desk's store until it is ready."""
        settings = load(TicketsSettings, {**self.environ, **_fresh_ports()})
        async with wire(settings, faults=faults) as app:
            await until(lambda: app.ready)
            async with channel(settings.grpc_address, self.gateway, Metrics("test")) as connection:
                yield Calls(self, connection)

    @contextlib.asynccontextmanager
    async def chat_up(self) -> AsyncIterator[None]:
        def add(server: Any) -> None:
            add_ChatServiceServicer_to_server(self.chats, server)

        server = GrpcServer(
            self._chat_address, TokenVerifier(self.keys, self._clock), Metrics("chat"), services=[("parley.chat.v1.ChatService", add)]
        )
        await server.start()
        yield
        await server.stop()

    def id(self, word: str) -> str:
        return f"{self.desk_id}-{word}"

    def engineer(self, desk_id: str = "") -> str:
        """Returns a token of an engineer with all access, of this desk or of another."""
        return self.gateway.token(Caller("engineer", self.id("ava"), "Ava", desk_id or self.desk_id, role="engineer"))

    def customer(self, word: str = "mia") -> str:
        return self.gateway.token(Caller("customer", self.id(word), word.title(), self.desk_id, company_id=self.id("acme")))

    def end_chat(self, session_id: str, **wish: Any) -> None:
        """Adds the session to the fake chat, which then returns its log."""
        mia = chat.Person(id=self.id("mia"), name="Mia", side=chat.SIDE_CUSTOMER)
        ava = chat.Person(id=self.id("ava"), name="Ava", side=chat.SIDE_ENGINEER)
        card = chat.SessionCard(
            session_id=session_id,
            desk_id=self.desk_id,
            title="Printer on fire",
            customer=mia,
            company_id=self.id("acme"),
            company_name="Acme Ltd",
            board_id=self.id("service-desk"),
            close_record=chat.CloseRecord(by=ava),
        )
        card.closed_at.FromDatetime(ENDED)
        wished = chat.TicketWished(**wish) if wish else None
        name = "chat_log_20260302T093000Z.txt"
        self.chats.answers[self.desk_id, session_id] = chat.GetChatLogResponse(file_name=name, card=card, wish=wished)

    async def publish_ended(self, session_id: str, **event: Any) -> None:
        """Publishes the record of chat for a session with a wish; with ticket_asked_again, the record of a later repeat."""
        answer = self.chats.answers.get((self.desk_id, session_id), chat.GetChatLogResponse())
        events = [chat.SessionEvent(**event)] if event else [chat.SessionEvent(ticket_wished=answer.wish)]
        wish = answer.wish if "ticket_asked_again" in event and answer.HasField("wish") else None
        changed = chat.SessionChanged(entry=chat.SessionEntry(session_id=session_id, events=events), card=answer.card, wish=wish)
        headers = {"desk": self.desk_id, "status": "completed", "kind": "session_completed"}
        await self.publisher.publish([Record(CHAT.name, session_id, changed.SerializeToString(), headers)])

    def received_attached(self, session_id: str) -> list[tickets_pb2.TicketEvent]:
        events = [tickets_pb2.TicketEvent.FromString(r.value) for r in self.received if r.headers["kind"] == "chat_log_attached"]
        return [event for event in events if event.chat_log_attached.session_id == session_id]

    def _receive(self, received: Received) -> None:
        if received.headers.get("desk") == self.desk_id:
            self.received.append(received)


class Calls:
    """Calls the RPCs of the service as people of this desk."""

    def __init__(self, house: House, connection: Any) -> None:
        self.house, self.tickets, self.directory = house, TicketsServiceStub(connection), DirectoryServiceStub(connection)

    async def make_desk(self) -> None:
        house, d = self.house, directory_pb2
        entries: list[Any] = [
            {"desk": d.Desk(id=house.desk_id, name="Test desk")},
            {"board": d.Board(id=house.id("service-desk"), desk_id=house.desk_id, name="Service desk")},
            {"company": d.Company(id=house.id("acme"), desk_id=house.desk_id, name="Acme Ltd", default_board_id=house.id("service-desk"))},
        ]
        for word in ("mia", "leo"):
            kind, company = d.PERSON_KIND_CUSTOMER, house.id("acme")
            person = d.DirectoryPerson(
                id=house.id(word), desk_id=house.desk_id, kind=kind, name=word.title(), company_id=company, trial=True
            )
            entries.append({"person": person})
        for entry in entries:
            await self.directory.UpsertEntry(d.UpsertEntryRequest(entry=d.DirectoryEntry(**entry)))

    async def all_tickets(self) -> list[tickets_pb2.Ticket]:
        answer = await self.tickets.ListTickets(tickets_pb2.ListTicketsRequest(), metadata=on_behalf(self.house.engineer()))
        return list(answer.tickets)

    async def timeline(self, ticket_id: str, token: str) -> list[tickets_pb2.TimelineEntry]:
        request = tickets_pb2.ListTimelineRequest(ticket_id=ticket_id)
        return list((await self.tickets.ListTimeline(request, metadata=on_behalf(token))).entries)

    async def logs(self) -> list[tuple[tickets_pb2.Ticket, tickets_pb2.Attachment]]:
        """Returns every file on every ticket of the desk."""
        return [
            (ticket, attachment)
            for ticket in await self.all_tickets()
            for entry in await self.timeline(ticket.id, self.house.engineer())
            for attachment in entry.note.attachments
        ]

    async def upload(
        self, ticket_id: str, token: str, content: bytes = b"hello", *, name: str = "a.txt", command_id: str = "", part: int = 64 * 1024
    ) -> tickets_pb2.Attachment:
        """Uploads in parts of `part` bytes."""
        asked = tickets_pb2.UploadAttachmentRequest(command_id=command_id or new_id(), ticket_id=ticket_id, name=name, size=len(content))

        async def parts() -> AsyncIterator[tickets_pb2.UploadAttachmentRequest]:
            yield asked
            for start in range(0, len(content), part):
                yield tickets_pb2.UploadAttachmentRequest(data=content[start : start + part])

        answer = await upload(self.tickets.UploadAttachment, parts(), token=token, timeout=60.0)
        return answer.attachment  # type: ignore[no-any-return]

    async def download(self, ticket_id: str, attachment_id: str, token: str) -> tuple[tickets_pb2.Attachment, list[bytes]]:
        request = tickets_pb2.DownloadAttachmentRequest(ticket_id=ticket_id, attachment_id=attachment_id)
        answers = [answer async for answer in self.tickets.DownloadAttachment(request, metadata=on_behalf(token))]
        return answers[0].attachment, [answer.data for answer in answers[1:]]


def _fresh_ports() -> dict[str, str]:
    return {f"PARLEY_TICKETS_{name}_ADDRESS": f"127.0.0.1:{free_port()}" for name in ("GRPC", "METRICS")}
