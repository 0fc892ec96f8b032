"""PostMessages: batches in, batches of results out. Every message takes this path, so no message costs a task or a future, and its token
is verified by a look-up in the verifier's cache.

One stream belongs to one gateway replica. Its reader hands each post to the session's queue at once. The queue calls back with each
outcome, in order within a session. Results that gather while a batch is being written go out in the next one. The reader stops while too
many posts are unanswered, so a gateway that sends faster than the store commits is slowed by its own stream.
A broken stream loses nothing: its gateway sends the unanswered posts again, with the same ids.
"""

import asyncio
from collections.abc import AsyncIterable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from parley.chat.v1 import chat_pb2 as pb
from servicekit import tracing
from servicekit.clock import Clock
from servicekit.errors import Kind, TypedError, Unauthenticated, Unavailable, as_typed
from servicekit.grpc_server import LOGGED, require_service
from servicekit.identity import Caller, TokenVerifier
from servicekit.logs import log
from servicekit.moments import to_proto
from servicekit.refusal_log import RefusalLog
from services.chat.domain.people import Person, Side, Viewer
from services.chat.handlers.conversation import Conversation
from services.chat.handlers.session_command import Outcome

MAX_UNANSWERED = 5_000
MAX_TOKENS = 100_000
MAX_RESULTS = 1_000
SIDES = {"engineer": Side.ENGINEER, "customer": Side.CUSTOMER, "service": Side.NONE}
DEFAULT_DEADLINE = timedelta(seconds=10)


class ResponseWriter(Protocol):
    """The part of the stream's context that is used."""

    async def write(self, message: pb.PostMessagesResponse) -> None: ...


# (desk, person) -> the person's access, the same object while it is unchanged; None for an unknown person.
AccessOf = Callable[[str, str], Caller | None]


class PostReceiver:
    """`access_of` gives the access of engineers whose token does not list it."""

    def __init__(self, conversation: Conversation, verifier: TokenVerifier, clock: Clock, access_of: AccessOf) -> None:
        self._conversation, self._verifier, self._clock, self._access_of = conversation, verifier, clock, access_of
        self._refusals, self._ending = RefusalLog(), asyncio.Event()

    def end(self) -> None:
        """This replica stops: each stream answers the posts that it has read and ends; its gateway sends the others elsewhere."""
        self._ending.set()
        self._refusals.flush()

    async def serve(self, caller: Caller, batches: AsyncIterable[pb.PostMessagesRequest], responses: ResponseWriter) -> None:
        """Returns when the gateway has closed its side, or this replica stops, and every post that was read is answered."""
        require_service(caller)
        stream = _Stream(self._conversation, self._verifier, self._clock, self._access_of, self._refusals)
        reader, writer = asyncio.create_task(stream.read(batches)), asyncio.create_task(stream.write_to(responses))
        ending = asyncio.create_task(self._ending.wait())
        try:
            await asyncio.wait({reader, writer, ending}, return_when=asyncio.FIRST_COMPLETED)
            if reader.done():
                reader.result()
            stream.close()
            await writer
        finally:
            for task in (reader, writer, ending):
                task.cancel()


class _Stream:
    def __init__(
        self, conversation: Conversation, verifier: TokenVerifier, clock: Clock, access_of: AccessOf, refusals: RefusalLog
    ) -> None:
        self._conversation, self._verifier, self._clock, self._access_of = conversation, verifier, clock, access_of
        self._refusals = refusals
        self._tokens: dict[int, str] = {}
        # With the token's caller and the access that it was made of.
        self._viewers: dict[int, tuple[Caller, Caller, Viewer]] = {}
        self._results: list[pb.PostResult] = []
        self._unanswered, self._closed = 0, False
        self._something, self._room = asyncio.Event(), asyncio.Event()

    async def read(self, batches: AsyncIterable[pb.PostMessagesRequest]) -> None:
        async for batch in batches:
            if self._closed:
                return
            await self.take(batch)

    async def take(self, batch: pb.PostMessagesRequest) -> None:
        for token in batch.tokens:
            if len(self._tokens) < MAX_TOKENS or token.number in self._tokens:
                self._tokens[token.number] = token.token
        now = self._clock.now()
        for post in batch.posts:
            self._unanswered += 1
            self._take(post, now)
        while self._unanswered > MAX_UNANSWERED:
            self._room.clear()
            await self._room.wait()

    def close(self) -> None:
        """Takes no more batches."""
        self._closed = True
        self._something.set()

    async def write_to(self, responses: ResponseWriter) -> None:
        while not (self._closed and self._unanswered == 0 and not self._results):
            await self._something.wait()
            self._something.clear()
            while self._results:
                batch, self._results = self._results[:MAX_RESULTS], self._results[MAX_RESULTS:]
                await responses.write(pb.PostMessagesResponse(results=batch))

    def _take(self, post: pb.Post, now: datetime) -> None:
        deciding = tracing.start_span("decide post", post.traceparent)
        caller: Caller | None = None
        time_left = timedelta(milliseconds=post.deadline_ms) if post.deadline_ms else DEFAULT_DEADLINE
        try:
            caller, viewer = self._viewer(post.token)
            self._conversation.submit_post(
                viewer,
                post.session_id,
                post.command_id,
                post.text,
                partial(self._answer, post.correlation, deciding, caller),
                note=post.note,
                file_ids=post.file_ids,
                previous=post.previous_command_id,
                expires=now + time_left,
                traceparent=deciding.traceparent,
            )
        except Exception as error:
            self._answer(post.correlation, deciding, caller, None, error)

    def _viewer(self, number: int) -> tuple[Caller, Viewer]:
        """Who posts with this token. Raises Unauthenticated or Unavailable. The verifier caches tokens until they expire, so verifying each
        post costs one look-up."""
        token = self._tokens.get(number)
        if token is None:
            raise Unauthenticated("This token was not introduced.")
        caller = self._verifier.verify(token)
        access = self._access_of(caller.desk_id, caller.id) if caller.unlisted else caller
        if access is None:
            raise Unavailable("The access of this person is not known here yet; repeat with the same id.")
        cached = self._viewers.get(number)
        if cached is None or cached[0] is not caller or cached[1] is not access:
            viewer = viewer_of(caller.with_access_of(access))
            cached = self._viewers[number] = (caller, access, viewer)
        return caller, cached[2]

    def _answer(
        self, correlation: int, deciding: tracing.OpenSpan, by: Caller | None, outcome: Outcome | None, error: BaseException | None
    ) -> None:
        deciding.end(error)
        result = pb.PostResult(correlation=correlation)
        if outcome is not None:
            result.revision = outcome.revision
            result.at.CopyFrom(to_proto(outcome.at))
        elif error is not None:
            self._refuse(result.refusal, by, error)
        self._results.append(result)
        self._unanswered -= 1
        self._something.set()
        if self._unanswered <= MAX_UNANSWERED:
            self._room.set()

    def _refuse(self, refusal: pb.Refusal, by: Caller | None, error: BaseException) -> None:
        typed = as_typed(error)
        if typed is None:
            log.error("post_failed", exc_info=error)
            typed = TypedError.of(Kind.INTERNAL, "internal", "An internal error occurred.")
        refusal.kind, refusal.code, refusal.field, refusal.message = typed.kind, typed.code, typed.field, typed.message
        refusal.details.update(typed.details)
        # The server logs only the refusal of a whole call, and this call goes on.
        if typed.kind in LOGGED:
            self._refusals.add("post_refused", typed.kind.value, by, code=typed.code)


def viewer_of(caller: Caller) -> Viewer:
    """A service is on no side and sees all of its desk; its scope is checked before the RPC runs."""
    side = SIDES[caller.kind]
    if side is Side.NONE:
        return Viewer(Person(caller.id, caller.name, side), caller.desk_id, companies=None, boards=None)
    return Viewer(Person(caller.id, caller.name, side), caller.desk_id, caller.role, caller.company_id, caller.companies, caller.boards)
