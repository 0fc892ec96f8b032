"""Messages on their way to chat (design 2, "Identity and the batched stream").

Invariant: of one session everything unanswered is on one stream, in the order in which it came. A stream that breaks hands all of it
back at once, so it moves to another replica as a whole. Sent again with the same ids, a message that had been accepted meets its first
result there; so a crash anywhere costs time, never a message, a double or the order.
"""

import asyncio
from collections.abc import Mapping

import grpc

from parley.chat.v1 import chat_pb2 as chat
from servicekit.app import Loop
from servicekit.metrics import Metrics
from services.gateway.domain.errors import NoAnswer, NotSignedIn
from services.gateway.domain.replica_routes import ReplicaRoutes
from services.gateway.outbound.grpc_service import PersonTokens
from services.gateway.outbound.post_stream import PostStream, Waiting
from services.gateway.ports import Post, PostAnswered, Renew

DEADLINE = 10.0
LOOK_EVERY = 0.25
NO_ANSWER = "No answer in time; send it again with the same id."


class ChatPosts:
    """Implements ports.Posts over one stream for each replica of chat. A Part: its streams live from start to stop."""

    ready = True

    def __init__(
        self, replicas: Mapping[str, grpc.aio.Channel], tokens: PersonTokens, metrics: Metrics, deadline: float = DEADLINE
    ) -> None:
        self._streams = {
            address: PostStream(address, channel, tokens, self._result, self._send_again) for address, channel in replicas.items()
        }
        # Shared with the calls that are no posts (grpc_service.py), or one could overtake the other.
        self.routes = ReplicaRoutes(tuple(replicas), lambda address: self._streams[address].up)
        self._deadline = deadline
        self._loops = [Loop(f"posts_to_{address}", stream.run, metrics) for address, stream in self._streams.items()]
        self._loops.append(Loop("posts_overdue", self._give_up_overdue, metrics))
        self._seconds = metrics.histogram("post_seconds", "From a post's frame to chat's answer", ["outcome"])
        self._again = metrics.counter("posts_sent_again_total", "Posts that were sent again because a stream broke")

    async def start(self) -> None:
        for loop in self._loops:
            await loop.start()

    async def stop(self) -> None:
        for loop in self._loops:
            await loop.stop()

    def post(self, post: Post, answered: PostAnswered) -> None:
        """See ports.Posts."""
        now = asyncio.get_running_loop().time()
        self._send(Waiting(post, answered, now, now + self._deadline))

    def renew(self, renew: Renew) -> None:
        """Access changed: what is still to be sent, or to be sent again, goes with the new one or is refused (spec 10.10)."""
        for stream in self._streams.values():
            for waiting in stream.renew(renew) if len(stream) else ():
                self._done(waiting, 0, signed_out())

    def _send(self, waiting: Waiting) -> None:
        self._streams[self.routes.take(waiting.post.session_id)].add(waiting)

    def _send_again(self, unanswered: list[Waiting]) -> None:
        going = [waiting for waiting in unanswered if not waiting.ended]
        for waiting in going:
            self.routes.release(waiting.post.session_id)
        for waiting in unanswered:
            if waiting.ended:
                self._done(waiting, 0, signed_out())
        for waiting in going:
            self._again.inc()
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
            await asyncio.sleep(LOOK_EVERY)
            now = asyncio.get_running_loop().time()
            for stream in self._streams.values():
                for waiting in stream.take_overdue(now) if len(stream) else ():
                    refusal = chat.Refusal(kind=NoAnswer.kind, code=NoAnswer.code, message=NO_ANSWER)
                    self._done(waiting, 0, refusal)


def signed_out() -> chat.Refusal:
    """Of a post whose sender's sign-in ended before it could be sent."""
    return chat.Refusal(kind=NotSignedIn.kind, code=NotSignedIn.code, message="Sign in first.")
