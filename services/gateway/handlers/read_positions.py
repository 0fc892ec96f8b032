"""How far people have read, from their pages to chat and from chat to the pages that show it (spec 7.5, 7.6).

The page that marks is answered as soon as chat has saved the position, and so are the person's other pages here; everybody else is told
by Kafka. What is lost on the way costs nothing for long: a page without an answer marks again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection

from parley.chat.v1 import chat_pb2 as chat
from servicekit.errors import Kind, TypedError
from servicekit.identity import Caller
from servicekit.metrics import Metrics
from services.gateway.domain.access import is_in, may_see
from services.gateway.domain.interest import Interest
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.outbound import server_frames
from services.gateway.ports import Service, Socket

# Calls to chat at the same time, and seconds between two rounds of them: within a round a person marks a session once.
AT_ONCE = 64
PAUSE = 0.25
# Of one replica; the longest unused are dropped, and then a page's mark is asked of chat once more.
REMEMBERED = 20_000
Key = tuple[str, str, str]  # desk, session, person


class ReadPositions:
    def __init__(self, interest: Interest[Socket], cards: DeskCards, chat_service: Service, metrics: Metrics) -> None:
        self._interest, self._cards, self._chat = interest, cards, chat_service
        # At most one for each person and session that has a socket here.
        self._wanted: dict[Key, tuple[Caller, int]] = {}
        # What each person's pages here were told of their own reading.
        self._sent: OrderedDict[Key, int] = OrderedDict()
        self._work = asyncio.Event()
        self._marks = metrics.counter("read_marks_total", "Read positions from pages, by what became of them", ["outcome"])

    def mark(self, socket: Socket, session_id: str, revision: int) -> None:
        """A page says that its person has read the session up to `revision`."""
        viewer = socket.viewer
        card = self._cards.of(viewer.desk_id).get(session_id)
        if not (card and is_in(viewer, card)) and session_id not in self._interest.followed_by(socket):
            self._marks.labels("ignored").inc()
            return
        key = (viewer.desk_id, session_id, viewer.id)
        if revision <= (sent := self._sent.get(key, 0)):
            # Another page was quicker.
            self._marks.labels("cached").inc()
            socket.send(server_frames.read(session_id, viewer.id, sent))
            return
        _, before = self._wanted.get(key, (viewer, 0))
        self._wanted[key] = (viewer, max(before, revision))
        self._work.set()

    async def run(self) -> None:
        """For ever: passes on to chat what pages marked."""
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

    def concerned(self, desk_id: str, session_id: str, people: Collection[str]) -> bool:
        """Whether a page here belongs to one of these people, or follows the session."""
        return bool(self._interest.followers(desk_id, session_id)) or any(self._interest.of_person(desk_id, person) for person in people)

    def publish(self, desk_id: str, people: Collection[str], position: chat.ReadPosition) -> int:
        """Tells these people, who are in the session, and the engineers who follow it; says how many frames were sent."""
        session_id, reader = position.session_id, position.person_id
        sent = self._send_own((desk_id, session_id, reader), position.revision)
        followers = (socket for socket in self._interest.followers(desk_id, session_id) if socket.viewer.kind == "engineer")
        others = {*(socket for person in people for socket in self._interest.of_person(desk_id, person)), *followers}
        frame = server_frames.read(session_id, reader, position.revision)
        card = self._cards.of(desk_id).find(session_id) if others else None
        for socket in others:
            if socket.viewer.id != reader and card and may_see(socket.viewer, card):
                socket.send(frame)
                sent += 1
        return sent

    def _send_own(self, key: Key, revision: int) -> int:
        if revision <= self._sent.get(key, 0):
            return 0
        self._sent[key] = revision
        self._sent.move_to_end(key)
        while len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)
        desk_id, session_id, reader = key
        own = self._interest.of_person(desk_id, reader)
        frame = server_frames.read(session_id, reader, revision)
        for socket in own:
            socket.send(frame)
        return len(own)
