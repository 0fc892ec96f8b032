"""The four services behind the gateway as fakes, on one real gRPC port: real tokens, real errors, memory instead of a store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from parley.audit.v1 import audit_pb2_grpc
from parley.chat.v1 import chat_pb2 as chat
from parley.chat.v1 import chat_pb2_grpc
from parley.presence.v1 import presence_pb2 as presence
from parley.presence.v1 import presence_pb2_grpc
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1 import directory_pb2_grpc, tickets_pb2_grpc
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit.clock import SystemClock
from servicekit.errors import Kind, NotFound, TypedError
from servicekit.grpc_server import GrpcServer, accept, caller_of, require_service
from servicekit.identity import Caller, TokenVerifier, new_id
from servicekit.metrics import Metrics
from tests.adapters.gateway.fake_chat import FakeChat
from tests.adapters.gateway.fake_notify import ADDED, FakeNotify

NAMES = {"ava": "Ava Chen", "bo": "Bo Lindqvist", "mia": "Mia Torres", "zoe": "Zoe Adams"}
COMPANY_OF = {"mia": "acme", "zoe": "globex"}
# In seconds since 1970: in 2100.
SIGN_INS_EXPIRE = 4102444800


class Peers:
    """`chat`, `directory`, ... are the fakes; `refuses[method]` sets the error that a method raises."""

    def __init__(self, keys: Path, desk_id: str) -> None:
        self.desk_id = desk_id
        self.refuses: dict[str, TypedError] = {}
        # Abstract only for the type checker: a method that a fake lacks returns UNIMPLEMENTED.
        self.directory = FakeDirectory(self, desk_id)  # type: ignore[abstract]
        self.chat = FakeChat(self.may)  # type: ignore[abstract]
        self.tickets = FakeTickets(self)  # type: ignore[abstract]
        self.presence = FakePresence(self)  # type: ignore[abstract]
        self.notify = FakeNotify(self.may)
        add: list[tuple[Any, Any]] = [
            (chat_pb2_grpc.add_ChatServiceServicer_to_server, self.chat),
            (directory_pb2_grpc.add_DirectoryServiceServicer_to_server, self.directory),
            (tickets_pb2_grpc.add_TicketsServiceServicer_to_server, self.tickets),
            (presence_pb2_grpc.add_PresenceServiceServicer_to_server, self.presence),
            (audit_pb2_grpc.add_AuditServiceServicer_to_server, audit_pb2_grpc.AuditServiceServicer()),  # type: ignore[abstract]
            *((add, self.notify) for add in ADDED),
        ]
        services = [
            (f"fake.{number}", lambda server, adder=adder, fake=fake: adder(fake, server)) for number, (adder, fake) in enumerate(add)
        ]
        self._server = GrpcServer("127.0.0.1:0", TokenVerifier(keys, SystemClock()), Metrics("peers"), services=services)

    @property
    def address(self) -> str:
        return self._server.address

    async def __aenter__(self) -> "Peers":
        await self._server.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.stop()

    def may(self, method: str) -> None:
        if method in self.refuses:
            raise self.refuses[method]


class FakeDirectory(directory_pb2_grpc.DirectoryServiceServicer):
    def __init__(self, peers: Peers, desk_id: str) -> None:
        self._peers, self.desk_id = peers, desk_id
        self.sign_ins: dict[str, directory.SignIn] = {}
        self.access = {
            "ava": directory.Access(all_companies=True, all_boards=True),
            "bo": directory.Access(company_ids=["acme"], all_boards=True),
        }
        self.asked = 0
        # Those that providers named.
        self.identities: list[directory.ProviderIdentity] = []
        # By the secret of the sign-in.
        self.sealed_id_tokens: dict[str, str] = {}
        self.sealed_refresh_tokens: dict[str, str] = {}
        # What gateways refresh, and how that ended.
        self.due: list[directory.DueRefresh] = []
        self.finished: list[directory.FinishRefreshRequest] = []
        # GetSignIn sends no response while this event is cleared.
        self.hangs = asyncio.Event()
        self.hangs.set()

    def sign_in(self, person_id: str, method: str = "trial") -> str:
        """Creates a sign-in and returns the secret of its cookie."""
        secret = new_id()
        self.sign_ins[secret] = directory.SignIn(id=new_id(), person=self.person(person_id), desk=directory.Desk(id=self.desk_id))
        self.sign_ins[secret].method = method
        self.sign_ins[secret].expires_at.FromSeconds(SIGN_INS_EXPIRE)
        if company := COMPANY_OF.get(person_id):
            self.sign_ins[secret].company.CopyFrom(directory.Company(id=company, desk_id=self.desk_id, name=company.title()))
        return secret

    def person(self, id: str) -> directory.DirectoryPerson:
        engineer = id in self.access
        kind = directory.PERSON_KIND_ENGINEER if engineer else directory.PERSON_KIND_CUSTOMER
        person = directory.DirectoryPerson(id=id, desk_id=self.desk_id, kind=kind, name=NAMES[id], trial=True)
        if engineer:
            person.role = directory.ROLE_ENGINEER
            person.access.CopyFrom(self.access[id])
        else:
            person.company_id = COMPANY_OF[id]
        return person

    async def GetSignIn(self, request: Any, context: Any) -> Any:
        require_service(caller_of(context))
        self.asked += 1
        await self.hangs.wait()
        self._peers.may("GetSignIn")
        if request.secret not in self.sign_ins:
            raise TypedError.of(Kind.UNAUTHENTICATED, "signed_out", "No such sign-in.")
        found = self.sign_ins[request.secret]
        found.person.CopyFrom(self.person(found.person.id))
        return directory.GetSignInResponse(sign_in=found)

    async def CreateSignIn(self, request: Any, context: Any) -> Any:
        require_service(caller_of(context))
        self._peers.may("CreateSignIn")
        person_id = request.person_id
        if request.HasField("identity"):
            self.identities.append(request.identity)
            person_id = request.identity.email.partition("@")[0] or request.identity.person_id
        if person_id not in NAMES:
            raise NotFound("Nobody has this id.", field="person_id")
        secret = self.sign_in(person_id, request.method)
        for replaced in request.replaces:
            if replaced in self.sign_ins and self.sign_ins[replaced].person.kind == self.person(person_id).kind:
                del self.sign_ins[replaced]
        self.sealed_id_tokens[secret] = request.sealed_id_token
        return directory.CreateSignInResponse(secret=secret, sign_in=self.sign_ins[secret])

    async def EndSignIn(self, request: Any, context: Any) -> Any:
        require_service(caller_of(context))
        self._peers.may("EndSignIn")
        ended = self.sign_ins.pop(request.secret, directory.SignIn())
        tokens = {"sealed_id_token": self.sealed_id_tokens, "sealed_refresh_token": self.sealed_refresh_tokens}
        return directory.EndSignInResponse(method=ended.method, **{name: of.pop(request.secret, "") for name, of in tokens.items()})

    async def TakeDueRefreshes(self, request: Any, context: Any) -> Any:
        taken, self.due = self.due, []
        return directory.TakeDueRefreshesResponse(refreshes=taken)

    async def FinishRefresh(self, request: Any, context: Any) -> Any:
        self.finished.append(request)
        return directory.FinishRefreshResponse(counted=True)

    async def ListTrialPeople(self, request: Any, context: Any) -> Any:
        people = [self.person(id) for id in NAMES]
        companies = [directory.Company(id=id, desk_id=self.desk_id, name=id.title()) for id in ("acme", "globex")]
        return directory.ListTrialPeopleResponse(people=people, companies=companies)

    async def GetPeople(self, request: Any, context: Any) -> Any:
        require_service(caller_of(context))
        found = [self.person(id) for id in request.person_ids if id in NAMES and request.desk_id == self.desk_id]
        return directory.GetPeopleResponse(entries=[directory.DirectoryEntry(revision=1, person=person) for person in found])

    async def ListPeople(self, request: Any, context: Any) -> Any:
        caller = caller_of(context)
        people = [person for person in map(self.person, NAMES) if not person.company_id or caller.may_see(person.company_id, "b")]
        of_kind = [person for person in people if request.kind in (0, person.kind)]
        return directory.ListPeopleResponse(people=of_kind[: request.page_size or None])


class FakeTickets(tickets_pb2_grpc.TicketsServiceServicer):
    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self.timeline = [tickets.TimelineEntry(id=f"e{n}", revision=n, note=tickets.Note(text=f"note {n}")) for n in range(1, 4)]
        self.asked: list[tuple[Caller, Any]] = []
        # Of the files that arrive: how many there are, a hash over their content, and the largest part. They wait while this is cleared.
        self.uploading, self.received, self.largest_part = 0, hashlib.sha256(), 0
        self.takes_files = asyncio.Event()
        self.takes_files.set()
        self.file = (tickets.Attachment(id="a1", name='a "log"\r\n.html', content_type="text/html", size=6), [b"<b>", b"x", b"y>"])

    async def GetTicket(self, request: Any, context: Any) -> Any:
        self._peers.may("GetTicket")
        return tickets.GetTicketResponse(ticket=tickets.Ticket(id=request.ticket_id, number=12))

    async def ListTimeline(self, request: Any, context: Any) -> Any:
        later = [entry for entry in self.timeline if entry.revision > request.after_revision]
        return tickets.ListTimelineResponse(entries=later[: request.page_size], more=len(later) > request.page_size)

    async def ListTickets(self, request: Any, context: Any) -> Any:
        self.asked.append((caller_of(context), request))
        return tickets.ListTicketsResponse(total=0)

    async def UpdateTicket(self, request: Any, context: Any) -> Any:
        self.asked.append((caller_of(context), request))
        return tickets.UpdateTicketResponse(ticket=tickets.Ticket(id=request.ticket_id))

    async def UploadAttachment(self, requests: Any, context: Any) -> Any:
        first = await anext(aiter(requests))
        self._peers.may("UploadAttachment")
        self.asked.append((caller_of(context), first))
        await accept(context)
        self.uploading += 1
        try:
            await self.takes_files.wait()
            async for request in requests:
                self.largest_part = max(self.largest_part, len(request.data))
                self.received.update(request.data)
        finally:
            self.uploading -= 1
        file = tickets.Attachment(id="f1", name=first.name, size=first.size)
        return tickets.UploadAttachmentResponse(attachment=file)

    async def DownloadAttachment(self, request: Any, context: Any) -> AsyncIterator[Any]:
        about, parts = self.file
        if request.attachment_id != about.id:
            raise NotFound("There is no such file.", field="attachment_id")
        for number, part in enumerate(parts):
            yield tickets.DownloadAttachmentResponse(attachment=about if number == 0 else None, data=part)


class FakePresence(presence_pb2_grpc.PresenceServiceServicer):
    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self.reports: list[presence.ReportConnectionsRequest] = []
        self.want_full = False
        self.ended: list[str] = []
        self.asked: list[tuple[Caller, Any]] = []
        self.revision = 1
        self.reported = asyncio.Event()

    def facts(self) -> list[presence.ConnectionFact]:
        return [fact for report in self.reports for fact in report.changed]

    async def ReportConnections(self, request: Any, context: Any) -> Any:
        require_service(caller_of(context))
        self._peers.may("ReportConnections")
        self.reports.append(request)
        self.reported.set()
        asked, self.want_full = self.want_full, False
        return presence.ReportConnectionsResponse(want_full=asked, end_connection_ids=self.ended)

    async def EndConnections(self, request: Any, context: Any) -> Any:
        self.asked.append((caller_of(context), request))
        return presence.EndConnectionsResponse(connections=2)

    async def GetPresence(self, request: Any, context: Any) -> Any:
        self._peers.may("GetPresence")
        caller = caller_of(context)
        desk_id = caller.desk_id or request.desk_id
        return presence.GetPresenceResponse(
            presences=[
                presence.PersonPresence(person_id=id, desk_id=desk_id, presence=presence.PRESENCE_ONLINE, revision=self.revision)
                for id in request.person_ids
            ]
        )

    async def ChoosePresence(self, request: Any, context: Any) -> Any:
        caller = caller_of(context)
        chosen = presence.PersonPresence(person_id=caller.id, desk_id=caller.desk_id, presence=request.presence, chosen=request.presence)
        return presence.ChoosePresenceResponse(presence=chosen)


def stamp(seconds: int) -> Timestamp:
    return Timestamp(seconds=seconds)


__all__ = ["NAMES", "Peers", "chat", "stamp"]
