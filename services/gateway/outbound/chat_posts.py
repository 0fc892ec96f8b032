"""Posts to chat over one stream for each replica (design 2, "Identity and the batched stream").

Invariant: all unanswered posts of one session are on one stream, in the order in which they came. A stream that breaks returns all of
them at once, so they move to another replica together. They are retried with the same ids, and chat returns the first result of a
message that it had accepted. So a crash delays messages, but loses, repeats and reorders none.
"""

import asyncio

import grpc

from parley.chat.v1 import chat_pb2 as chat
from servicekit.errors import Unavailable
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from services.gateway.errors import NoAnswer, NotSignedIn
from services.gateway.outbound.grpc_service import PersonTokens, ReplicaRoutes
from services.gateway.outbound.post_stream import PostStream, Waiting
from services.gateway.outbound.server_frames import refusal_of
from services.gateway.ports import Post, PostAnswered, Renew

DEADLINE = 10.0
CHECK_EVERY = 0.25
# Of a post whose sender's sign-in ended before it was sent, and of one that is given up.
SIGNED_OUT = refusal_of(NotSignedIn("Sign in first."))
NO_ANSWER = refusal_of(NoAnswer("No answer in time; send it again with the same id."))


class ChatPosts:
    """A Part with one stream for each replica that ChatReplicas knows (chat_replicas.py)."""

    ready = True

    def __init__(self, tokens: PersonTokens, metrics: Metrics, deadline: float = DEADLINE) -> None:
        self._tokens, self._metrics, self._deadline = tokens, metrics, deadline
        self._streams: dict[str, PostStream] = {}
        self._loops: dict[str, Loop] = {}
        # Shared with the other calls (grpc_service.py), so that neither overtakes the other.
        self.routes = ReplicaRoutes((), lambda address: self._streams[address].up)
        self._overdue = Loop("posts_overdue", self._give_up_overdue, metrics)
        self._seconds = metrics.histogram("post_seconds", "From a post's frame to chat's answer", ["outcome"])
        self._retries = metrics.counter("posts_retried_total", "Posts that were retried because a stream broke")

    async def start(self) -> None:
        await self._overdue.start()

    async def stop(self) -> None:
        await self._overdue.stop()
        for loop in self._loops.values():
            await loop.stop()

    async def add(self, address: str, channel: grpc.aio.Channel) -> None:
        """Opens the stream to a replica. `routes` does not use it yet."""
        self._streams[address] = PostStream(address, channel, self._tokens, self._result, self._retry)
        # One name for all, because addresses come and go and metrics stay.
        self._loops[address] = Loop("posts_to_chat", self._streams[address].run, self._metrics)
        await self._loops[address].start()

    async def remove(self, address: str) -> None:
        """Closes the stream to a replica that `routes` no longer uses. Its unanswered posts are sent to the others."""
        await self._loops.pop(address).stop()
        del self._streams[address]

    def post(self, post: Post, answered: PostAnswered) -> None:
        """See ports.SendPost."""
        now = asyncio.get_running_loop().time()
        self._send(Waiting(post, answered, now, now + self._deadline))

    def renew(self, renew: Renew) -> None:
        """Access changed: posts that are sent or retried from now on carry the new access, or are refused (spec 10.10)."""
        for stream in self._streams.values():
            for waiting in stream.renew(renew) if len(stream) else ():
                self._done(waiting, 0, SIGNED_OUT)

    def _send(self, waiting: Waiting) -> None:
        try:
            self._streams[self.routes.take(waiting.post.session_id)].add(waiting)
        except Unavailable:
            waiting.answered(0, NO_ANSWER)

    def _retry(self, unanswered: list[Waiting]) -> None:
        going = [waiting for waiting in unanswered if not waiting.ended]
        for waiting in going:
            self.routes.release(waiting.post.session_id)
        for waiting in unanswered:
            if waiting.ended:
                self._done(waiting, 0, SIGNED_OUT)
        for waiting in going:
            self._retries.inc()
            self._send(waiting)

    def _result(self, waiting: Waiting, result: chat.PostResult) -> None:
        if result.HasField("refusal"):
            self._done(waiting, 0, result.refusal)
        else:
            self._done(waiting, result.revision, None)

    def _done(self, waiting: Waiting, revision: int, refusal: chat.Refusal | None) -> None:
        self.routes.release(waiting.post.session_id)
        seconds = asyncio.get_running_loop().time() - waiting.began
        self._seconds.labels(refusal.kind if refusal else "accepted").observe(seconds)
        waiting.answered(revision, refusal)

    async def _give_up_overdue(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY)
            now = asyncio.get_running_loop().time()
            for stream in self._streams.values():
                for waiting in stream.take_overdue(now) if len(stream) else ():
                    self._done(waiting, 0, NO_ANSWER)
