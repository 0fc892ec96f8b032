"""What follows from each frame of a page."""

from collections.abc import Callable, Mapping
from typing import Any

from parley.chat.v1.chat_pb2 import Refusal
from servicekit import tracing
from services.gateway.domain.errors import GatewayError, TooLong, TooManyPosts
from services.gateway.domain.rate_limits import Limit
from services.gateway.domain.unanswered import Unanswered
from services.gateway.handlers import client_frames as frames
from services.gateway.handlers import server_frames
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.followed_sessions import FollowedSessions
from services.gateway.handlers.presence_updates import PresenceUpdates
from services.gateway.handlers.rate_limiter import RateLimiter, too_many
from services.gateway.handlers.read_positions import ReadPositions
from services.gateway.handlers.session_updates import SessionUpdates
from services.gateway.ports import Post, Posts, Socket

# Of a message (spec 3.6), as chat has it; tests/contract holds the two together.
MAX_CHARS = 4000
# Seconds after which a page that was refused for want of room should try again.
ROOM_AFTER = 1


class PageFrames:
    """One method for each kind of frame. None of them waits: what takes time goes on by itself."""

    def __init__(
        self,
        updates: SessionUpdates,
        presences: PresenceUpdates,
        followed: FollowedSessions,
        reports: ConnectionReports,
        posts: Posts,
        reads: ReadPositions,
        limiter: RateLimiter,
    ) -> None:
        self._updates, self._presences, self._followed, self._reports, self._posts = updates, presences, followed, reports, posts
        self._reads, self._limiter = reads, limiter
        self._unanswered: dict[Socket, Unanswered] = {}
        self._steps: Mapping[type[frames.ClientFrame], Callable[[Socket, Any], None]] = {
            frames.Beat: self._beat,
            frames.Activity: self._activity,
            frames.WatchPeople: self._watch_people,
            frames.FollowSessions: self._follow_sessions,
            frames.PostFrame: self._post,
            frames.Typing: self._typing,
            frames.Read: self._read,
        }

    def received(self, socket: Socket, frame: frames.Frame) -> None:
        """A frame of a line that was let in."""
        self._steps[type(frame)](socket, frame)

    def refuse_post(self, socket: Socket, frame: frames.PostFrame, error: GatewayError) -> None:
        """The page keeps what was typed, and tries again if that may help."""
        socket.send(server_frames.refused(frame.command_id, server_frames.refusal_of(error)))

    def gone(self, socket: Socket) -> None:
        """The line is closed: nothing needs to be asked for it any more."""
        self._unanswered.pop(socket, None)
        self._followed.gone(socket)

    def _beat(self, socket: Socket, frame: frames.Beat) -> None:
        """Being heard was all."""

    def _activity(self, socket: Socket, frame: frames.Activity) -> None:
        self._reports.active(socket)

    def _watch_people(self, socket: Socket, frame: frames.WatchPeople) -> None:
        self._presences.watch(socket, frame.person_ids)

    def _typing(self, socket: Socket, frame: frames.Typing) -> None:
        self._updates.typing(socket, frame.session_id)

    def _read(self, socket: Socket, frame: frames.Read) -> None:
        self._reads.mark(socket, frame.session_id, frame.revision)

    def _post(self, socket: Socket, frame: frames.PostFrame) -> None:
        session_id, command_id, text = frame.session_id, frame.command_id, frame.text
        unanswered = self._unanswered.setdefault(socket, Unanswered())
        size = len(text.encode())
        if wait := self._limiter.wait(Limit.MESSAGES, by=socket.viewer, address=socket.address):
            self.refuse_post(socket, frame, too_many(Limit.MESSAGES, wait))
            return
        if refusal := refusal_at_once(text, size, unanswered):
            self.refuse_post(socket, frame, refusal)
            return
        posting = tracing.begin("post", frame.traceparent)

        def answered(revision: int, refusal: Refusal | None) -> None:
            posting.end()
            unanswered.give_back(size)
            if refusal is None:
                socket.send(server_frames.posted(session_id, command_id, revision))
            else:
                socket.send(server_frames.refused(command_id, refusal))

        self._posts.post(Post(socket.viewer, session_id, command_id, frame.previous_command_id, text, posting.traceparent), answered)

    def _follow_sessions(self, socket: Socket, frame: frames.FollowSessions) -> None:
        self._followed.follow(socket, frame.session_ids)


def refusal_at_once(text: str, size: int, unanswered: Unanswered) -> GatewayError | None:
    """Why a post does not even travel to chat; None when it does, and then it is counted among the unanswered."""
    if len(text) > MAX_CHARS:
        return TooLong(f"At most {MAX_CHARS} characters, this has {len(text)}.", field="text", most=str(MAX_CHARS))
    if not unanswered.take(size):
        return TooManyPosts("Too much of this page waits for an answer.", retry_after=str(ROOM_AFTER))
    return None
