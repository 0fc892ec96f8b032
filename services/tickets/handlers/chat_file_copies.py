"""Copies the files of a chat's messages for its ticket (spec 13.5), beside the consumer, so that other tickets
wait only while CHATS_AT_ONCE are copied."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime

from servicekit.clock import Clock
from servicekit.errors import as_typed
from servicekit.faults import Faults
from servicekit.files import StoredFile
from servicekit.identity import new_id
from servicekit.logs import log as logger
from servicekit.loop import back_off
from servicekit.metrics import Metrics
from services.tickets.domain.attaching import ChatFile, EndedChat
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.timeline import Attachment
from services.tickets.ports import ChatClient, ChatFileGone, Files

# More wait in the consumer. Each copies one file after the other and holds less than 2 MB of it.
CHATS_AT_ONCE = 4
# Of one attempt: no file may be unnamed for as long as the sweep allows (file_sweep.py). It is enough for 256 MB at 175 KB/s.
ATTEMPT_SECONDS = 1_500.0
MAX_BACK_OFF = 5.0


class ChatFileCopies:
    """A part (app.py): `stop` cancels what runs. Stop the consumer first, so that it does not commit what was cancelled."""

    ready = True

    def __init__(self, files: Files, chat_client: ChatClient, clock: Clock, faults: Faults, metrics: Metrics) -> None:
        self._files, self._chat_client, self._clock, self._faults = files, chat_client, clock, faults
        self._free = asyncio.Semaphore(CHATS_AT_ONCE)
        self._running: dict[str, asyncio.Task[None]] = {}
        # When each chat's first attempt began or, while all places are taken, began to wait.
        self._since: dict[str, datetime] = {}
        self._failed = metrics.counter("chat_files_failed_total", "Attempts to copy a chat's files to its ticket that failed")
        oldest = metrics.gauge("chat_files_oldest_seconds", "How long the oldest chat waits for its files on its ticket; 0 without one")
        oldest.set_function(self._oldest)

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

    async def begin(self, session_id: str, attempt: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Waits until fewer than CHATS_AT_ONCE run. The task repeats the attempt after transient errors, also while chat is down, so that
        it has attached the log when it ends. Any other error is logged and ends it; chat then repeats its wish."""
        self._since[session_id] = self._clock.now()
        try:
            await self._free.acquire()
        except asyncio.CancelledError:
            del self._since[session_id]
            raise
        task = self._running[session_id] = asyncio.create_task(self._until_done(session_id, attempt), name=f"chat-files-{session_id}")
        task.add_done_callback(lambda done: self._ended(session_id, done))
        return task

    def _ended(self, session_id: str, task: asyncio.Task[None]) -> None:
        del self._running[session_id], self._since[session_id]
        self._free.release()
        if not task.cancelled() and (error := task.exception()):
            logger.error("chat_files_failed", session=session_id, exc_info=error)

    def _oldest(self) -> float:
        now = self._clock.now()
        return max(((now - since).total_seconds() for since in self._since.values()), default=0.0)

    async def _until_done(self, session_id: str, attempt: Callable[[], Awaitable[None]]) -> None:
        tries = 0
        while True:
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    return await attempt()
            except Exception as error:
                self._failed.inc()
                typed = as_typed(error)
                if not isinstance(error, TimeoutError) and not (typed and typed.transient):
                    raise
                tries += 1
                if tries in (1, 10, 100):
                    logger.warning("chat_files_retried", session=session_id, tries=tries, reason=typed.code if typed else "too_slow")
            await back_off(tries, MAX_BACK_OFF)

    async def copy(self, chat: EndedChat, ticket: Ticket, files: Sequence[ChatFile]) -> list[Attachment]:
        """Under new ids, without the files that are gone. Raises Unavailable; then the sweep removes what was copied."""
        return [copy for file in files if (copy := await self._copied(chat, ticket, file))]

    async def _copied(self, chat: EndedChat, ticket: Ticket, file: ChatFile) -> Attachment | None:
        stored = StoredFile(new_id(), ticket.desk_id, ticket.id)
        try:
            await self._files.put(stored, self._content(chat, file), self._clock.now())
        except ChatFileGone:
            await self._files.remove(stored.id)
            return None
        await self._faults.reached("chat_file_copied")
        return Attachment(stored.id, file.name, file.content_type, file.size, chat_file_id=file.id, chat_sender_id=file.sender_id)

    async def _content(self, chat: EndedChat, file: ChatFile) -> AsyncIterator[bytes]:
        async with aclosing(self._chat_client.file(chat.desk_id, chat.session_id, file.id)) as pieces:
            async for piece in pieces:
                yield piece
