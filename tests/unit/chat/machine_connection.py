"""What the machine's replicas run on: a connection to all ports that can be cut for good, and a loop without waiting time."""

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
from services.chat.outbound.documents import entry_id
from services.chat.outbound.mongo_session_log import Unpublished
from tests.fakes.chat.lists import FakeClaims, FakeSessions
from tests.fakes.chat.session_log import FakeSessionLog

Port = TypeVar("Port")


class Connection:
    """A process's connection to stores, broker and peers. It dies at the `fuse`-th end of a call from now: before a call is made, or after
    its effect and before its answer. Later calls get no answer, as after a kill -9. An entry that it died over may still be in flight, and
    land late."""

    def __init__(self) -> None:
        self.fuse, self.on_its_way, self.died = 0, 0, asyncio.Event()
        self._never: list[asyncio.Future[None]] = []

    def to(self, port: Port) -> Port:
        """The port through this connection."""
        return _Reached(port, self)  # type: ignore[return-value]

    def cut(self) -> None:
        self.died.set()

    async def end(self) -> None:
        """One end of the connection."""
        if self.fuse:
            self.fuse -= 1
            if self.fuse == 0:
                self.cut()
        if self.died.is_set():
            self._never.append(asyncio.get_running_loop().create_future())
            await self._never[-1]

    async def reached(self, point: str) -> None:
        """The port Faults: a dead process reaches no point."""
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
        fate = self._port.append(entry)  # type: ignore[attr-defined]
        await asyncio.wait([fate])
        error = fate.exception()
        await self._connection.end()
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(None)

    def _land(self, entry: Entry) -> None:
        self._port.append(entry).add_done_callback(self._landed)  # type: ignore[attr-defined]

    def _landed(self, fate: "asyncio.Future[None]") -> None:
        fate.exception()
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
    """The broker's side of a publisher: what was published of each session, in order."""

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
        """As one process has it."""
        return self._log

    @property
    def publisher(self) -> Topic:
        return self.topic

    def hiccup(self, error: Exception, written: bool) -> None:
        """The next entry's sender gets `error`, whether or not it was written."""
        (self._log.unknown if written else self._log.fails).append(error)

    def well_again(self) -> None:
        self._log.unknown.clear()
        self._log.fails.clear()

    async def entries(self, desk_id: str) -> dict[str, list[Entry]]:
        """Every session's log."""
        return {session_id: list(log) for (desk, session_id), log in self._log.entries.items() if desk == desk_id and log}

    async def projected(self, session_id: str) -> ChatSession | None:
        known = self.sessions.known.get(session_id)
        return known[0] if known else None

    async def settled(self) -> bool:
        """Everything is published and projected."""
        return not self._log.marks


class _Jumping(selectors.SelectSelector):
    """Instead of waiting, it counts the time that it would have waited."""

    resync = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for somebody else"
        self.resync += max(timeout, 0.0)
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop on which sleeping takes no time: for tests without a network."""

    def __init__(self) -> None:
        self._skipping = _Jumping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.resync
