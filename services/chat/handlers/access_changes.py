"""Takes engineers whose access ends out of the sessions that they may not see any more (spec 4.9, 10.10)."""

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
# Lists lag behind the log, and a call may still run with the old access: the second look finds who has just joined.
SECOND_LOOK_AFTER = 1.0


# Every replica consumes every change and looks by itself. At its start it looks at all living sessions, so that no change is missed while
# a replica is down. A repeat changes nothing.
class AccessChanges:
    """One loop handles the collected changes and retries until it has looked at every session."""

    def __init__(self, writer: SessionWriter, lists: Sessions, directory: Directory, second_look_after: float = SECOND_LOOK_AFTER) -> None:
        self._writer, self._lists, self._directory = writer, lists, directory
        self._second_look_after = second_look_after
        self._queries: dict[SessionQuery, None] = {}
        self._work = asyncio.Event()

    def engineer_changed(self, desk_id: str, person_id: str) -> None:
        """The directory has a new revision of an engineer."""
        query = SessionQuery(desk_id, person_id=person_id, statuses=ACTIVE)
        self._look_at(query)
        asyncio.get_running_loop().call_later(self._second_look_after, self._look_at, query)

    def everything(self) -> None:
        """Looks at all living sessions, because changes may have been missed."""
        self._look_at(SessionQuery("", statuses=ACTIVE))

    async def run(self) -> None:
        """Runs for ever."""
        while True:
            await self._work.wait()
            self._work.clear()
            queries, self._queries = self._queries, {}
            try:
                for query in queries:
                    await self._look(query)
            except TypedError as error:
                log.warning("access_check_retried", code=error.code)
                self._queries = {**queries, **self._queries}
                await asyncio.sleep(RETRY_AFTER)
                self._work.set()

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
