"""Posts: messages and internal notes on their way from a page to chat. One above a limit is refused at once; chat's result is sent to the
page as a frame."""

from collections.abc import Sequence

from parley.chat.v1.chat_pb2 import Refusal
from servicekit import tracing
from servicekit.errors import TypedError
from services.gateway.domain.limits import Limit
from services.gateway.errors import TooLong, TooManyPosts
from services.gateway.handlers.rate_limiter import RateLimiter, too_many
from services.gateway.outbound import server_frames
from services.gateway.ports import Post, SendPost, Socket

# Of a message (spec 3.6), as in chat; tests/contract compares the two.
MAX_CHARS = 4000
# Of one page, without an answer from chat.
MAX_POSTS = 100
MAX_BYTES = 256 * 1024
# Seconds after which a page with too many unanswered posts may try again.
ROOM_AFTER = 1


class PostQuota:
    """Posts of one socket without an answer: when chat is slow, the gateway's memory must not grow with what a page sends."""

    def __init__(self) -> None:
        self._posts = self._bytes = 0

    def take(self, size: int) -> bool:
        """Whether there is room for one more post of `size` bytes; if so it is counted until it is given back."""
        if self._posts == MAX_POSTS or self._bytes + size > MAX_BYTES:
            return False
        self._posts, self._bytes = self._posts + 1, self._bytes + size
        return True

    def give_back(self, size: int) -> None:
        """One of them has its answer."""
        self._posts, self._bytes = self._posts - 1, self._bytes - size


class PostHandler:
    def __init__(self, send: SendPost, limiter: RateLimiter) -> None:
        self._send, self._limiter = send, limiter
        self._unanswered: dict[Socket, PostQuota] = {}

    def post(
        self,
        socket: Socket,
        *,
        session_id: str,
        command_id: str,
        text: str,
        previous_command_id: str = "",
        traceparent: str = "",
        file_ids: Sequence[str] = (),
        internal: bool = False,
    ) -> None:
        """Returns at once. The page is sent `posted` or `refused`; after a refusal it keeps the text, and retries if that may help."""
        unanswered = self._unanswered.setdefault(socket, PostQuota())
        size = len(text.encode()) + sum(map(len, file_ids))
        wait = self._limiter.wait(Limit.MESSAGES, by=socket.viewer, address=socket.address)
        if refusal := too_many(Limit.MESSAGES, wait) if wait else refusal_at_once(text, size, unanswered):
            refuse(socket, command_id, refusal)
            return
        posting = tracing.start_span("post", traceparent)

        def answered(revision: int, refusal: Refusal | None) -> None:
            posting.end()
            unanswered.give_back(size)
            if refusal is None:
                socket.send(server_frames.posted(session_id, command_id, revision))
            else:
                socket.send(server_frames.refused(command_id, refusal))

        ids = tuple(file_ids)
        self._send(Post(socket.viewer, session_id, command_id, previous_command_id, text, posting.traceparent, internal, ids), answered)

    def removed(self, socket: Socket) -> None:
        """The socket is closed. A repeat changes nothing."""
        self._unanswered.pop(socket, None)


def refuse(socket: Socket, command_id: str, error: TypedError) -> None:
    """Sends the page the refusal of its command."""
    socket.send(server_frames.refused(command_id, server_frames.refusal_of(error)))


def refusal_at_once(text: str, size: int, unanswered: PostQuota) -> TypedError | None:
    """Why a post is not sent to chat. None when it is sent; it then counts as unanswered."""
    if len(text) > MAX_CHARS:
        return TooLong(f"At most {MAX_CHARS} characters, this has {len(text)}.", field="text", most=str(MAX_CHARS))
    if not unanswered.take(size):
        return TooManyPosts("Too much of this page waits for an answer.", retry_after=str(ROOM_AFTER))
    return None
