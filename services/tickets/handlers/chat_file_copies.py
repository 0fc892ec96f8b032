"""Copies the files of a chat's messages for its ticket (spec 13.5), beside the consumer, so that other tickets do not wait. So are logs
fetched that chat did not send at once.

A chat's record is not finished while its files are copied. An erasure waits for the records that were published before it, so it finds all
that was copied before chat erased the person. So that one chat does not hold its partition, no try begins after HELD_SECONDS. Then the
record is finished, and chat repeats its wish, with growing pauses, until the log is attached: its stored deadlines are the list of what is
left to do. A try that began earlier goes on while pieces come, for TRY_SECONDS at most: a shorter limit would end each try of a large copy
that is slow, so that it would never be attached. Until such a try ends, erasures are delayed. When the files are copied, the commit is
tried for longer: one whose result is unknown must not come after an erasure.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from typing import TypeVar

from servicekit.clock import Clock
from servicekit.errors import Unavailable, as_typed
from servicekit.faults import Faults
from servicekit.files import StoredFile
from servicekit.identity import new_id
from servicekit.logs import log as logger
from servicekit.loop import back_off
from servicekit.metrics import Metrics
from services.tickets.domain.attaching import ChatFile, EndedChat
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.timeline import Attachment
from services.tickets.handlers.waiting_chats import WaitingChats
from services.tickets.ports import ChatClient, ChatFileGone, Files

# Each copies one file after the other and holds less than 2 MB of it.
CHATS_AT_ONCE = 4
# Running or waiting for a place; each waiting one holds some kilobytes. For one more, chat repeats its wish.
MOST_CHATS = 100
# After this time no try begins. With a last try of which no piece comes it is shorter than an erasure waits for a record
# (kafka_positions.py).
HELD_SECONDS = 20.0
# Until the next piece of a file.
PIECE_SECONDS = 20.0
# Of one try, enough for 256 MB at 175 KB/s, and of all tries to commit: together less than the sweep allows a file without a name.
TRY_SECONDS, COMMIT_SECONDS = 1_500.0, 900.0
MAX_BACK_OFF = 5.0
# Of removing what a failed try has stored.
REMOVE_SECONDS = 5.0

T = TypeVar("T")
# Commits what was copied.
Attach = Callable[[], Awaitable[None]]


class PutOff(Exception):
    """The files could not be copied now; chat repeats its wish."""


class ChatFileCopies:
    """A part (app.py): `stop` cancels what runs. Stop the consumer first, so that it does not commit what was cancelled."""

    ready = True

    def __init__(self, files: Files, chat_client: ChatClient, clock: Clock, faults: Faults, metrics: Metrics) -> None:
        self._files, self._chat_client, self._clock, self._faults = files, chat_client, clock, faults
        self._free = asyncio.Semaphore(CHATS_AT_ONCE)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._removing = set[asyncio.Task[None]]()
        self._waiting = WaitingChats(clock, metrics)
        self._failed = metrics.counter("chat_files_failed_total", "Attempts to copy a chat's files to its ticket that failed")

    async def start(self) -> None:
        """Nothing runs before the first chat."""

    async def stop(self) -> None:
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def running(self, session_id: str) -> asyncio.Task[None] | None:
        """What attaches this session's log now: chat repeats its wish while it runs."""
        return self._running.get(session_id)

    def attached(self, session_id: str) -> None:
        """The session's log was attached earlier, by this replica or another."""
        self._waiting.attached(session_id)

    def refused(self, chat: EndedChat) -> bool:
        """Whether `begin` would return None now for a chat that is known to need it; then its log need not be fetched."""
        if len(self._running) < MOST_CHATS or not self._waiting.has(chat.session_id):
            return False
        self._refuse(chat)
        return True

    def failed_lately(self, session_id: str) -> bool:
        """Whether this replica tried lately to attach the session's log, and could not."""
        return self._waiting.has(session_id)

    def _refuse(self, chat: EndedChat) -> None:
        self._waiting.begun(chat.session_id, chat.ended_at)
        self.put_off(chat.session_id, 0, "too_many_chats")
        self._waiting.failed(chat.session_id)

    def begin(self, chat: EndedChat, stored: Sequence[str], prepare: Callable[[], Awaitable[Attach]]) -> asyncio.Task[None] | None:
        """The task calls `prepare`, which fetches and copies what is left, when fewer than CHATS_AT_ONCE run, and then what it returns.
        Each is repeated after transient errors. The log is attached when the task ends without an error; PutOff, or any other error, ends
        it without the log. None, and nothing begins, at MOST_CHATS. `stored`: the id of the log for the first call of `prepare`, if there
        is one; a task that ends before that call removes it."""
        session_id = chat.session_id
        if len(self._running) >= MOST_CHATS:
            self._refuse(chat)
            return None
        self._waiting.begun(session_id, chat.ended_at)
        copying = self._until_done(session_id, stored, prepare)
        task = self._running[session_id] = asyncio.create_task(copying, name=f"chat-files-{session_id}")
        task.add_done_callback(lambda done: self._ended(session_id, done))
        return task

    def _ended(self, session_id: str, task: asyncio.Task[None]) -> None:
        del self._running[session_id]
        error = None if task.cancelled() else task.exception()
        if error is None and not task.cancelled():
            self._waiting.attached(session_id)
            return
        self._waiting.failed(session_id)
        if error is not None and not isinstance(error, PutOff):
            logger.error("chat_files_failed", session=session_id, exc_info=error)

    async def _until_done(self, session_id: str, stored: Sequence[str], prepare: Callable[[], Awaitable[Attach]]) -> None:
        held_until = _now() + HELD_SECONDS
        try:
            async with asyncio.timeout_at(held_until):
                await self._free.acquire()
        except BaseException as error:
            await self.remove(stored)
            if isinstance(error, TimeoutError):
                raise self.put_off(session_id, 0, "no_place") from None
            raise
        try:
            attach = await self._repeated(session_id, prepare, TRY_SECONDS, held_until)
            await self._repeated(session_id, attach, COMMIT_SECONDS, _now() + COMMIT_SECONDS)
        finally:
            self._free.release()

    async def _repeated(self, session_id: str, call: Callable[[], Awaitable[T]], seconds: float, until: float) -> T:
        """`seconds`: of one call. Raises PutOff when one fails after `until`."""
        tries = 0
        while True:
            try:
                async with asyncio.timeout(seconds):
                    return await call()
            except Exception as error:
                self._failed.inc()
                typed = as_typed(error)
                if not isinstance(error, TimeoutError) and not (typed and typed.transient):
                    raise
                tries += 1
                if _now() >= until:
                    raise self.put_off(session_id, tries, typed.code if typed else "too_slow") from error
            await back_off(tries, MAX_BACK_OFF)

    def put_off(self, session_id: str, tries: int, reason: str) -> PutOff:
        """The error to raise; a log says the reason."""
        logger.warning("chat_files_put_off", session=session_id, tries=tries, reason=reason)
        return PutOff(session_id)

    async def copy(self, chat: EndedChat, ticket: Ticket, files: Sequence[ChatFile]) -> list[Attachment]:
        """Under new ids, without the files that are gone. When it fails or is cancelled, it removes what was copied."""
        begun = list[str]()
        try:
            return [copy for file in files if (copy := await self._copied(chat, ticket, file, begun))]
        except BaseException:
            await self.remove(begun)
            raise

    async def remove(self, file_ids: Iterable[str]) -> None:
        """Raises nothing and continues when the caller is cancelled. What REMOVE_SECONDS or a store that is down leave, the sweep removes
        later."""
        removing = asyncio.create_task(self._removed(file_ids))
        self._removing.add(removing)
        removing.add_done_callback(self._removing.discard)
        await asyncio.shield(removing)

    async def _removed(self, file_ids: Iterable[str]) -> None:
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(REMOVE_SECONDS):
                for id in file_ids:
                    await self._files.remove(id)

    async def _copied(self, chat: EndedChat, ticket: Ticket, file: ChatFile, begun: list[str]) -> Attachment | None:
        stored = StoredFile(new_id(), ticket.desk_id, ticket.id)
        begun.append(stored.id)
        try:
            await self._files.put(stored, self._content(chat, file), self._clock.now())
        except ChatFileGone:
            await self._files.remove(stored.id)
            return None
        await self._faults.reached("chat_file_copied")
        return Attachment(stored.id, file.name, file.content_type, file.size, chat_file_id=file.id, chat_sender_id=file.sender_id)

    async def _content(self, chat: EndedChat, file: ChatFile) -> AsyncIterator[bytes]:
        async with aclosing(self._chat_client.file(chat.desk_id, chat.session_id, file.id)) as pieces:
            while True:
                async with asyncio.timeout(PIECE_SECONDS):
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield piece


def _now() -> float:
    return asyncio.get_running_loop().time()
