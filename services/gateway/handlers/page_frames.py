"""What follows from each frame of a page."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from parley.chat.v1.chat_pb2 import GetSessionRequest, GetSessionResponse, Refusal
from servicekit import tracing
from servicekit.errors import Kind, TypedError
from servicekit.logs import log
from services.gateway.domain.errors import GatewayError, TooLong, TooManyPosts
from services.gateway.domain.interest import Interest
from services.gateway.domain.unanswered import Unanswered
from services.gateway.handlers import client_frames as frames
from services.gateway.handlers import server_frames
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.lines import Lines
from services.gateway.handlers.presence_news import PresenceNews
from services.gateway.handlers.session_news import SessionNews
from services.gateway.ports import Line, Post, Posts, Service

# No entry is above it: asks for a session's card alone.
NO_ENTRIES = 2**32 - 1
ASK_AGAIN_AFTER = 1.0
# Of a message (spec 3.6), as chat has it; tests/contract holds the two together.
MAX_CHARS = 4000
# Seconds after which a page that was refused for want of room should try again.
ROOM_AFTER = 1


class PageFrames:
    """One method for each kind of frame. None of them waits: what takes time goes on by itself."""

    def __init__(
        self,
        interest: Interest[Line],
        lines: Lines,
        news: SessionNews,
        presences: PresenceNews,
        reports: ConnectionReports,
        posts: Posts,
        chat_service: Service,
    ) -> None:
        self._interest, self._lines, self._news, self._presences, self._reports = interest, lines, news, presences, reports
        self._posts, self._chat = posts, chat_service
        self._asking: dict[Line, asyncio.Task[None]] = {}
        self._unanswered: dict[Line, Unanswered] = {}
        self._steps: Mapping[type[frames.ClientFrame], Callable[[Line, Any], None]] = {
            frames.Beat: self._beat,
            frames.Activity: self._activity,
            frames.WatchPeople: self._watch_people,
            frames.FollowSessions: self._follow_sessions,
            frames.PostFrame: self._post,
            frames.Typing: self._typing,
        }

    def heard(self, line: Line, frame: frames.Frame) -> None:
        """A frame of a line that was let in."""
        self._steps[type(frame)](line, frame)

    def gone(self, line: Line) -> None:
        """The line is closed: nothing needs to be asked for it any more."""
        self._unanswered.pop(line, None)
        self._stop_asking(line)

    def _stop_asking(self, line: Line) -> None:
        if task := self._asking.pop(line, None):
            task.cancel()

    def _beat(self, line: Line, frame: frames.Beat) -> None:
        """Being heard was all."""

    def _activity(self, line: Line, frame: frames.Activity) -> None:
        self._reports.active(line)

    def _watch_people(self, line: Line, frame: frames.WatchPeople) -> None:
        self._presences.watch(line, frame.person_ids)

    def _typing(self, line: Line, frame: frames.Typing) -> None:
        self._news.typing(line, frame.session_id)

    def _post(self, line: Line, frame: frames.PostFrame) -> None:
        session_id, command_id, text = frame.session_id, frame.command_id, frame.text
        unanswered = self._unanswered.setdefault(line, Unanswered())
        size = len(text.encode())
        if refusal := refusal_at_once(text, size, unanswered):
            line.send(server_frames.refused(command_id, server_frames.refusal_of(refusal)))
            return
        posting = tracing.begin("post", frame.traceparent)

        def answered(revision: int, refusal: Refusal | None) -> None:
            posting.end()
            unanswered.give_back(size)
            if refusal is None:
                line.send(server_frames.posted(session_id, command_id, revision))
            else:
                line.send(server_frames.refused(command_id, refusal))

        self._posts.post(Post(line.viewer, session_id, command_id, frame.previous_command_id, text, posting.traceparent), answered)

    def _follow_sessions(self, line: Line, frame: frames.FollowSessions) -> None:
        wished = frozenset(frame.session_ids)
        # Kept at once are those that were allowed before; the others wait until chat says that this person may see them.
        allowed = wished & self._interest.followed_by(line)
        self._interest.follow(line, allowed)
        self._stop_asking(line)
        if wished != allowed:
            task = asyncio.get_running_loop().create_task(self._ask(line, wished - allowed))
            self._asking[line] = task
            task.add_done_callback(lambda done: self._asked(line, done))

    async def _ask(self, line: Line, wished: frozenset[str]) -> None:
        for session_id in wished:
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
            self._news.answered(session_id, answer.session.card.revision)
            return True

    def _asked(self, line: Line, done: "asyncio.Task[None]") -> None:
        if self._asking.get(line) is done:
            del self._asking[line]
        if not done.cancelled() and (error := done.exception()):
            log.error("follow_failed", exc_info=error)


def refusal_at_once(text: str, size: int, unanswered: Unanswered) -> GatewayError | None:
    """Why a post does not even travel to chat; None when it does, and then it is counted among the unanswered."""
    if len(text) > MAX_CHARS:
        return TooLong(f"At most {MAX_CHARS} characters, this has {len(text)}.", field="text", most=str(MAX_CHARS))
    if not unanswered.take(size):
        return TooManyPosts("Too much of this page waits for an answer.", retry_after=str(ROOM_AFTER))
    return None
