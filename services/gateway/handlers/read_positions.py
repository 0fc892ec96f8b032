"""Read positions: from pages to chat, and from chat to the pages that show them (spec 7.5, 7.6).

All pages of the reader on this replica are answered when chat has saved the position; all others get it by Kafka. A page without an
answer marks again, so a crash loses nothing.

"Delivered" takes the same way (spec 7.5): the page reports what it holds and its person has not read, chat keeps both numbers in one
document, and one record and one frame carry both. So it works over replicas, reloads and restarts, follows the same rule about who may
know it, and costs nothing for a message that is read within a second. The reader's own pages are not sent it: they need no answer, and
to them a read position means that notifications of the session may be closed.
"""

import asyncio
from collections.abc import Collection
from typing import NamedTuple

from parley.chat.v1 import chat_pb2 as chat
from servicekit.errors import Kind, TypedError
from servicekit.identity import Caller
from servicekit.metrics import Metrics
from services.gateway.domain.access import is_in, may_learn_position, may_see
from services.gateway.domain.bounded_dict import BoundedDict
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.outbound import server_frames
from services.gateway.ports import Service, Socket

# Concurrent calls to chat, and seconds between two batches. A batch has at most one call for each person and session.
AT_ONCE = 64
PAUSE = 0.25
# Positions that are cached; the least recently used is dropped first, and its next mark is sent to chat again.
MAX_CACHED = 20_000
Key = tuple[str, str, str]  # desk, session, person


class _Mark(NamedTuple):
    """What is to be saved of a person in a session; 0 = nothing."""

    viewer: Caller
    revision: int = 0
    delivered: int = 0


class ReadPositions:
    def __init__(self, index: SocketIndex[Socket], cards: DeskCards, chat_service: Service, metrics: Metrics) -> None:
        self._index, self._cards, self._chat = index, cards, chat_service
        # The highest revisions of each person and session, to be saved.
        self._wanted: dict[Key, _Mark] = {}
        # The position last sent to each person's own pages here.
        self._sent: BoundedDict[Key, int] = BoundedDict(MAX_CACHED)
        # The highest revision of which chat has saved that a page of the person has received it.
        self._delivered: BoundedDict[Key, int] = BoundedDict(MAX_CACHED)
        self._work = asyncio.Event()
        self._marks = metrics.counter("read_marks_total", "Read positions from pages, by what became of them", ["outcome"])

    def mark(self, socket: Socket, session_id: str, revision: int) -> None:
        """The socket's person has read the session up to `revision`."""
        viewer = socket.viewer
        card = self._cards.of(viewer.desk_id).get(session_id)
        if not (card and is_in(viewer, card)) and session_id not in self._index.sessions.granted(socket):
            self._marks.labels("ignored").inc()
            return
        key = (viewer.desk_id, session_id, viewer.id)
        if revision <= (sent := self._sent.get(key, 0)):
            # Another page has marked it before.
            self._marks.labels("cached").inc()
            socket.send(server_frames.read(session_id, viewer.id, sent))
            return
        self._want(key, _Mark(viewer, revision=revision))

    def delivered(self, socket: Socket, session_id: str, revision: int) -> None:
        """The socket's page has received the session up to `revision`. Counts for people in the session; nobody answers."""
        viewer = socket.viewer
        card = self._cards.of(viewer.desk_id).get(session_id)
        key = (viewer.desk_id, session_id, viewer.id)
        if not (card and is_in(viewer, card)):
            self._marks.labels("ignored").inc()
        elif revision <= max(self._sent.get(key, 0), self._delivered.get(key, 0)):
            self._marks.labels("cached").inc()
        else:
            self._want(key, _Mark(viewer, delivered=revision))

    def _want(self, key: Key, mark: _Mark) -> None:
        before = self._wanted.get(key, mark)
        self._wanted[key] = _Mark(mark.viewer, max(before.revision, mark.revision), max(before.delivered, mark.delivered))
        self._work.set()

    async def run(self) -> None:
        """Runs until cancelled: saves marked positions in chat."""
        while True:
            await self._work.wait()
            self._work.clear()
            wanted, self._wanted = list(self._wanted.items()), {}
            for start in range(0, len(wanted), AT_ONCE):
                await asyncio.gather(*(self._save(key, mark) for key, mark in wanted[start : start + AT_ONCE]))
            await asyncio.sleep(PAUSE)

    async def _save(self, key: Key, mark: _Mark) -> None:
        # What is read is delivered.
        delivered = mark.delivered if mark.delivered > mark.revision else 0
        request = chat.MarkReadRequest(session_id=key[1], revision=mark.revision, delivered=delivered)
        try:
            await self._chat.call("MarkRead", request, mark.viewer)
        except TypedError as error:
            no_answer = error.kind in (Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED)
            self._marks.labels("no_answer" if no_answer else "refused").inc()
            return
        self._marks.labels("saved").inc()
        self._keep_delivered(key, delivered)
        self._send_own(key, mark.revision)

    def publish(self, desk_id: str, people: Collection[str], position: chat.ReadPosition) -> int:
        """Sends the position to these people, who are in the session, and to engineers who follow it. Returns the number of frames."""
        session_id, reader = position.session_id, position.person_id
        self._keep_delivered((desk_id, session_id, reader), position.delivered)
        sent = self._send_own((desk_id, session_id, reader), position.revision)
        sockets = self._index.sockets_of_session(desk_id, session_id, people)
        frame = server_frames.read(session_id, reader, position.revision, position.delivered)
        card = self._cards.of(desk_id).find(session_id) if sockets else None
        for socket in sockets:
            viewer = socket.viewer
            if may_learn_position(viewer, reader, people) and card and may_see(viewer, card):
                socket.send(frame)
                sent += 1
        return sent

    def _keep_delivered(self, key: Key, revision: int) -> None:
        if revision > self._delivered.get(key, 0):
            self._delivered[key] = revision

    def _send_own(self, key: Key, revision: int) -> int:
        if revision <= self._sent.get(key, 0):
            return 0
        self._sent[key] = revision
        desk_id, session_id, reader = key
        own = self._index.of_person(desk_id, reader)
        frame = server_frames.read(session_id, reader, revision)
        for socket in own:
            socket.send(frame)
        return len(own)
