"""A connection to all ports that can be cut for good, and an event loop on which sleeping takes no time."""

import asyncio
import inspect
import random
import selectors
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from parley.chat.v1 import chat_pb2 as pb
from servicekit.kafka_records import Record
from services.chat.domain.events import Entry
from services.chat.domain.session import ChatSession
from services.chat.outbound.mongo_session_log import entry_id
from services.chat.outbound.mongo_unpublished import Unpublished
from tests.fakes.chat.lists import FakeClaims, FakeSessions
from tests.fakes.chat.session_log import FakeSessionLog

Port = TypeVar("Port")


class Connection:
    """A process's connection to stores, broker and peers. It is cut at the `fuse`-th point from now: before a call is made, or after its
    effect and before its result. Later calls get no result, as after a kill -9. An entry that was in flight at the cut may still be
    written later."""

    def __init__(self) -> None:
        self.fuse, self.on_its_way, self.crashed = 0, 0, asyncio.Event()
        self._never: list[asyncio.Future[None]] = []

    def to(self, port: Port) -> Port:
        """Returns the port, called through this connection."""
        return _Reached(port, self)  # type: ignore[return-value]

    def cut(self) -> None:
        self.crashed.set()

    async def end(self) -> None:
        """A point at which the connection may be cut."""
        if self.fuse:
            self.fuse -= 1
            if self.fuse == 0:
                self.cut()
        if self.crashed.is_set():
            self._never.append(asyncio.get_running_loop().create_future())
            await self._never[-1]

    async def reached(self, point: str) -> None:
        """Implements the port Faults: a crashed process reaches no point."""
        await self.end()


class _Reached:
    def __init__(self, port: object, connection: Connection) -> None:
        self._port, self._connection, self._tasks = port, connection, set[asyncio.Task[None]]()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name == "append":
            return self._append
        return self._call(method) if inspect.iscoroutinefunction(method) else method

    def _call(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any) -> Any:
            await self._connection.end()
            answer = await method(*args)
            await self._connection.end()
            return answer

        return call

    def _append(self, entry: Entry) -> "asyncio.Future[None]":
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.get_running_loop().create_task(self._appended(entry, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return answer

    async def _appended(self, entry: Entry, answer: "asyncio.Future[None]") -> None:
        if self._connection.fuse == 1:
            self._connection.on_its_way += 1
            asyncio.get_running_loop().call_later(random.choice((0, 0.005, 0.05)), self._land, entry)
        await self._connection.end()
        result = self._port.append(entry)  # type: ignore[attr-defined]
        await asyncio.wait([result])
        error = result.exception()
        await self._connection.end()
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(None)

    def _land(self, entry: Entry) -> None:
        self._port.append(entry).add_done_callback(self._landed)  # type: ignore[attr-defined]

    def _landed(self, result: "asyncio.Future[None]") -> None:
        result.exception()
        self._connection.on_its_way -= 1


class MarkedLog(FakeSessionLog):
    """The log with the marks of unpublished entries, for the relay."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: dict[str, Unpublished] = {}

    def insert(self, entry: Entry) -> None:
        super().insert(entry)
        self.marks[entry_id(entry.session_id, entry.revision)] = Unpublished(entry.desk_id, entry.session_id, entry.revision)

    async def unpublished_of(self, desk_id: str, session_id: str, up_to: int) -> list[int]:
        return [one.revision for one in self.marks.values() if one.session_id == session_id and one.revision <= up_to]

    async def some_unpublished(self, limit: int, after_id: str = "") -> list[Unpublished]:
        return [self.marks[id] for id in sorted(self.marks) if id > after_id][:limit]

    async def mark_published(self, entries: Sequence[tuple[str, int]]) -> None:
        for session_id, revision in entries:
            self.marks.pop(entry_id(session_id, revision), None)


class Topic:
    """A publisher that stores the published revisions of each session, in order."""

    def __init__(self) -> None:
        self.published: dict[str, list[int]] = {}

    async def publish(self, records: Sequence[Record]) -> None:
        for record in records:
            self.published.setdefault(record.key, []).append(pb.SessionChanged.FromString(record.value).entry.revision)


class FakeStores:
    """One database and one broker, in memory."""

    def __init__(self) -> None:
        self._log, self.claims, self.sessions, self.topic = MarkedLog(), FakeClaims(), FakeSessions(), Topic()

    def log(self) -> MarkedLog:
        """Returns the log of one process."""
        return self._log

    @property
    def unpublished(self) -> MarkedLog:
        """The marks in that log."""
        return self._log

    @property
    def publisher(self) -> Topic:
        return self.topic

    def hiccup(self, error: Exception, written: bool) -> None:
        """The sender of the next entry gets `error`; `written` sets whether the entry is written."""
        (self._log.unknown if written else self._log.fails).append(error)

    def end_hiccups(self) -> None:
        self._log.unknown.clear()
        self._log.fails.clear()

    async def entries(self, desk_id: str) -> dict[str, list[Entry]]:
        """Returns the log of every session."""
        return {session_id: list(log) for (desk, session_id), log in self._log.entries.items() if desk == desk_id and log}

    async def projected(self, session_id: str) -> ChatSession | None:
        stored = self.sessions.stored.get(session_id)
        return stored[0] if stored else None

    async def settled(self) -> bool:
        """Whether everything is published and projected."""
        return not self._log.marks


class _NoWaitSelector(selectors.SelectSelector):
    """Adds up the waiting time and does not wait."""

    resync = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "deadlock: every task waits for another"
        self.resync += max(timeout, 0.0)
        return super().select(0)


class NoWaitLoop(asyncio.SelectorEventLoop):
    """A loop on which sleeping takes no time: for tests without a network."""

    def __init__(self) -> None:
        self._skipping = _NoWaitSelector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.resync
