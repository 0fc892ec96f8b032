"""Engineers whose access ends are taken out of the sessions that they may not see any more (spec 4.9, 10.10)."""

import asyncio

from servicekit.errors import TypedError
from servicekit.logs import log
from services.chat.domain import conversation as rules
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ACTIVE
from services.chat.handlers.session_writer import SessionWriter
from services.chat.ports import Directory, SessionQuery, Sessions

A_PAGE = 200
RETRY_AFTER = 1.0
# Lists lag a moment behind the log, and a call may still be under way with the old access: who has just joined is found by then.
SECOND_LOOK_AFTER = 1.0


# Every replica hears of every change and looks by itself, and at its start it looks at all living sessions, so that no change is missed
# while a replica is down. Doing it twice changes nothing: what the session holds by then decides.
class AccessChanges:
    """Changes are collected and looked at by one loop, again and again until everything could be asked."""

    def __init__(self, writer: SessionWriter, lists: Sessions, directory: Directory, second_look_after: float = SECOND_LOOK_AFTER) -> None:
        self._writer, self._lists, self._directory = writer, lists, directory
        self._second_look_after = second_look_after
        self._queries: dict[SessionQuery, None] = {}
        self._work = asyncio.Event()

    def engineer_changed(self, desk_id: str, person_id: str) -> None:
        """The directory has something new about an engineer."""
        query = SessionQuery(desk_id, person_id=person_id, statuses=ACTIVE)
        self._look_at(query)
        asyncio.get_running_loop().call_later(self._second_look_after, self._look_at, query)

    def everything(self) -> None:
        """Changes may have been missed."""
        self._look_at(SessionQuery("", statuses=ACTIVE))

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._work.wait()
            self._work.clear()
            queries, self._queries = self._queries, {}
            try:
                for query in queries:
                    await self._look(query)
            except TypedError as error:
                log.warning("access_checked_later", code=error.code)
                self._queries = {**queries, **self._queries}
                await asyncio.sleep(RETRY_AFTER)
                self._work.set()

    async def session(self, session: ChatSession) -> None:
        """Takes out of one session who may not see it."""
        if rules.access_ended(session, self._directory.may_see):
            await self._writer.decide_as_system(
                session.desk_id,
                session.id,
                f"access_ended:{session.revision}",
                "access_ended",
                lambda newest, now: rules.access_ended(newest, self._directory.may_see),
            )

    def _look_at(self, query: SessionQuery) -> None:
        self._queries[query] = None
        self._work.set()

    async def _look(self, query: SessionQuery) -> None:
        token = ""
        while True:
            page = await self._lists.find(query, A_PAGE, token)
            for session in page.sessions:
                await self.session(session)
            token = page.next_token
            if not token:
                return
