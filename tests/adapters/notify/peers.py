"""Fakes of the services that notify calls, as one server on loopback, and the records that they would publish."""

from typing import Any

from parley.chat.v1 import chat_pb2 as chat
from parley.chat.v1.chat_pb2_grpc import ChatServiceServicer, add_ChatServiceServicer_to_server
from parley.presence.v1 import presence_pb2 as presence
from parley.presence.v1.presence_pb2_grpc import PresenceServiceServicer, add_PresenceServiceServicer_to_server
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceServicer, add_DirectoryServiceServicer_to_server
from servicekit.clock import Clock
from servicekit.errors import NotFound
from servicekit.kafka_records import Record
from servicekit.kafka_topics import CHAT, PRESENCE
from servicekit.moments import to_proto

SERVICES = [
    ("parley.chat.v1.ChatService", add_ChatServiceServicer_to_server),
    ("parley.presence.v1.PresenceService", add_PresenceServiceServicer_to_server),
    ("parley.tickets.v1.DirectoryService", add_DirectoryServiceServicer_to_server),
]
ONLINE = presence.PRESENCE_ONLINE


class Peers(ChatServiceServicer, PresenceServiceServicer, DirectoryServiceServicer):  # type: ignore[misc]  # chat and presence have settings each; no test here asks for them
    """Ava sees everything, Bo sees Acme only; ids begin with the desk, so that tests are independent. Each page has one item."""

    def __init__(self, desk_id: str, clock: Clock) -> None:
        self.desk_id, self.clock = desk_id, clock
        self.cards: dict[str, chat.SessionCard] = {}
        self.presences: dict[str, presence.PersonPresence] = {}
        self.pages: list[presence.Page] = []
        self.page_calls = 0
        everything = directory.Access(all_companies=True, all_boards=True)
        only_acme = directory.Access(company_ids=["acme"], all_boards=True)
        self.entries = [
            directory.DirectoryEntry(revision=1, desk=directory.Desk(id=desk_id, name="Harbour IT")),
            self._engineer("ava", everything),
            self._engineer("bo", only_acme),
        ]

    def id(self, name: str) -> str:
        return f"{self.desk_id}-{name}"

    async def ListDirectory(self, request: directory.ListDirectoryRequest, context: Any) -> directory.ListDirectoryResponse:
        assert request.only_engineers
        at = int(request.page_token or 0)
        more = str(at + 1) if at + 1 < len(self.entries) else ""
        return directory.ListDirectoryResponse(entries=self.entries[at : at + 1], next_page_token=more)

    async def GetPresence(self, request: presence.GetPresenceRequest, context: Any) -> presence.GetPresenceResponse:
        unknown = presence.PersonPresence(presence=presence.PRESENCE_OFFLINE)
        return presence.GetPresenceResponse(presences=[self.presences.get(id, unknown) for id in request.person_ids])

    async def ListPages(self, request: presence.ListPagesRequest, context: Any) -> presence.ListPagesResponse:
        self.page_calls += 1
        return presence.ListPagesResponse(pages=[page for page in self.pages if page.person_id in request.person_ids])

    async def ListSessions(self, request: chat.ListSessionsRequest, context: Any) -> chat.ListSessionsResponse:
        cards = [card for card in self.cards.values() if card.status in request.statuses]
        at = int(request.page_token or 0)
        more = str(at + 1) if at + 1 < len(cards) else ""
        return chat.ListSessionsResponse(cards=cards[at : at + 1], next_page_token=more)

    async def GetSession(self, request: chat.GetSessionRequest, context: Any) -> chat.GetSessionResponse:
        card = self.cards.get(request.session_id)
        if card is None or card.desk_id != request.desk_id:
            raise NotFound("no such session", field="session_id")
        return chat.GetSessionResponse(session=chat.Session(card=card))

    def becomes(self, name: str, number: presence.Presence.ValueType) -> Record:
        """Sets the person's presence and returns the record of the change."""
        id = self.id(name)
        revision = self.presences[id].revision + 1 if id in self.presences else 1
        state = presence.PersonPresence(person_id=id, desk_id=self.desk_id, presence=number, revision=revision)
        state.since.FromSeconds(1_772_000_000)
        self.presences[id] = state
        headers = {"desk": self.desk_id, "people": id, "kind": "presence_changed"}
        return Record(PRESENCE.name, id, presence.PresenceChanged(presence=state).SerializeToString(), headers)

    def person(self, name: str, side: chat.Side.ValueType = chat.SIDE_ENGINEER) -> chat.Person:
        return chat.Person(id=self.id(name), name=name.capitalize(), side=side)

    def page(self, name: str, page: str, **state: Any) -> None:
        """Opens a page that may show notifications and play sound."""
        granted = presence.NOTIFICATION_PERMISSION_GRANTED
        opened = presence.PageState(**{"permission": granted, "sound_allowed": True, **state})
        active_at = to_proto(self.clock.now())
        self.pages.append(presence.Page(person_id=self.id(name), connection_id=page, active_at=active_at, state=opened))

    def session(self, name: str, kind: str, by: chat.Person | None = None, **changes: Any) -> Record:
        """Adds an entry to the session and returns its record. The first entry opens a waiting request of Acme."""
        before = self.cards.get(self.id(name)) or chat.SessionCard(
            session_id=self.id(name),
            desk_id=self.desk_id,
            type=chat.CHAT_TYPE_REQUEST,
            status=chat.CHAT_STATUS_WAITING,
            title="Printer is on fire",
            customer=chat.Person(id=self.id("mia"), name="Mia Torres", side=chat.SIDE_CUSTOMER),
            company_id="acme",
            company_name="Acme Ltd",
            board_id="service-desk",
        )
        card = chat.SessionCard()
        card.CopyFrom(before)
        card.revision += 1
        card.MergeFrom(chat.SessionCard(**changes))
        now = to_proto(self.clock.now())
        card.modified_at.CopyFrom(now)
        if card.revision == 1:
            card.waiting_since.CopyFrom(now)
        self.cards[card.session_id] = card
        event = chat.SessionEvent()
        getattr(event, kind).SetInParent()
        entry = chat.SessionEntry(session_id=card.session_id, revision=card.revision, at=now, by=by, events=[event])
        headers = {"desk": self.desk_id, "kind": kind, "company": card.company_id, "board": card.board_id}
        return Record(CHAT.name, card.session_id, chat.SessionChanged(entry=entry, card=card).SerializeToString(), headers)

    def _engineer(self, name: str, access: directory.Access) -> directory.DirectoryEntry:
        kind = directory.PERSON_KIND_ENGINEER
        person = directory.DirectoryPerson(id=self.id(name), desk_id=self.desk_id, kind=kind, name=name.capitalize(), access=access)
        return directory.DirectoryEntry(revision=1, person=person)
