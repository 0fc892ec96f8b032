"""Publishes what the log has accepted (topic parley.chat.v1, key session) and projects it.

Invariant: the relay sends entry n+1 of a session only after Kafka acknowledged entry n, after n in the same batch, or when the log marks
n as published. So the topic may repeat entries but never has n+1 before n, whichever replica publishes and however often. Every replica
may publish at any time. The replica that committed an entry publishes it at once; if it does not know whether the entry before is published
(another replica's, or from before a restart) it reads the log first.

After a crash entries stay marked `unpublished`, and the sweep of any replica finds and publishes them (mongo_unpublished.py).

An entry with more than messages is projected before it is published: a page that subscribes and then fetches a list finds everything
that was published before. Messages are projected after, many at once. They are published by another loop, so no message waits for the
projection or the log of another session. A failed batch is dropped from memory and left to the sweep.
"""

import asyncio
import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from servicekit.clock import Clock
from servicekit.errors import Unavailable
from servicekit.faults import Faults
from servicekit.kafka_publisher import Publisher
from servicekit.logs import log
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.polls import Polls
from services.chat.contract.records import Records
from services.chat.domain.events import Entry
from services.chat.domain.session import ChatSession
from services.chat.outbound.committed import Batch, Committed, PublishedRevisions
from services.chat.outbound.mongo_session_log import MongoSessionLog
from services.chat.outbound.mongo_sessions import MongoSessions
from services.chat.outbound.mongo_unpublished import MongoUnpublished, Sweep, UnpublishedEntries
from services.chat.ports import NextDue

# Between two searches for what a crash left: while there are entries, and at rest.
SWEEP_SECONDS, REST_SWEEP_SECONDS = 1.0, 5.0
# How often messages are projected: a list lags by this much, and a busy session is written once for many messages. Less than the time
# between two sweeps, in which an entry that is not marked counts as left behind.
PROJECT_SECONDS = 0.5
# More than this means a long outage of the broker: further entries wait in the log, not in memory.
MAX_WAITING = 50_000
DRAIN_SECONDS = 3.0


@dataclass(slots=True)
class _Unmarked:
    """A session whose entries Kafka has; `session` is None when the projection has it too."""

    session: ChatSession | None = None
    revisions: list[int] = field(default_factory=list)


class LogToKafka:
    """The port LogRelay."""

    ready = True

    def __init__(
        self,
        session_log: MongoSessionLog,
        unpublished: MongoUnpublished,
        sessions: MongoSessions,
        publisher: Publisher,
        next_due: NextDue,
        clock: Clock,
        metrics: Metrics,
        faults: Faults,
        *,
        sweep_seconds: float = SWEEP_SECONDS,
        project_seconds: float = PROJECT_SECONDS,
    ) -> None:
        self._marks, self._sweep = unpublished, Sweep(unpublished, metrics)
        self._unpublished = UnpublishedEntries(session_log, unpublished)
        self._sessions, self._publisher, self._next_due = sessions, publisher, next_due
        self._clock, self._faults = clock, faults
        self._sweep_seconds, self._project_seconds = sweep_seconds, project_seconds
        self._sweeps = Polls(sweep_seconds, REST_SWEEP_SECONDS)
        self._waiting: dict[str, list[Committed]] = {}
        self._waiting_count = 0
        # Of sessions whose next entries are projected before they are published, or may follow entries that only the log has.
        self._to_project: dict[str, list[Committed]] = {}
        self._projecting: set[str] = set()
        self._publishing: set[str] = set()
        self._unmarked: dict[str, _Unmarked] = {}
        self._published, self._records = PublishedRevisions(), Records()
        self._to_publish, self._has_to_project = asyncio.Event(), asyncio.Event()
        self._to_mark, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        loops = {
            "relay": self._publish_loop,
            "relay_projected": self._publish_projected_loop,
            "projection": self._project_loop,
            "sweep": self._sweep_loop,
        }
        self._loops = [Loop(name, run, metrics) for name, run in loops.items()]
        self._lag = metrics.histogram("relay_lag_seconds", "From an entry's acceptance until Kafka had it")
        self._failures = metrics.counter("relay_failures_total", "Batches that were left to the sweep")
        self._unreadable = metrics.counter("relay_unreadable_total", "Sessions that a sweep could not read")
        self._swept = metrics.counter("relay_swept_total", "Entries that the sweep published")

    async def start(self) -> None:
        for loop in self._loops:
            await loop.start()

    async def stop(self) -> None:
        """Publishes what is waiting, within DRAIN_SECONDS; the rest stays marked in the log."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._idle.wait()
        except TimeoutError:
            log.warning("relay_not_drained", sessions=len(self._waiting) + len(self._unmarked))
        for loop in self._loops:
            await loop.stop()

    def committed(self, entry: Entry, session: ChatSession) -> None:
        if self._waiting_count >= MAX_WAITING:
            # Drops the session's waiting entries too: its next entry finds all of them in the log.
            self._waiting_count -= len(self._waiting.pop(session.id, ()))
            return
        self._waiting.setdefault(session.id, []).append(Committed(entry, session))
        self._waiting_count += 1
        self._idle.clear()
        self._to_publish.set()

    async def has_published(self, desk_id: str, session_id: str, up_to: int) -> bool:
        return not await self._marks.unpublished_of(desk_id, session_id, up_to)

    async def _publish_loop(self) -> None:
        while True:
            await self._to_publish.wait()
            self._to_publish.clear()
            batch, self._waiting = self._waiting, {}
            at_once = {id: pending for id, pending in batch.items() if self._goes_at_once(id, pending)}
            for id in batch.keys() - at_once.keys():
                self._to_project.setdefault(id, []).extend(batch[id])
                self._has_to_project.set()
            self._waiting_count -= sum(map(len, at_once.values()))
            try:
                await self._publish(at_once)
            except Unavailable:
                self._give_up(at_once)

    async def _publish_projected_loop(self) -> None:
        while True:
            await self._has_to_project.wait()
            self._has_to_project.clear()
            batch, self._to_project = self._to_project, {}
            self._waiting_count -= sum(map(len, batch.values()))
            self._projecting = set(batch)
            try:
                await self._publish(await self._unpublished.fill(batch, self._published))
            except Unavailable:
                self._give_up(batch)
            finally:
                self._projecting = set()

    def _goes_at_once(self, session_id: str, pending: list[Committed]) -> bool:
        """Whether these are messages that follow the last published entry, with no earlier entry of the session on its way."""
        if session_id in self._to_project or session_id in self._projecting:
            return False
        return self._published.is_followed_by(session_id, pending) and all(one.only_messages for one in pending)

    async def _publish(self, batch: Batch) -> None:
        """Publishes the batch, each session's entries in order; raises Unavailable."""
        if not batch:
            return
        self._publishing |= batch.keys()
        try:
            structural = {id for id, pending in batch.items() if not all(one.only_messages for one in pending)}
            await self._project(batch[id][-1].session for id in structural)
            await self._faults.reached("structure_projected")
            await self._publisher.publish([self._records.of(one.entry, one.session) for pending in batch.values() for one in pending])
            await self._faults.reached("entry_published")
        finally:
            self._publishing -= batch.keys()
        now = self._clock.now()
        for id, pending in batch.items():
            self._published.add(id, pending[-1].revision)
            unmarked = self._unmarked.setdefault(id, _Unmarked())
            unmarked.revisions += [one.revision for one in pending]
            if id not in structural:
                unmarked.session = pending[-1].session
            for one in pending:
                self._lag.observe(max((now - one.entry.at).total_seconds(), 0))
        self._to_mark.set()

    async def _project(self, sessions: Iterable[ChatSession]) -> None:
        listed = list(sessions)
        deadlines = await asyncio.gather(*(self._next_due(session) for session in listed))
        if listed:
            await self._sessions.project(list(zip(listed, deadlines, strict=True)))

    async def _project_loop(self) -> None:
        while True:
            await self._to_mark.wait()
            await asyncio.sleep(self._project_seconds)
            self._to_mark.clear()
            self._sweeps.used()
            unmarked, self._unmarked = self._unmarked, {}
            try:
                await self._project(one.session for one in unmarked.values() if one.session is not None)
                await self._faults.reached("projected")
                await self._marks.mark_published((id, revision) for id, one in unmarked.items() for revision in one.revisions)
            except Unavailable:
                self._give_up(unmarked)
            if not any(self._on_their_way()):
                self._idle.set()

    def _give_up(self, sessions: Iterable[str]) -> None:
        """The entries stay marked in the log for the sweep."""
        self._failures.inc()
        self._sweeps.used()
        for id in sessions:
            self._published.drop(id)
        if not any(self._on_their_way()):
            self._idle.set()

    async def _sweep_loop(self) -> None:
        slept = 0.0
        while True:
            await asyncio.sleep(self._sweep_seconds * random.uniform(0.8, 1.2))
            slept += self._sweep_seconds
            if slept < self._sweeps.seconds:
                continue
            slept = 0.0
            try:
                while await self.sweep():
                    pass
                if self._sweep.found:
                    self._sweeps.used()
            except Unavailable:
                self._failures.inc()

    async def sweep(self) -> bool:
        """Publishes what a crash left behind of the next page of unpublished entries. Returns whether the round has more pages. A session
        whose log cannot be read is logged and left. Raises Unavailable."""
        left = await self._sweep.left_behind(self._is_busy)
        reads = (self._unpublished.of(one.desk_id, one.session_id, one.revision) for one in left)
        lists = await asyncio.gather(*reads, return_exceptions=True)
        batch: dict[str, list[Committed]] = {}
        for one, pending in zip(left, lists, strict=True):
            if isinstance(pending, Unavailable):
                raise pending
            if isinstance(pending, BaseException):
                self._unreadable.inc()
                log.error("session_not_swept", session=one.session_id, exc_info=pending)
            elif pending:
                batch[one.session_id] = pending
        if batch:
            await self._publish(batch)
            self._swept.inc(sum(map(len, batch.values())))
            log.info("entries_swept", sessions=len(batch))
        return self._sweep.has_more

    def _is_busy(self, session_id: str) -> bool:
        return any(session_id in busy for busy in self._on_their_way())

    def _on_their_way(self) -> Sequence[Collection[str]]:
        """The sessions with entries that are not marked as published, by where they are."""
        return self._waiting, self._to_project, self._projecting, self._publishing, self._unmarked
