"""Read positions in memory; the store passes the same tests as the Mongo one (tests/adapters/chat/test_reads.py)."""

import asyncio
from collections.abc import Sequence

from services.chat.domain.access import ReadPosition, who_may_see_position
from services.chat.domain.people import Person
from services.chat.domain.session import ChatSession


class FakeReads:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str], int] = {}

    async def move(self, desk_id: str, position: ReadPosition) -> bool:
        await asyncio.sleep(0)
        key = (desk_id, position.session_id, position.person_id)
        if position.revision <= self.kept.get(key, 0):
            return False
        self.kept[key] = position.revision
        return True

    async def of_session(self, desk_id: str, session_id: str) -> list[ReadPosition]:
        await asyncio.sleep(0)
        return [ReadPosition(s, p, revision) for (d, s, p), revision in self.kept.items() if (d, s) == (desk_id, session_id)]

    async def of_person(self, desk_id: str, person_id: str, session_ids: Sequence[str]) -> list[ReadPosition]:
        await asyncio.sleep(0)
        kept = ((session_id, self.kept.get((desk_id, session_id, person_id))) for session_id in session_ids)
        return [ReadPosition(session_id, person_id, revision) for session_id, revision in kept if revision]

    async def forget(self, session_id: str, person_id: str) -> None:
        await asyncio.sleep(0)
        self.kept = {key: revision for key, revision in self.kept.items() if key[1:] != (session_id, person_id)}


class FakeReadTopic:
    """Keeps the published positions and who may learn of them."""

    def __init__(self) -> None:
        self.published: list[tuple[ReadPosition, frozenset[str]]] = []

    def moved(self, position: ReadPosition, session: ChatSession, reader: Person) -> None:
        self.published.append((position, who_may_see_position(session, reader)))
