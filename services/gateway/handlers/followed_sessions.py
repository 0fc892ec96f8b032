"""The sessions that pages have open: whose entries they get although their person is not in them. Chat says who may see a session."""

import asyncio
from collections.abc import Iterable

from parley.chat.v1.chat_pb2 import GetSessionRequest, GetSessionResponse
from servicekit.errors import Kind, TypedError
from servicekit.logs import log
from services.gateway.domain.interest import Interest
from services.gateway.handlers.lines import Lines
from services.gateway.handlers.session_news import SessionNews
from services.gateway.ports import Line, Service

# No entry is above it: asks for a session's card alone.
NO_ENTRIES = 2**32 - 1
ASK_AGAIN_AFTER = 1.0


class FollowedSessions:
    """A page's wish replaces its former one. One task for each line that waits for an answer."""

    def __init__(self, interest: Interest[Line], lines: Lines, news: SessionNews, chat_service: Service) -> None:
        self._interest, self._lines, self._news, self._chat = interest, lines, news, chat_service
        self._asking: dict[Line, asyncio.Task[None]] = {}

    def follow(self, line: Line, session_ids: Iterable[str]) -> None:
        """Kept at once are those that were granted before; the others wait until chat says that this person may see them."""
        wished = frozenset(session_ids)
        self._interest.wish_sessions(line, wished)
        self._interest.follow(line, wished & self._interest.followed_by(line))
        self.check_again(line)

    def check_again(self, line: Line) -> None:
        """Asks for what is wished for and not granted, as the person that the line knows now."""
        self.gone(line)
        if missing := self._interest.wished_sessions(line) - self._interest.followed_by(line):
            task = asyncio.get_running_loop().create_task(self._ask(line, missing))
            self._asking[line] = task
            task.add_done_callback(lambda done: self._asked(line, done))

    def gone(self, line: Line) -> None:
        """Nothing needs to be asked for the line any more."""
        if task := self._asking.pop(line, None):
            task.cancel()

    async def _ask(self, line: Line, missing: frozenset[str]) -> None:
        for session_id in missing:
            if await self._may_see(line, session_id) and line in self._interest:
                self._interest.follow(line, self._interest.followed_by(line) | {session_id})
        # What happened while we asked was not sent: the digest tells the page if it lacks something.
        if line in self._interest:
            self._lines.tell_digest(line)

    async def _may_see(self, line: Line, session_id: str) -> bool:
        while True:
            try:
                request = GetSessionRequest(session_id=session_id, after_revision=NO_ENTRIES)
                answer: GetSessionResponse = await self._chat.call("GetSession", request, line.viewer)
            except TypedError as error:
                if error.kind not in (Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED):
                    return False
                await asyncio.sleep(ASK_AGAIN_AFTER)
                continue
            self._news.answered(answer.session.card)
            # It may have moved out of sight since chat answered.
            return self._news.may_see(line, session_id)

    def _asked(self, line: Line, done: "asyncio.Task[None]") -> None:
        if self._asking.get(line) is done:
            del self._asking[line]
        if not done.cancelled() and (error := done.exception()):
            log.error("follow_failed", exc_info=error)
