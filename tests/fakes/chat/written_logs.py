"""Written chat logs in memory; passes the same tests as the Mongo one (tests/adapters/chat/test_chat_logs.py)."""

import asyncio

from services.chat.ports import WrittenLog


class FakeWrittenLogs:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], WrittenLog] = {}

    async def add(self, log: WrittenLog) -> None:
        await asyncio.sleep(0)
        self.kept[log.session_id, log.sha256] = log

    async def find(self, desk_id: str, session_id: str, sha256: str) -> WrittenLog | None:
        await asyncio.sleep(0)
        log = self.kept.get((session_id, sha256))
        return log if log and log.desk_id == desk_id else None
