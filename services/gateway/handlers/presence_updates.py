"""Presence of the people on screen: the first state by RPC, changes by events, only to the pages that show the person (spec 1.12)."""

import asyncio
from collections.abc import Collection, Iterable

from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.identity import Caller
from servicekit.loop import all_of
from services.gateway.domain.access import is_customer, people_met, sees_everybody
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.people_cache import PeopleCache, may_see
from services.gateway.outbound import server_frames
from services.gateway.outbound.proto_json import proto_json
from services.gateway.ports import Service, Socket

# Seconds. Changes within this time are sent in one frame.
COLLECT_FOR = 0.1
# Seconds. First states requested within this time are one call.
BATCH_WITHIN = 0.03
AT_ONCE = 500
# Concurrent calls, so that one without an answer does not block the others.
QUERIES = 8


class PresenceUpdates:
    """The newest state of each person on screen, and which states are not sent yet.

    Three loops: one sends, two call peers, so that a slow peer does not delay what can be sent.
    """

    def __init__(self, index: SocketIndex[Socket], cards: DeskCards, presence_service: Service, people: PeopleCache) -> None:
        self._index, self._cards, self._presence, self._people = index, cards, presence_service, people
        # The caller and the people to check.
        self._unchecked: dict[Socket, tuple[Caller, frozenset[str]]] = {}
        self._states: dict[tuple[str, str], tuple[int, bytes]] = {}
        self._unsent: dict[tuple[str, str], None] = {}
        self._wanted: dict[str, dict[str, None]] = {}
        self._changed, self._checks, self._fetch_due = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def watch(self, socket: Socket, person_ids: Iterable[str]) -> None:
        """Subscribes the socket to these people, as far as it may see them; each first state is sent when it is available."""
        self._index.people.request(socket, frozenset(person_ids))
        self.recheck(socket)

    def recheck(self, socket: Socket) -> None:
        """Checks the subscription again, after a change of the person's access or sessions (spec 10.10)."""
        viewer, requested = socket.viewer, self._index.people.requested(socket)
        self._unchecked.pop(socket, None)
        if is_customer(viewer):
            self._watch(socket, requested & people_met(viewer, self._cards.of(viewer.desk_id).mine(viewer)))
        elif requested and not sees_everybody(viewer):
            self._unchecked[socket] = (viewer, requested)
            self._checks.set()
        else:
            self._watch(socket, requested)

    def check_desk(self, desk_id: str) -> None:
        """Checks the desk's customers again, because events of its sessions may have been missed."""
        for socket in self._index:
            if socket.viewer.desk_id == desk_id and is_customer(socket.viewer):
                self.recheck(socket)

    def person_changed(self, entry: directory.DirectoryEntry) -> None:
        """Corrects the subscriptions of engineers to a person who has changed in the directory."""
        person = entry.person
        self._people.person_changed(entry)
        for socket in list(self._index.engineers(person.desk_id)):
            if person.id not in self._index.people.requested(socket):
                continue
            watched = self._index.people.granted(socket)
            if not may_see(socket.viewer, person):
                self._index.people.grant(socket, watched - {person.id})
            elif person.id not in watched:
                self.recheck(socket)

    def received(self, person: presence.PersonPresence) -> None:
        """A change or a first state. An older revision is ignored."""
        key = (person.desk_id, person.person_id)
        state = self._states.get(key)
        if state is not None and person.revision <= state[0]:
            return
        self._states[key] = (person.revision, proto_json(person))
        self._unsent[key] = None
        self._changed.set()

    def fetch_all(self) -> None:
        """Fetches every state again, because events may have been missed."""
        self._people.clear()
        for desk_id, person_id in self._states:
            self._want(desk_id, person_id)

    async def send(self) -> None:
        """Runs until cancelled: sends new states to pages."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(COLLECT_FOR)
            self._changed.clear()
            self._send()
            self._drop_unwatched()

    async def check(self) -> None:
        """Checks which of the requested people restricted engineers may see. Runs until it fails, after it has tried each; the next run
        checks those that are left. Raises TypedError."""
        while True:
            await self._checks.wait()
            await all_of((self._check(socket, request) for socket, request in list(self._unchecked.items())), QUERIES)
            if not self._unchecked:
                self._checks.clear()

    async def fetch(self) -> None:
        """Fetches the first state of people who are newly on screen. Runs until it fails, after it has tried each batch; the next run
        fetches those that are left. Raises TypedError."""
        while True:
            await self._fetch_due.wait()
            await asyncio.sleep(BATCH_WITHIN)
            self._fetch_due.clear()
            wanted, self._wanted = self._wanted, {}
            # Only those who are still on a screen, so that a page that watches others all the time adds no work.
            ids = [(desk, [id for id in people if self._index.people.granted_to(desk, id)]) for desk, people in wanted.items()]
            batches = [(desk_id, some[at : at + AT_ONCE]) for desk_id, some in ids for at in range(0, len(some), AT_ONCE)]
            await all_of((self._fetch(*batch) for batch in batches), QUERIES)

    def _watch(self, socket: Socket, requested: frozenset[str]) -> None:
        desk_id = socket.viewer.desk_id
        new = requested - self._index.people.granted(socket)
        for id in new:
            # Events were ignored while nobody here watched the person, so the stored state is stale.
            if not self._index.people.granted_to(desk_id, id):
                self._states.pop((desk_id, id), None)
        self._index.people.grant(socket, requested)
        state = [self._states[desk_id, id][1] for id in new if (desk_id, id) in self._states]
        if state:
            socket.send(server_frames.presences(state))
        for id in new:
            if (desk_id, id) not in self._states:
                self._want(desk_id, id)

    def _want(self, desk_id: str, person_id: str) -> None:
        self._wanted.setdefault(desk_id, {})[person_id] = None
        self._fetch_due.set()

    async def _check(self, socket: Socket, request: tuple[Caller, frozenset[str]]) -> None:
        viewer, requested = request
        visible = await self._people.visible_to(viewer, requested)
        # The request or the access may have changed meanwhile, and the socket may be closed.
        if self._unchecked.get(socket) is request:
            del self._unchecked[socket]
            if socket in self._index:
                self._watch(socket, visible)

    async def _fetch(self, desk_id: str, people: Collection[str]) -> None:
        try:
            request = presence.GetPresenceRequest(desk_id=desk_id, person_ids=people)
            answer: presence.GetPresenceResponse = await self._presence.call("GetPresence", request)
        except BaseException:
            for id in people:
                self._want(desk_id, id)
            raise
        for person in answer.presences:
            person.desk_id = desk_id
            self.received(person)

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, {}
        for_sockets: dict[Socket, list[bytes]] = {}
        for key in unsent:
            # It may have been dropped, and requested again.
            if (state := self._states.get(key)) is None:
                continue
            for socket in self._index.people.granted_to(*key):
                for_sockets.setdefault(socket, []).append(state[1])
        for socket, json in for_sockets.items():
            socket.send(server_frames.presences(json))

    def _drop_unwatched(self) -> None:
        for key in [key for key in self._states if not self._index.people.granted_to(*key)]:
            del self._states[key]
