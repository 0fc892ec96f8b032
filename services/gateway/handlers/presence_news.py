"""The presence of the people on screen: first state by asking, then what presence says, and only to those who look (spec 1.12)."""

import asyncio
from collections.abc import Iterable

from parley.presence.v1 import presence_pb2 as presence
from servicekit.errors import TypedError
from servicekit.logs import log
from services.gateway.domain.cards import is_in
from services.gateway.domain.interest import Interest
from services.gateway.handlers import server_frames
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.ports import Line, Service

# Changes of many people within this time make one frame.
COLLECT_FOR = 0.1
# A first state that could not be had is asked for again so often.
RETRY_AFTER = 1.0
AT_ONCE = 500


class PresenceNews:
    """Newest revision known of each person on screen, and what is not sent yet."""

    def __init__(self, interest: Interest[Line], cards: DeskCards, presence_service: Service) -> None:
        self._interest, self._cards, self._presence = interest, cards, presence_service
        self._known: dict[tuple[str, str], tuple[int, bytes]] = {}
        self._unsent: dict[tuple[str, str], None] = {}
        self._wanted: dict[str, dict[str, None]] = {}
        self._work = asyncio.Event()

    def watch(self, line: Line, person_ids: Iterable[str]) -> None:
        """From now on the line hears of these people. It is told of each at once, or as soon as that is known."""
        wished = self._allowed(line, person_ids)
        new = wished - self._interest.watched_by(line)
        self._interest.watch(line, wished)
        desk_id = line.viewer.desk_id
        known = [self._known[desk_id, id][1] for id in new if (desk_id, id) in self._known]
        if known:
            line.send(server_frames.presences(known))
        for id in new:
            if (desk_id, id) not in self._known:
                self._wanted.setdefault(desk_id, {})[id] = None
                self._work.set()

    def concerns(self, desk_id: str, person_id: str) -> bool:
        return bool(self._interest.watchers(desk_id, person_id))

    def heard(self, person: presence.PersonPresence) -> None:
        """A change, or a first state; older ones change nothing."""
        key = (person.desk_id, person.person_id)
        known = self._known.get(key)
        if known is not None and person.revision <= known[0]:
            return
        self._known[key] = (person.revision, server_frames.proto_json(person))
        self._unsent[key] = None
        self._work.set()

    def ask_all_again(self) -> None:
        """Something may have been missed."""
        for desk_id, person_id in self._known:
            self._wanted.setdefault(desk_id, {})[person_id] = None
        self._work.set()

    async def run(self) -> None:
        """For ever: asks for what is wanted and sends what is new."""
        while True:
            await self._work.wait()
            await asyncio.sleep(COLLECT_FOR)
            self._work.clear()
            complete = await self._ask()
            self._send()
            self._forget_unwatched()
            if not complete:
                await asyncio.sleep(RETRY_AFTER)
                self._work.set()

    def _allowed(self, line: Line, person_ids: Iterable[str]) -> frozenset[str]:
        # A customer may look at the people of their own sessions; of others they can't even learn that they exist (spec 10.2).
        wished = frozenset(person_ids)
        if line.audience == "engineer":
            return wished
        mine = self._cards.of(line.viewer.desk_id).mine(line.viewer)
        met = {id for card in mine if is_in(line.viewer, card) for id in (*card.participants, card.creator_id)}
        return wished & (met | {line.viewer.id})

    async def _ask(self) -> bool:
        complete = True
        for desk_id in list(self._wanted):
            people = list(self._wanted.pop(desk_id))
            for first in range(0, len(people), AT_ONCE):
                some = people[first : first + AT_ONCE]
                try:
                    request = presence.GetPresenceRequest(desk_id=desk_id, person_ids=some)
                    answer: presence.GetPresenceResponse = await self._presence.call("GetPresence", request)
                except TypedError as error:
                    log.warning("presence_not_known", desk=desk_id, people=len(some), code=error.code)
                    self._wanted.setdefault(desk_id, {}).update(dict.fromkeys(some))
                    complete = False
                    continue
                for person in answer.presences:
                    person.desk_id = desk_id
                    self.heard(person)
        return complete

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, {}
        for_lines: dict[Line, list[bytes]] = {}
        for key in unsent:
            for line in self._interest.watchers(*key):
                for_lines.setdefault(line, []).append(self._known[key][1])
        for line, json in for_lines.items():
            line.send(server_frames.presences(json))

    def _forget_unwatched(self) -> None:
        for key in [key for key in self._known if not self._interest.watchers(*key)]:
            del self._known[key]
