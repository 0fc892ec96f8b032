"""A gateway's handlers with people whose access change_person, and the frames of their pages."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from parley.chat.v1 import chat_pb2 as chat
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import SystemClock
from servicekit.errors import NotFound
from servicekit.identity import Caller
from services.gateway.domain.access import CardFacts
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.followed_sessions import FollowedSessions
from services.gateway.handlers.people_cache import PeopleCache
from services.gateway.handlers.presence_updates import PresenceUpdates
from services.gateway.handlers.resync import Resync
from services.gateway.handlers.session_updates import SessionUpdate, SessionUpdates
from services.gateway.handlers.sign_ins import SignIns, signed_in_from
from services.gateway.handlers.sockets import Intervals, Sockets
from services.gateway.handlers.ticket_viewers import TicketViewers
from services.gateway.ports import Socket
from tests.unit.gateway.facts import card_message
from tests.unit.gateway.fakes import NO_LIMITS, FakeService, FakeSocket
from tests.unit.gateway.test_sockets import in_an_hour

ENGINEER, CUSTOMER = directory.PERSON_KIND_ENGINEER, directory.PERSON_KIND_CUSTOMER
ACME = directory.Access(company_ids=["acme"], all_boards=True)
OVER: dict[str, Any] = {"status": "completed", "ticket_id": "t1", "participants": frozenset()}
GLOBEX = directory.Access(company_ids=["globex"], all_boards=True)


class World:
    """A gateway's handlers with Bo, Mia and Leo of Acme, and Ava, and fakes of chat and the directory."""

    def __init__(self) -> None:
        clock, desk = SystemClock(), "desk"
        self.revision = 1
        self.people = {
            "ava": directory.DirectoryPerson(
                id="ava", desk_id=desk, kind=ENGINEER, access=directory.Access(all_companies=True, all_boards=True)
            ),
            "bo": directory.DirectoryPerson(id="bo", desk_id=desk, kind=ENGINEER, access=ACME),
            "mia": directory.DirectoryPerson(id="mia", desk_id=desk, kind=CUSTOMER, company_id="acme"),
            "leo": directory.DirectoryPerson(id="leo", desk_id=desk, kind=CUSTOMER, company_id="acme"),
        }
        self.directory = FakeService(GetSignIn=self._sign_in)
        self.directory.call = self._ask_directory  # type: ignore[method-assign]
        self.chat = FakeService(ListSessions=chat.ListSessionsResponse())
        self.chat.call = self._ask_chat  # type: ignore[method-assign]
        self.chat_waits = asyncio.Event()
        self.chat_waits.set()
        self.chat_sessions: dict[str, CardFacts] = {}
        self.presence = FakeService(GetPresence=presence.GetPresenceResponse())
        self.index: SocketIndex[Socket] = SocketIndex()
        self.cards = cards = DeskCards(self.chat)
        sign_ins = SignIns(self.directory, clock, trial=True)
        self.updates = SessionUpdates(self.index, cards)
        reports = ConnectionReports(self.presence, clock, "gateway-1", "1")
        self.sockets = Sockets(self.index, sign_ins, cards, self.updates, reports, clock, "gateway-1", Intervals(), NO_LIMITS, 50)
        self.presences = PresenceUpdates(self.index, cards, self.presence, PeopleCache(self.directory))
        self.followed = FollowedSessions(self.index, self.sockets, self.updates, self.chat, NO_LIMITS)
        self.updates.customer_concerned, cards.loaded = self.presences.recheck, self.presences.check_desk
        viewers = TicketViewers(reports, FakeService(), self.presence, self.directory, NO_LIMITS)
        self.resync = Resync(self.index, self.sockets, sign_ins, cards, self.presences, self.followed, viewers)
        cards.subscribe(desk)

    def _sign_in(self, request: directory.GetSignInRequest) -> directory.GetSignInResponse:
        desk = directory.Desk(id="desk")
        return directory.GetSignInResponse(
            sign_in=directory.SignIn(id=request.secret, person=self.people[request.secret], desk=desk, expires_at=in_an_hour())
        )

    async def _ask_directory(self, method: str, request: Any, by: Caller | None = None) -> Any:
        await asyncio.sleep(0)
        if method == "GetSignIn":
            return self._sign_in(request)
        assert (method, by) == ("GetPeople", None)
        found = [self.people[id] for id in request.person_ids if id in self.people]
        return directory.GetPeopleResponse(entries=[directory.DirectoryEntry(revision=self.revision, person=person) for person in found])

    async def _ask_chat(self, method: str, request: Any, by: Caller | None = None) -> Any:
        if method == "ListSessions":
            return chat.ListSessionsResponse()
        assert by is not None
        found = self.chat_sessions.get(request.session_id)
        seen = found is not None and self.sees(by, found)
        await self.chat_waits.wait()
        if found is None or not seen:
            raise NotFound("There is no such session.")
        return chat.GetSessionResponse(session=chat.Session(card=card_message(found)))

    def sees(self, by: Caller, found: CardFacts) -> bool:
        """Whether the fake chat shows the session to an engineer."""
        return by.may_see(found.company_id, found.board_id)

    async def socket(self, person_id: str) -> FakeSocket:
        made = FakeSocket(person_id)
        made.identify(signed_in_from(self._sign_in(directory.GetSignInRequest(secret=person_id)).sign_in))
        made.on_close = self.sockets.removed
        self.index.add(made)
        return made

    def publish_entry(self, facts: CardFacts) -> None:
        """Publishes an entry that is not a message, and stores its card in the fake chat."""
        self.chat_sessions[facts.session_id] = facts
        revision = json.dumps({"t": "entry", "revision": facts.revision}).encode()
        self.updates.publish(SessionUpdate(facts, lambda audience: revision, lambda audience: b'{"t":"card"}'))

    def change_person(self, person_id: str, **fields: Any) -> None:
        """Changes a person in the directory, which publishes the change."""
        person = directory.DirectoryPerson()
        person.CopyFrom(self.people[person_id])
        for name, value in fields.items():
            if name == "access":
                person.access.CopyFrom(value)
            else:
                setattr(person, name, value)
        self.people[person_id] = person
        self.revision += 1
        self.resync.person(directory.DirectoryEntry(revision=self.revision, person=person))

    def watched(self, socket: FakeSocket) -> set[str]:
        return set(self.index.people.granted(socket))


def tags(socket: FakeSocket) -> list[str]:
    return [json.loads(frame)["t"] for frame in socket.frames]


def digest_sessions(socket: FakeSocket) -> Iterable[str]:
    """Returns the sessions that the socket's digests name."""
    digests = [frame for frame in map(json.loads, socket.frames) if frame["t"] == "digest"]
    return {session_id for digest in digests for session_id in digest["sessions"]}
