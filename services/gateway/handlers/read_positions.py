"""Read positions: from pages to chat, and from chat to the pages that show them (spec 7.5, 7.6).

All pages of the reader on this replica are answered when chat has saved the position; all others get it by Kafka. A page without an
answer marks again, so a crash loses nothing.
"""

import asyncio
from collections.abc import Collection

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


class ReadPositions:
    def __init__(self, index: SocketIndex[Socket], cards: DeskCards, chat_service: Service, metrics: Metrics) -> None:
        self._index, self._cards, self._chat = index, cards, chat_service
        # The highest marked revision of each person and session, to be saved.
        self._wanted: dict[Key, tuple[Caller, int]] = {}
        # The position last sent to each person's own pages here.
        self._sent: BoundedDict[Key, int] = BoundedDict(MAX_CACHED)
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
        _, before = self._wanted.get(key, (viewer, 0))
        self._wanted[key] = (viewer, max(before, revision))
        self._work.set()

    async def run(self) -> None:
        """Runs until cancelled: saves marked positions in chat."""
        while True:
            await self._work.wait()
            self._work.clear()
            wanted, self._wanted = list(self._wanted.items()), {}
            for start in range(0, len(wanted), AT_ONCE):
                await asyncio.gather(*(self._save(key, *mark) for key, mark in wanted[start : start + AT_ONCE]))
            await asyncio.sleep(PAUSE)

    async def _save(self, key: Key, viewer: Caller, revision: int) -> None:
        request = chat.MarkReadRequest(session_id=key[1], revision=revision)
        try:
            await self._chat.call("MarkRead", request, viewer)
        except TypedError as error:
            no_answer = error.kind in (Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED)
            self._marks.labels("no_answer" if no_answer else "refused").inc()
            return
        self._marks.labels("saved").inc()
        self._send_own(key, revision)

    def publish(self, desk_id: str, people: Collection[str], position: chat.ReadPosition) -> int:
        """Sends the position to these people, who are in the session, and to engineers who follow it. Returns the number of frames."""
        session_id, reader = position.session_id, position.person_id
        sent = self._send_own((desk_id, session_id, reader), position.revision)
        sockets = self._index.sockets_of_session(desk_id, session_id, people)
        frame = server_frames.read(session_id, reader, position.revision)
        card = self._cards.of(desk_id).find(session_id) if sockets else None
        for socket in sockets:
            viewer = socket.viewer
            if may_learn_position(viewer, reader, people) and card and may_see(viewer, card):
                socket.send(frame)
                sent += 1
        return sent

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
