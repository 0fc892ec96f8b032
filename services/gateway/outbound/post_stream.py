"""One long-lived stream of batches to one replica of chat."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import grpc

from parley.chat.v1 import chat_pb2 as chat
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from servicekit.errors import Unavailable
from servicekit.identity import Caller
from servicekit.logs import log
from services.gateway.outbound.grpc_service import PersonTokens
from services.gateway.ports import Post, PostAnswered, Renew

MAX_BATCH = 256
MAX_BATCH_BYTES = 256 * 1024
# Callers with a token number. Above it the oldest number is reused; chat holds a token for each.
MAX_NUMBERS = 4096
CONNECT_SECONDS = 2.0


@dataclass(slots=True, eq=False)
class UnansweredPost:
    """A post without an answer. At `due`, in the event loop's time, it is given up; `answered` is called once.

    `ended`: its sender may not act any more, so it must not be retried.
    """

    post: Post
    answered: PostAnswered
    began: float
    due: float
    ended: bool = False


class PostStream:
    """Writes the posts of one turn of the event loop as a batch, in the order in which they were added.

    When the stream breaks, all unanswered posts are passed to `broken`, oldest first. The owner retries them, here or on another
    stream.
    """

    def __init__(
        self,
        address: str,
        channel: grpc.aio.Channel,
        tokens: PersonTokens,
        result: Callable[[UnansweredPost, chat.PostResult], None],
        broken: Callable[[list[UnansweredPost]], None],
    ) -> None:
        self.address, self.up = address, False
        self._channel, self._tokens, self._result, self._broken = channel, tokens, result, broken
        self._unsent: list[UnansweredPost] = []
        self._sent: dict[int, UnansweredPost] = {}
        self._last = 0
        self._numbers: dict[Caller, tuple[int, str]] = {}
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        return len(self._unsent) + len(self._sent)

    @property
    def unsent(self) -> int:
        """Posts that chat has not read: the stream is down, or its flow control holds them back."""
        return len(self._unsent)

    def add(self, waiting: UnansweredPost) -> None:
        self._unsent.append(waiting)
        self._wake.set()

    def take_overdue(self, now: float) -> list[UnansweredPost]:
        """Removes and returns the posts that are due. A later answer to them is ignored."""
        overdue = [waiting for waiting in self._unanswered() if waiting.due <= now]
        if overdue:
            gone = set(map(id, overdue))
            self._unsent = [waiting for waiting in self._unsent if id(waiting) not in gone]
            self._sent = {number: waiting for number, waiting in self._sent.items() if id(waiting) not in gone}
        return overdue

    def renew(self, renew: Renew) -> list[UnansweredPost]:
        """Access changed: unanswered posts are sent or retried as `renew` returns. Removes and returns unsent posts that may not be sent.

        Chat decides on posts that were sent; it consumes the same change.
        """
        for waiting in self._unanswered():
            by = renew(waiting.post.by)
            if by is None:
                waiting.ended = True
            elif by != waiting.post.by:
                waiting.post = replace(waiting.post, by=by)
        ended = [waiting for waiting in self._unsent if waiting.ended]
        self._unsent = [waiting for waiting in self._unsent if not waiting.ended]
        return ended

    async def run(self) -> None:
        """Connects and sends until the stream breaks, then raises Unavailable. Runs in a Loop, which reconnects with back-off."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._channel.channel_ready()
            await self._work()
        except (grpc.aio.AioRpcError, grpc.aio.UsageError, asyncio.InvalidStateError, TimeoutError) as error:
            log.warning("post_stream_broke", replica=self.address, error=type(error).__name__, unanswered=len(self))
        finally:
            self._give_back()
        raise Unavailable("The stream to chat broke.")

    async def _work(self) -> None:
        call = ChatServiceStub(self._channel).PostMessages()
        reader = asyncio.create_task(self._read(call))
        writer = asyncio.create_task(self._write(call))
        self.up = True
        try:
            await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.up = False
            call.cancel()
            reader.cancel()
            writer.cancel()
            ends = await asyncio.gather(reader, writer, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def _read(self, call: "grpc.aio.StreamStreamCall[chat.PostMessagesRequest, chat.PostMessagesResponse]") -> None:
        async for response in call:
            for result in response.results:
                if waiting := self._sent.pop(result.correlation, None):
                    self._result(waiting, result)

    async def _write(self, call: "grpc.aio.StreamStreamCall[chat.PostMessagesRequest, chat.PostMessagesResponse]") -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unsent:
                await call.write(self._batch())

    def _batch(self) -> chat.PostMessagesRequest:
        request = chat.PostMessagesRequest()
        now = asyncio.get_running_loop().time()
        size, taken = 0, 0
        for waiting in self._unsent[:MAX_BATCH]:
            post = waiting.post
            size += len(post.text.encode()) + sum(len(id) + 2 for id in post.file_ids) + 200
            if taken and size > MAX_BATCH_BYTES:
                break
            taken += 1
            self._last = self._last % 0xFFFFFFFF + 1
            self._sent[self._last] = waiting
            request.posts.add(
                correlation=self._last,
                token=self._introduce(post.by, request),
                session_id=post.session_id,
                command_id=post.command_id,
                previous_command_id=post.previous_command_id,
                text="" if post.internal else post.text,
                note=post.text if post.internal else "",
                traceparent=post.traceparent,
                file_ids=post.file_ids,
                deadline_ms=max(1, round((waiting.due - now) * 1000)),
            )
        del self._unsent[:taken]
        return request

    def _introduce(self, caller: Caller, request: chat.PostMessagesRequest) -> int:
        token = self._tokens.of(caller)
        number, sent_token = self._numbers.pop(caller, (0, ""))
        if not number:
            number = len(self._numbers) + 1
            if number > MAX_NUMBERS:
                number, _ = self._numbers.pop(next(iter(self._numbers)))
        if token != sent_token:
            request.tokens.add(number=number, token=token)
        self._numbers[caller] = (number, token)
        return number

    def _unanswered(self) -> list[UnansweredPost]:
        return [*self._sent.values(), *self._unsent]

    def _give_back(self) -> None:
        unanswered = self._unanswered()
        self._sent, self._unsent = {}, []
        self._numbers.clear()
        if unanswered:
            self._broken(unanswered)
