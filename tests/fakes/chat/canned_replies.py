"""Canned replies in memory; the store passes the same tests as the Mongo one (tests/adapters/chat/test_canned_replies.py)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from services.chat.domain.canned_replies import CannedReply
from services.chat.domain.people import Person


class FakeCannedReplies:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[tuple[CannedReply, ...], int]] = {}

    async def of(self, desk_id: str, owner_id: str) -> tuple[tuple[CannedReply, ...], int]:
        await asyncio.sleep(0)
        return self.kept.get((desk_id, owner_id), ((), 0))

    async def save(self, desk_id: str, owner_id: str, replies: Sequence[CannedReply], version: int, by: Person, at: datetime) -> bool:
        _, current = await self.of(desk_id, owner_id)
        if current != version:
            return False
        self.kept[desk_id, owner_id] = (tuple(replies), version + 1)
        return True

    async def remove(self, desk_id: str, owner_id: str) -> None:
        self.kept.pop((desk_id, owner_id), None)
