"""Fetches again what this replica may have missed, and checks grants again after a change of access."""

import asyncio
from collections.abc import Iterable

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.loop import all_of
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.followed_sessions import FollowedSessions
from services.gateway.handlers.presence_updates import PresenceUpdates
from services.gateway.handlers.sign_ins import SignIns
from services.gateway.handlers.sockets import Sockets
from services.gateway.handlers.ticket_viewers import TicketViewers
from services.gateway.outbound import server_frames
from services.gateway.ports import Socket

# Seconds in which failed records of one desk are collected into one resync.
DESK_AFTER = 3.0
# Concurrent calls: a company may have a thousand sockets, and a change takes effect within 2 s (spec 10.10).
CONCURRENT_CALLS = 32


class Resync:
    """Requests are collected and processed by one loop, which restarts until the peers answer."""

    def __init__(
        self,
        index: SocketIndex[Socket],
        sockets: Sockets,
        sign_ins: SignIns,
        cards: DeskCards,
        presences: PresenceUpdates,
        followed: FollowedSessions,
        viewers: TicketViewers,
        desk_after: float = DESK_AFTER,
    ) -> None:
        self._index, self._sockets, self._sign_ins = index, sockets, sign_ins
        self._cards, self._presences, self._followed, self._viewers = cards, presences, followed, viewers
        self._desk_after = desk_after
        self._desks: set[str] = set()
        self._all_pages = False
        self._people: dict[tuple[str, str], None] = {}
        self._work = asyncio.Event()

    def all_pages(self) -> None:
        """The consumer's offsets were reset and records may be missing: every page fetches."""
        self._all_pages = True
        self._work.set()

    def desk(self, desk_id: str) -> None:
        """A record of this desk could not be processed: the desk's pages fetch. An empty desk id means every page."""
        if not desk_id:
            self.all_pages()
        elif desk_id not in self._desks:
            self._desks.add(desk_id)
            # Records often fail in groups.
            asyncio.get_running_loop().call_later(self._desk_after, self._refetch, desk_id)

    def _refetch(self, desk_id: str) -> None:
        self._desks.discard(desk_id)
        self._cards.reload_desk(desk_id)
        self._presences.fetch_all()
        self._viewers.fetch_all()
        # The record may have been a change of access.
        self._sign_ins.clear()
        for socket in self._index:
            if socket.viewer.desk_id == desk_id:
                self._check_person(desk_id, socket.viewer.id)

    def person(self, entry: directory.DirectoryEntry) -> None:
        """A person changed in the directory: checks their own access, and who may see them."""
        person = entry.person
        self._presences.person_changed(entry)
        self._sign_ins.person_changed(person.id)
        self._sockets.person_changed(person)
        self._check_person(person.desk_id, person.id)

    def _check_person(self, desk_id: str, person_id: str) -> None:
        if self._index.of_person(desk_id, person_id):
            self._people[desk_id, person_id] = None
            self._work.set()

    def company(self, desk_id: str, company_id: str) -> None:
        """A company changed in the directory: whether its customers share their tickets may be different (spec 9.4)."""
        self._sign_ins.company_changed(desk_id, company_id)
        for socket in self._index.of_company(desk_id, company_id):
            self._check_person(desk_id, socket.viewer.id)

    async def run(self) -> None:
        """Runs until it fails; the next run repeats the requests of this one. Raises TypedError."""
        while True:
            await self._work.wait()
            await self._resync()
            if not (self._all_pages or self._people):
                self._work.clear()

    async def _resync(self) -> None:
        # Requests that arrive during the calls are kept for the next round.
        all_pages, self._all_pages = self._all_pages, False
        people, self._people = self._people, {}
        if all_pages:
            self._sign_ins.clear()
            self._presences.fetch_all()
            self._viewers.fetch_all()
            self._cards.reload()
            sockets = list(self._index)
        else:
            sockets = [socket for person in people for socket in self._index.of_person(*person)]
        try:
            await self._check(sockets)
        except BaseException:
            self._all_pages |= all_pages
            self._people = {**people, **self._people}
            raise

    async def _check(self, sockets: Iterable[Socket]) -> None:
        """Checks all that these sockets are granted (spec 10.10). Raises the first error, after it has tried each socket."""

        async def check(socket: Socket) -> None:
            if await self._sockets.refresh_identity(socket):
                self._presences.recheck(socket)
                self._followed.recheck(socket)
                self._viewers.recheck(socket)
                socket.send(server_frames.REFETCH)

        await all_of(map(check, sockets), CONCURRENT_CALLS)
