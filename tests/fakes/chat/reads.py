"""Read positions in memory; the store passes the same tests as the Mongo one (tests/adapters/chat/test_reads.py)."""

import asyncio
from collections.abc import Sequence

from services.chat.domain.access import ReadPosition, who_may_see_position
from services.chat.domain.people import Person
from services.chat.domain.session import ChatSession


class FakeReads:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str], ReadPosition] = {}

    async def move(self, desk_id: str, position: ReadPosition) -> bool:
        await asyncio.sleep(0)
        key = (desk_id, position.session_id, position.person_id)
        before = self.kept.get(key)
        self.kept[key] = position.joined(before) if before else position
        return self.kept[key] != before

    async def of_session(self, desk_id: str, session_id: str) -> list[ReadPosition]:
        await asyncio.sleep(0)
        return [position for (d, s, _), position in self.kept.items() if (d, s) == (desk_id, session_id)]

    async def of_person(self, desk_id: str, person_id: str, session_ids: Sequence[str]) -> list[ReadPosition]:
        await asyncio.sleep(0)
        kept = (self.kept.get((desk_id, session_id, person_id)) for session_id in session_ids)
        return [position for position in kept if position]

    async def forget(self, session_id: str, person_id: str) -> None:
        await asyncio.sleep(0)
        self.kept = {key: position for key, position in self.kept.items() if key[1:] != (session_id, person_id)}


class FakeReadTopic:
    """Keeps the published positions and who may learn of them."""

    def __init__(self) -> None:
        self.published: list[tuple[ReadPosition, frozenset[str]]] = []

    def moved(self, position: ReadPosition, session: ChatSession, reader: Person) -> None:
        self.published.append((position, who_may_see_position(session, reader)))
