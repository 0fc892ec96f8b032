"""The whole chat service: one or more replicas in this process on real engines, with fakes of the services that it calls."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import grpc

from parley.chat.v1 import chat_pb2 as pb
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from parley.presence.v1 import presence_pb2
from parley.presence.v1.presence_pb2_grpc import PresenceServiceServicer, add_PresenceServiceServicer_to_server
from parley.tickets.v1 import directory_pb2, tickets_pb2
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceServicer, add_DirectoryServiceServicer_to_server
from parley.tickets.v1.tickets_pb2_grpc import TicketsServiceServicer, add_TicketsServiceServicer_to_server
from servicekit.app import App
from servicekit.clock import Clock, SystemClock
from servicekit.errors import NotFound
from servicekit.faults import Faults
from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer, caller_of, require_service
from servicekit.identity import Caller, TokenSigner, TokenVerifier
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_broker import Broker
from servicekit.kafka_group import GroupReader
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Record
from servicekit.kafka_topics import TOPICS
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from servicekit.settings import load
from services.chat.config import ChatSettings
from services.chat.outbound.log_to_kafka import LogToKafka
from services.chat.wiring import INDEXES, wire
from stack.keys import key_of
from stack.ports import free_port
from tests.fakes.patient import call
from tests.fakes.waiting import until

EVERYTHING = directory_pb2.Access(all_companies=True, all_boards=True)
P = TypeVar("P")


class Peers(DirectoryServiceServicer, TicketsServiceServicer, PresenceServiceServicer):
    """ListDirectory in pages of two, GetPeople, GetTicket and GetPresence. The people in `online` are online."""

    def __init__(self) -> None:
        self.entries: list[directory_pb2.DirectoryEntry] = []
        self.tickets: dict[str, tickets_pb2.Ticket] = {}
        self.online: set[str] = set()

    async def ListDirectory(self, request: directory_pb2.ListDirectoryRequest, context: Any) -> directory_pb2.ListDirectoryResponse:
        require_service(caller_of(context))
        first = int(request.page_token or 0)
        last = first + 2
        token = str(last) if last < len(self.entries) else ""
        return directory_pb2.ListDirectoryResponse(entries=self.entries[first:last], next_page_token=token)

    async def GetPeople(self, request: directory_pb2.GetPeopleRequest, context: Any) -> directory_pb2.GetPeopleResponse:
        require_service(caller_of(context))
        return directory_pb2.GetPeopleResponse(entries=[entry for entry in self.entries if entry.person.id in request.person_ids])

    async def GetTicket(self, request: tickets_pb2.GetTicketRequest, context: Any) -> tickets_pb2.GetTicketResponse:
        require_service(caller_of(context))
        if request.ticket_id not in self.tickets:
            raise NotFound("There is no such ticket.")
        return tickets_pb2.GetTicketResponse(ticket=self.tickets[request.ticket_id])

    async def GetPresence(self, request: presence_pb2.GetPresenceRequest, context: Any) -> presence_pb2.GetPresenceResponse:
        def of(person_id: str) -> presence_pb2.PersonPresence:
            presence = presence_pb2.PRESENCE_ONLINE if person_id in self.online else presence_pb2.PRESENCE_OFFLINE
            return presence_pb2.PersonPresence(person_id=person_id, desk_id=request.desk_id, presence=presence)

        return presence_pb2.GetPresenceResponse(presences=[of(person_id) for person_id in request.person_ids])


class House:
    """A desk of one test with ava and sam, who see everything, and mia of acme. Ids are made unique by `id`."""

    def __init__(self, folder: Path, engines: dict[str, str], unique: str, clock: Clock | None = None) -> None:
        self.desk_id, self.keys, self.clock, self.peers = unique, folder / "keys", clock or SystemClock(), Peers()  # type: ignore[abstract]
        self.peers_address = f"127.0.0.1:{free_port()}"
        self.environ = {
            **engines,
            "PARLEY_MONGO_PREFIX": f"{unique}_",
            "PARLEY_KEYS": str(self.keys),
            "PARLEY_CHAT_KEY": str(key_of(self.keys, "chat")),
            "PARLEY_TICKETS": self.peers_address,
            "PARLEY_PRESENCE": self.peers_address,
            "PARLEY_CHAT_SWEEP_SECONDS": "0.1",
            "PARLEY_CHAT_TICKET_ASKED_AFTER": "1",
        }
        self.gateway = TokenSigner(key_of(self.keys, "gateway"), self.clock)
        self.peers.entries = self._desk()

    def id(self, word: str) -> str:
        return f"{self.desk_id}-{word}"

    def _desk(self) -> list[directory_pb2.DirectoryEntry]:
        d, desk = directory_pb2, self.desk_id
        company = d.Company(id=self.id("acme"), desk_id=desk, name="Acme Ltd", default_board_id=self.id("board"))
        mia = d.DirectoryPerson(id=self.id("mia"), desk_id=desk, kind=d.PERSON_KIND_CUSTOMER, name="Mia", company_id=company.id)
        staff = [
            d.DirectoryPerson(id=self.id(word), desk_id=desk, kind=d.PERSON_KIND_ENGINEER, name=word.title(), access=EVERYTHING)
            for word in ("ava", "sam")
        ]
        return [
            d.DirectoryEntry(revision=1, board=d.Board(id=self.id("board"), desk_id=desk, name="Service desk")),
            d.DirectoryEntry(revision=1, company=company),
            *(d.DirectoryEntry(revision=1, person=person) for person in (mia, *staff)),
        ]

    def person_joins(self, word: str) -> None:
        """Adds a customer of acme to the directory."""
        d = directory_pb2
        person = d.DirectoryPerson(
            id=self.id(word), desk_id=self.desk_id, kind=d.PERSON_KIND_CUSTOMER, name=word.title(), company_id=self.id("acme")
        )
        self.peers.entries.append(d.DirectoryEntry(revision=1, person=person))

    async def publish(self, *records: Record) -> None:
        """Publishes records as the peers do."""
        environ = self.environ
        publisher = Publisher(
            Broker(environ["PARLEY_KAFKA"]), environ["PARLEY_KAFKA_IDEMPOTENCE"] == "true", Metrics("peers"), topics=TOPICS
        )
        await publisher.start()
        await publisher.publish(records)
        await publisher.stop()

    @contextlib.asynccontextmanager
    async def store(self) -> AsyncIterator[Mongo]:
        """Connects to chat's store as a replica does."""
        mongo = Mongo(self.environ["PARLEY_MONGO"], self.environ["PARLEY_MONGO_PREFIX"], "chat", INDEXES)
        await mongo.start()
        await until(lambda: mongo.ready)
        yield mongo
        await mongo.stop()

    @contextlib.asynccontextmanager
    async def peers_up(self) -> AsyncIterator[None]:
        adders: list[tuple[str, Callable[[Any], None]]] = [
            ("parley.tickets.v1.DirectoryService", lambda server: add_DirectoryServiceServicer_to_server(self.peers, server)),
            ("parley.tickets.v1.TicketsService", lambda server: add_TicketsServiceServicer_to_server(self.peers, server)),
            ("parley.presence.v1.PresenceService", lambda server: add_PresenceServiceServicer_to_server(self.peers, server)),
        ]
        server = GrpcServer(self.peers_address, TokenVerifier(self.keys, self.clock), Metrics("peers"), services=adders)
        await server.start()
        yield
        await server.stop()

    @contextlib.asynccontextmanager
    async def replica(self, faults: Faults | None = None, left_out: tuple[type, ...] = (GroupReader,)) -> AsyncIterator["Calls"]:
        """Runs one chat process until it is ready, and stops it at the end unless it was killed. The group reader is left out by default,
        because joining a group takes seconds; a test that needs it passes an empty `left_out`."""
        ports = {f"PARLEY_CHAT_{name}_ADDRESS": f"127.0.0.1:{free_port()}" for name in ("GRPC", "METRICS")}
        settings = load(ChatSettings, {**self.environ, **ports})
        before = asyncio.all_tasks()
        app = wire(settings, clock=self.clock, faults=faults)
        app.parts = [part for part in app.parts if not isinstance(part, left_out)]
        async with channel(settings.grpc_address, self.gateway, Metrics("test")) as chat_channel:
            calls = Calls(self, app, chat_channel, before)
            await app.start()
            try:
                await until(lambda: app.ready)
                yield calls
            finally:
                if not calls.killed:
                    await app.stop()


class Calls:
    """Calls the RPCs of one replica as people of this desk."""

    def __init__(self, house: House, app: App, chat_channel: grpc.aio.Channel, before: set["asyncio.Task[Any]"]) -> None:
        self.house, self.app, self.chat, self.killed = house, app, ChatServiceStub(chat_channel), False
        self._before = before

    async def kill(self) -> None:
        """Stops the replica at once like kill -9. Running calls get no response."""
        self.killed = True
        for loop in self._part(LogToKafka)._loops:
            await loop.stop()
        await self._part(BroadcastReader).stop()
        server = self._part(GrpcServer)._server
        assert server is not None
        await server.stop(0)
        mine = {task for task in asyncio.all_tasks() - self._before if task is not asyncio.current_task()}
        for task in mine:
            task.cancel()
        if mine:
            await asyncio.wait(mine, timeout=5)
        await self._part(Publisher).stop()
        await self._part(Mongo).stop()
        await self.app.probes.stop()

    async def settled(self) -> bool:
        """Whether no entry is marked as unpublished."""
        return not await self._part(Mongo).database["log"].count_documents({"unpublished": {"$exists": True}})

    def _part(self, kind: type[P]) -> P:
        return next(part for part in self.app.parts if isinstance(part, kind))

    def token(self, word: str) -> str:
        house, id = self.house, self.house.id(word)
        if word in ("mia", "leo"):
            return house.gateway.token(Caller("customer", id, word.title(), house.desk_id, company_id=house.id("acme")))
        return house.gateway.token(Caller("engineer", id, word.title(), house.desk_id, role="admin"))

    async def request(self, command_id: str = "open", who: str = "mia", ticket_id: str = "") -> pb.RequestChatResponse:
        asked = pb.RequestChatRequest(command_id=command_id, text="Printer is on fire", ticket_id=ticket_id)
        answer: pb.RequestChatResponse = await call(self.chat.RequestChat, asked, token=self.token(who))
        return answer

    async def take(self, session_id: str, who: str = "ava") -> pb.Session:
        asked = pb.JoinSessionRequest(session_id=session_id, command_id=f"take-{who}", mode=pb.JOIN_MODE_TAKE)
        return (await call(self.chat.JoinSession, asked, token=self.token(who))).session  # type: ignore[no-any-return]

    async def ask_transfer(self, session_id: str, engineer: str, who: str = "ava") -> None:
        asked = pb.AskTransferRequest(session_id=session_id, command_id=f"transfer-{engineer}", engineer_id=self.house.id(engineer))
        await call(self.chat.AskTransfer, asked, token=self.token(who))

    async def post(self, session_id: str, command_id: str, who: str = "mia") -> int:
        asked = pb.PostMessageRequest(session_id=session_id, command_id=command_id, text=f"text of {command_id}")
        return int((await call(self.chat.PostMessage, asked, token=self.token(who))).revision)

    async def complete(self, session_id: str, who: str = "ava", **ending: Any) -> pb.Session:
        asked = pb.CompleteSessionRequest(session_id=session_id, command_id="complete", **(ending or {"none": pb.NoTicket()}))
        return (await call(self.chat.CompleteSession, asked, token=self.token(who))).session  # type: ignore[no-any-return]

    async def session(self, session_id: str, who: str = "ava") -> pb.Session:
        return (await call(self.chat.GetSession, pb.GetSessionRequest(session_id=session_id), token=self.token(who))).session  # type: ignore[no-any-return]

    async def kinds(self, session_id: str) -> list[str]:
        """Returns the names of the session's events, in order."""
        entries = (await self.session(session_id)).entries
        return [str(event.WhichOneof("event")) for entry in entries for event in entry.events]

    async def listed(self, who: str = "ava") -> list[pb.SessionCard]:
        answer: pb.ListSessionsResponse = await call(self.chat.ListSessions, pb.ListSessionsRequest(), token=self.token(who))
        return list(answer.cards)

    async def history(self, search: str, who: str = "ava") -> list[pb.SessionCard]:
        answer: pb.ListHistoryResponse = await call(self.chat.ListHistory, pb.ListHistoryRequest(search=search), token=self.token(who))
        return list(answer.cards)

    async def settings(self, **changes: Any) -> None:
        read: pb.GetSettingsResponse = await call(self.chat.GetSettings, pb.GetSettingsRequest(), token=self.token("ava"))
        read.settings.MergeFrom(pb.ChatSettings(**changes))
        asked = pb.UpdateSettingsRequest(settings=read.settings, version=read.version)
        await call(self.chat.UpdateSettings, asked, token=self.token("ava"))
