"""Which engineers view the ticket that a page shows (spec 9.2). Presence knows it for all gateways, tickets decides who may see it."""

import asyncio
from collections.abc import Iterable

from parley.chat.v1 import chat_pb2 as chat
from parley.gateway.v1 import gateway_pb2 as gateway
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit.errors import Kind, TypedError
from servicekit.loop import all_of
from services.gateway.domain.access import is_engineer
from services.gateway.domain.limits import Limit
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.rate_limiter import RateLimiter
from services.gateway.outbound import server_frames
from services.gateway.ports import Service, Socket

# Seconds. Changes within this time are one round of calls.
COLLECT_FOR = 0.1
# Tickets that are asked for at once, so that one without an answer does not block the others.
QUERIES = 8

# The desk and the ticket.
Key = tuple[str, str]


class TicketViewers:
    """Sends each page the viewers of its ticket when it begins to show it and when they change. Calls follow the tickets that pages of this
    replica show, not the engineers of a desk.

    A page's ticket is reported to presence only after tickets has confirmed that its person may see it, and is checked again before each
    frame.
    """

    def __init__(
        self,
        reports: ConnectionReports,
        tickets_service: Service,
        presence_service: Service,
        directory_service: Service,
        limiter: RateLimiter,
    ) -> None:
        self._reports, self._limiter = reports, limiter
        self._tickets, self._presence, self._directory = tickets_service, presence_service, directory_service
        self._ticket_of: dict[Socket, Key] = {}
        self._sockets_of: dict[Key, dict[Socket, None]] = {}
        self._unsent: dict[Key, None] = {}
        self._work = asyncio.Event()

    def view(self, socket: Socket, ticket_id: str) -> None:
        """The page shows this ticket, or none, instead of the one before. Ignored for customers, and beyond the limit of requests."""
        if not is_engineer(socket.viewer):
            return
        self._drop(socket)
        self._reports.ticket(socket, "")
        if ticket_id and not self._limiter.wait(Limit.REQUESTS, by=socket.viewer):
            key = self._ticket_of[socket] = (socket.viewer.desk_id, ticket_id)
            self._sockets_of.setdefault(key, {})[socket] = None
            self._want(key)

    def removed(self, socket: Socket) -> None:
        """The socket is closed. A repeat changes nothing."""
        self._drop(socket)

    def recheck(self, socket: Socket) -> None:
        """Checks the page's ticket again, after a change of the person's access (spec 10.10)."""
        if key := self._ticket_of.get(socket):
            self._want(key)

    def changed(self, desk_id: str, ticket_ids: Iterable[str]) -> int:
        """Other engineers view these tickets now. Returns the number of pages here that show one of them."""
        keys = [key for ticket_id in ticket_ids if (key := (desk_id, ticket_id)) in self._sockets_of]
        for key in keys:
            self._want(key)
        return sum(len(self._sockets_of[key]) for key in keys)

    def fetch_all(self) -> None:
        """Asks for every ticket again, because changes may have been missed."""
        for key in self._sockets_of:
            self._want(key)

    async def run(self) -> None:
        """Runs until a call fails, after it has tried each ticket; the next run asks for those that are left. Raises TypedError."""
        while True:
            await self._work.wait()
            await asyncio.sleep(COLLECT_FOR)
            self._work.clear()
            unsent, self._unsent = self._unsent, {}
            await all_of((self._update(key) for key in unsent if key in self._sockets_of), QUERIES)

    def _want(self, key: Key) -> None:
        self._unsent[key] = None
        self._work.set()

    def _drop(self, socket: Socket) -> None:
        if key := self._ticket_of.pop(socket, None):
            del self._sockets_of[key][socket]
            if not self._sockets_of[key]:
                del self._sockets_of[key]

    async def _update(self, key: Key) -> None:
        desk_id, ticket_id = key
        try:
            request = presence.ListTicketViewersRequest(desk_id=desk_id, ticket_id=ticket_id)
            listed: presence.ListTicketViewersResponse = await self._presence.call("ListTicketViewers", request)
            frame = server_frames.message_frame("ticketViewers", await self._viewers(key, listed.person_ids))
            for socket in list(self._sockets_of.get(key, ())):
                await self._send(socket, key, frame)
        except BaseException:
            self._want(key)
            raise

    async def _viewers(self, key: Key, person_ids: Iterable[str]) -> gateway.TicketViewers:
        desk_id, ticket_id = key
        viewers = gateway.TicketViewers(ticket_id=ticket_id)
        if ids := list(person_ids):
            request = directory.GetPeopleRequest(desk_id=desk_id, person_ids=ids)
            answer: directory.GetPeopleResponse = await self._directory.call("GetPeople", request)
            for person in sorted((entry.person for entry in answer.entries), key=lambda person: ids.index(person.id)):
                viewers.viewers.append(chat.Person(id=person.id, name=person.name, side=chat.SIDE_ENGINEER))
        return viewers

    async def _send(self, socket: Socket, key: Key, frame: bytes) -> None:
        viewer = socket.viewer
        sees = await self._may_see(socket, key[1])
        # The page may show another ticket by now, or its person's access may have changed, after which `recheck` asks again.
        if self._ticket_of.get(socket) == key and socket.viewer is viewer:
            self._reports.ticket(socket, key[1] if sees else "")
            if sees:
                socket.send(frame)

    async def _may_see(self, socket: Socket, ticket_id: str) -> bool:
        """Raises TypedError if tickets does not answer."""
        try:
            await self._tickets.call("GetTicket", tickets.GetTicketRequest(ticket_id=ticket_id), socket.viewer)
        except TypedError as error:
            if error.kind in (Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED):
                raise
            return False
        return True
