"""Sends each session's posts to one replica of chat (replica_routes.py), over one stream for each replica.

Invariant: all unanswered posts of one session are on one stream, in the order in which they came. A stream that breaks returns all of
them at once, so they move to another replica together. They are retried with the same ids, and chat returns the first result of a
message that it had accepted. So a crash delays messages, but loses, repeats and reorders none.
"""

import asyncio

import grpc

from parley.chat.v1 import chat_pb2 as chat
from servicekit.errors import Kind, Unavailable
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from services.gateway.errors import NoAnswer, NotSignedIn, TokenRefused
from services.gateway.outbound.grpc_service import PersonTokens
from services.gateway.outbound.post_stream import PostStream, UnansweredPost
from services.gateway.outbound.replica_routes import ReplicaRoutes
from services.gateway.outbound.server_frames import refusal_of
from services.gateway.ports import Post, PostAnswered, Renew

DEADLINE = 10.0
CHECK_EVERY = 0.25
# Of a post whose sender's sign-in ended before it was sent, and of one that is given up.
SIGNED_OUT = refusal_of(NotSignedIn("Sign in first."))
TOKEN_REFUSED = refusal_of(TokenRefused("Chat cannot verify this message yet; send it again with the same id."))
NO_ANSWER = refusal_of(NoAnswer("No answer in time; send it again with the same id."))


class PostSender:
    """A Part with one stream for each replica that ChatReplicas finds (chat_replicas.py)."""

    ready = True

    def __init__(self, tokens: PersonTokens, metrics: Metrics, deadline: float = DEADLINE) -> None:
        self._tokens, self._metrics, self._deadline = tokens, metrics, deadline
        self._streams: dict[str, PostStream] = {}
        self._loops: dict[str, Loop] = {}
        # Shared with GrpcServiceBySession: a session's posts and calls go to the same replica.
        self.routes = ReplicaRoutes((), lambda address: self._streams[address].up)
        self._overdue = Loop("posts_overdue", self._give_up_overdue, metrics)
        self._seconds = metrics.histogram("post_seconds", "From a post's frame to chat's answer", ["outcome"])
        self._accepted_seconds = self._seconds.labels("accepted")
        self._retries = metrics.counter("posts_retried_total", "Posts that were retried because a stream broke")
        unsent = metrics.gauge("posts_unsent", "Posts that wait to be written to a stream to chat")
        unsent.set_function(lambda: sum(stream.unsent for stream in self._streams.values()))
        unanswered = metrics.gauge("posts_unanswered", "Posts without an answer of chat, the unsent ones included")
        unanswered.set_function(lambda: sum(map(len, self._streams.values())))

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

    def send(self, post: Post, answered: PostAnswered) -> None:
        """Sends the message to chat, in order within its session and once, also when a stream breaks. `answered` is called once, at the
        latest after `deadline` seconds."""
        now = asyncio.get_running_loop().time()
        self._send(UnansweredPost(post, answered, now, now + self._deadline))

    def renew(self, renew: Renew) -> None:
        """Access changed: posts that are sent or retried from now on carry the new access, or are refused (spec 10.10)."""
        for stream in self._streams.values():
            for waiting in stream.renew(renew) if len(stream) else ():
                self._done(waiting, 0, SIGNED_OUT)

    def _send(self, waiting: UnansweredPost) -> None:
        try:
            self._streams[self.routes.take(waiting.post.session_id)].add(waiting)
        except Unavailable:
            waiting.answered(0, NO_ANSWER)

    def _retry(self, unanswered: list[UnansweredPost]) -> None:
        going = [waiting for waiting in unanswered if not waiting.ended]
        for waiting in going:
            self.routes.release(waiting.post.session_id)
        for waiting in unanswered:
            if waiting.ended:
                self._done(waiting, 0, SIGNED_OUT)
        for waiting in going:
            self._retries.inc()
            self._send(waiting)

    def _result(self, waiting: UnansweredPost, result: chat.PostResult) -> None:
        if result.HasField("refusal"):
            # The page repeats a post whose token chat could not verify; only the gateway decides who is signed in.
            self._done(waiting, 0, TOKEN_REFUSED if result.refusal.kind == Kind.UNAUTHENTICATED else result.refusal)
        else:
            self._done(waiting, result.revision, None)

    def _done(self, waiting: UnansweredPost, revision: int, refusal: chat.Refusal | None) -> None:
        self.routes.release(waiting.post.session_id)
        seconds = asyncio.get_running_loop().time() - waiting.began
        (self._seconds.labels(refusal.kind) if refusal else self._accepted_seconds).observe(seconds)
        waiting.answered(revision, refusal)

    async def _give_up_overdue(self) -> None:
        while True:
            # A post that is sent meanwhile is not overdue at the end of the longer sleep.
            await asyncio.sleep(CHECK_EVERY if any(map(len, self._streams.values())) else max(self._deadline / 4, CHECK_EVERY))
            now = asyncio.get_running_loop().time()
            for stream in self._streams.values():
                for waiting in stream.take_overdue(now) if len(stream) else ():
                    self._done(waiting, 0, NO_ANSWER)
