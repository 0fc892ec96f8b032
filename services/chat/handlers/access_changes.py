"""Takes engineers whose access ends out of the sessions that they may not see any more (spec 4.9, 10.10)."""

import asyncio

from services.chat.domain import conversation as rules
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ACTIVE
from services.chat.handlers.session_writer import SessionWriter
from services.chat.ports import Directory, SessionQuery, Sessions, all_sessions

# Lists lag behind the log, and a running call may have the old access: a second check finds an engineer who has just joined.
RECHECK_AFTER = 1.0


# Every replica consumes every change and checks the sessions itself. At its start it checks all active sessions, because it may have
# missed changes. A repeat changes nothing.
class AccessChanges:
    """Its loop handles the collected changes and restarts after an error, until it has checked every session."""

    def __init__(self, writer: SessionWriter, lists: Sessions, directory: Directory) -> None:
        self._writer, self._lists, self._directory = writer, lists, directory
        self._queries: dict[SessionQuery, None] = {}
        self._work = asyncio.Event()

    def engineer_changed(self, desk_id: str, person_id: str) -> None:
        """The directory has a new revision of an engineer."""
        query = SessionQuery(desk_id, person_id=person_id, statuses=ACTIVE)
        self._enqueue(query)
        asyncio.get_running_loop().call_later(RECHECK_AFTER, self._enqueue, query)

    def check_all(self) -> None:
        """Checks all active sessions, because changes may have been missed."""
        self._enqueue(SessionQuery("", statuses=ACTIVE))

    async def run(self) -> None:
        """Runs until it fails; the next run repeats the queries of this one. Raises Unavailable."""
        while True:
            await self._work.wait()
            queries, self._queries = self._queries, {}
            try:
                for query in queries:
                    async for session in all_sessions(self._lists, query):
                        await self.session(session)
            except BaseException:
                self._queries = {**queries, **self._queries}
                raise
            if not self._queries:
                self._work.clear()

    async def session(self, session: ChatSession) -> None:
        """Takes out of one session the engineers who may not see it."""
        if rules.access_ended(session, self._directory.may_see):
            await self._writer.decide_as_system(
                session.desk_id,
                session.id,
                f"access_ended:{session.revision}",
                "access_ended",
                lambda newest, now: rules.access_ended(newest, self._directory.may_see),
            )

    def _enqueue(self, query: SessionQuery) -> None:
        self._queries[query] = None
        self._work.set()
