"""Load, decide, append: the one way into a session's log.

Invariants:
- The log is the lock: an entry's id is (session, revision), so of two replicas that decide on the same revision one append fails.
  The loser has changed nothing; it loads the winner's entry and decides again.
- At most one load or append per session is in flight. If n+1 and n+2 were in one unordered batch and n+1 lost its race, n+2 would
  rest on a state that never existed. So a session's commands wait in its queue; sessions do not wait for each other.
- Accepting a command on cached state is safe, because the append is conditional. Refusing is not: another replica's entry may allow the
  command. So a refusal, or an outcome without events, counts only on a state that was read after the command came; otherwise the queue
  loads first.
- A refused or lost command changed nothing. An unknown result is reported as Unavailable, and the queue loads before it decides again.

Messages enter by `submit`, which runs in callbacks on one event loop, without a task or a coroutine for each: thousands a second pass here.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from servicekit.call_deadline import seconds_left
from servicekit.clock import Clock
from servicekit.errors import Unavailable
from servicekit.tracing import current_traceparent
from services.chat.domain.access import check_may_act, check_may_see, check_takes_part, may_see
from services.chat.domain.chain import FIRST, seal
from services.chat.domain.errors import Busy, ChatError, CommandIdReused, OutOfOrder, SessionNotFound, TooLate
from services.chat.domain.events import Entry
from services.chat.domain.opening import Claim, claim_of
from services.chat.domain.session import ChatSession, apply
from services.chat.domain.status import ChatType
from services.chat.handlers.session_command import Answer, Decide, FactsOutdated, Outcome, Prepare, QueuedCommand
from services.chat.handlers.session_queue import SessionQueue, SessionQueues
from services.chat.handlers.session_reader import MAX_ID, SessionReader
from services.chat.ports import Claims, CommandTaken, LogRelay, RevisionTaken, SessionLog, loaded

# A replica with a long queue wins again and again until its queue is empty; the others must outlast it.
MAX_RACES = 100
MAX_FETCHES = 20


class SessionWriter:
    """`decide` for use cases, `write` to await any command, `submit` for callbacks. Belongs to one event loop."""

    def __init__(
        self,
        log: SessionLog,
        relay: LogRelay,
        claims: Claims,
        reader: SessionReader,
        queues: SessionQueues,
        clock: Clock,
        salt: Callable[[], str],
        waited: Callable[[float], None],
    ) -> None:
        """`waited` gets the seconds that each command was queued before its first decision."""
        self._log, self._relay, self._claims, self._reader, self._queues = log, relay, claims, reader, queues
        self._clock, self._salt, self._waited = clock, salt, waited
        self._tasks: set[asyncio.Task[None]] = set()

    async def decide(self, command: QueuedCommand, decide: Decide) -> Answer:
        """A repeat gets its first result without a decision. Raises what `decide` raises, SessionNotFound, CommandIdReused, Busy,
        Unavailable."""
        return await self.answer(await self.write(replace(command, decide=decide)))

    async def decide_on_facts(self, command: QueuedCommand, prepare: Prepare) -> Answer:
        """Like `decide`, for a decision that needs facts of other services. `prepare` fetches them, but not for a repeat: the facts may
        have changed since."""
        for _ in range(MAX_FETCHES):
            # A write without a decision loads the session and detects a repeat.
            checked = await self.write(replace(command))
            if checked.repeated:
                return await self.answer(checked)
            with contextlib.suppress(FactsOutdated):
                return await self.decide(command, await prepare(checked.session))
        raise Busy(command.session_id)

    async def decide_as_system(self, desk_id: str, session_id: str, command_id: str, kind: str, decide: Decide) -> Outcome:
        return await self.write(QueuedCommand(desk_id, session_id, command_id, kind, "", decide, traceparent=current_traceparent()))

    async def answer(self, outcome: Outcome) -> Answer:
        """With the entry that the command led to; for a repeat the first one's."""
        if not outcome.repeated:
            return Answer(outcome.session, [outcome.entry] if outcome.entry else [])
        session, entries = await self._reader.read(
            outcome.session.desk_id, outcome.session.id, outcome.session, outcome.revision - 1, most=1
        )
        return Answer(session or outcome.session, entries)

    async def write(self, command: QueuedCommand) -> Outcome:
        """Raises ChatError or Unavailable. Cancelling the wait does not stop the command. A command that is still queued at its caller's
        deadline (servicekit/call_deadline.py) does not start."""
        if (left := seconds_left()) is not None:
            command.expires = self._clock.now() + timedelta(seconds=left)
        future = command.future()
        self.submit(command)
        return await future

    def submit(self, command: QueuedCommand) -> None:
        """Decides at once when nothing of the session is in flight, else in turn; calls `command.on_outcome` with the result."""
        if len(command.session_id) > MAX_ID:
            command.on_outcome(None, SessionNotFound(command.session_id))
            return
        queue = self._queues.get((command.desk_id, command.session_id))
        if not queue.waiting.add(command):
            command.on_outcome(None, Busy(command.session_id))
            return
        command.queued_at = asyncio.get_running_loop().time()
        if not queue.busy:
            if command.begin is not None and queue.session is None:
                # The caller that begins a session has just read that it does not exist. If it exists by now, the append is refused.
                queue.stale = False
            self._advance(queue)

    def _advance(self, queue: SessionQueue) -> None:
        while queue.waiting and not queue.busy:
            if queue.stale:
                self._start(self._load(queue))
                queue.busy, queue.started_at = True, asyncio.get_running_loop().time()
            else:
                self._next(queue, queue.waiting.next())
        queue.fresh_at = 0.0
        if queue.session is None and not (queue.busy or queue.waiting):
            # A missing session is not cached: another replica may open it.
            self._queues.drop(queue)

    def _next(self, queue: SessionQueue, command: QueuedCommand) -> None:
        # Nothing is fetched for who may not see the session: a refusal costs the same for a hidden and a missing one (spec 10.2).
        if command.fetch is None or queue.session is None or (command.viewer is not None and not may_see(command.viewer, queue.session)):
            self._decide(queue, command)
        else:
            queue.busy = True
            self._start(self._fetch(queue, command, command.fetch))

    async def _fetch(self, queue: SessionQueue, command: QueuedCommand, fetch: Callable[[], Awaitable[Decide]]) -> None:
        try:
            command.decide, command.fetch = await fetch(), None
            queue.waiting.put_back(command)
        except Exception as error:
            command.on_outcome(None, error)
        queue.busy = False
        self._advance(queue)

    async def _load(self, queue: SessionQueue) -> None:
        try:
            if queue.session is None and await self._nobody_may_see(queue):
                raise SessionNotFound(queue.key[1])
            async for part in loaded(self._log, *queue.key, queue.revision):
                queue.apply(part)
            queue.stale, queue.fresh_at = False, queue.started_at
        except Exception as error:
            # Every waiting command would fail in the same way (nobody may see the session, or the store is down). The log is never behind
            # an earlier answer of its own, so a gap is an error of the store: drop the cached state and let the senders retry.
            self._queues.drop(queue)
            failure = Unavailable("The log is incomplete; repeat with the same id.") if isinstance(error, ValueError) else error
            queue.busy = False
            while queue.waiting:
                queue.waiting.next().on_outcome(None, failure)
            return
        queue.busy = False
        self._queues.count_added(queue)
        self._advance(queue)

    async def _nobody_may_see(self, queue: SessionQueue) -> bool:
        """Whether each waiting command is of a person who may not see the session. Others may queue up while this looks."""
        if any(command.viewer is None or command.begin is not None for command in queue.waiting):
            return False

        def visible(session: ChatSession) -> bool:
            return any(command.viewer is None or may_see(command.viewer, session) for command in queue.waiting)

        return await self._reader.is_hidden(queue.key, visible)

    def _decide(self, queue: SessionQueue, command: QueuedCommand) -> None:
        if not command.decided:
            self._waited(asyncio.get_running_loop().time() - command.queued_at)
            command.decided = True
        try:
            entry = self._entry(queue, command)
        except ChatError as error:
            self._finish_without_entry(queue, command, None, error)
            return
        except Exception as error:
            # A defect in a rule, or a missing fact, fails this command only: the commands behind it go on.
            command.on_outcome(None, error)
            return
        if isinstance(entry, Outcome):
            self._finish_without_entry(queue, command, entry, None)
            return
        after = apply(queue.session, entry)
        queue.busy, queue.started_at = True, asyncio.get_running_loop().time()
        self._log.append(entry).add_done_callback(partial(self._appended, queue, command, entry, after))

    def _entry(self, queue: SessionQueue, command: QueuedCommand) -> Entry | Outcome:
        session, now, by = queue.session, self._clock.now(), command.by
        if command.expires is not None and now >= command.expires:
            raise TooLate()
        if session is None:
            if command.begin is None:
                raise SessionNotFound(command.session_id)
            events = command.begin(now)
        else:
            if command.viewer is not None:
                check_may_see(command.viewer, session)
            if first := queue.revisions_by_command.get((by.id, command.command_id)):
                # An entry from which a person was erased has none.
                if first[1] not in ("", command.fingerprint):
                    raise CommandIdReused()
                return Outcome(session, None, first[0], first[2], repeated=True)
            if command.previous and (by.id, command.previous) not in queue.revisions_by_command:
                raise OutOfOrder()
            if command.viewer is not None:
                check_may_act(command.viewer, session)
                if not command.for_asked:
                    check_takes_part(command.viewer, session)
            # Clocks of two machines differ; a session's times never go back.
            now = max(now, session.modified_at)
            events = command.decide(session, now)
            if not events:
                return Outcome(session, None, session.revision, session.modified_at)
        what = (command.command_id, command.kind, command.fingerprint)
        entry = Entry(*queue.key, queue.revision + 1, by, *what, now, tuple(events), traceparent=command.traceparent)
        return seal(entry, FIRST if session is None else session.hash, self._salt())

    def _finish_without_entry(self, queue: SessionQueue, command: QueuedCommand, outcome: Outcome | None, error: ChatError | None) -> None:
        """Reports the outcome if the state is the newest; else loads and decides again."""
        # What was acknowledged before the command came must count, and a load that had begun by then may lack it.
        newest = command.queued_at <= queue.fresh_at
        if newest or (outcome is not None and outcome.repeated) or isinstance(error, TooLate):
            command.on_outcome(outcome, error)
        else:
            queue.waiting.put_back(command)
            queue.stale = True

    def _appended(self, queue: SessionQueue, command: QueuedCommand, entry: Entry, after: ChatSession, done: asyncio.Future[None]) -> None:
        queue.busy = False
        error = Unavailable("The store stopped.") if done.cancelled() else done.exception()
        if error is None:
            before = queue.session
            queue.add(entry, after)
            queue.fresh_at = queue.started_at
            self._queues.count_added(queue)
            self._relay.committed(entry, after)
            self._release(before, after)
            command.on_outcome(Outcome(after, entry, entry.revision, entry.at), None)
        else:
            queue.stale = True
            command.races += 1
            if command.once or not isinstance(error, RevisionTaken | CommandTaken):
                command.on_outcome(None, error)
            elif command.races >= MAX_RACES:
                command.on_outcome(None, Busy(command.session_id))
            else:
                queue.waiting.put_back(command)
        self._advance(queue)

    def _release(self, before: ChatSession | None, after: ChatSession) -> None:
        if before and (before.participants, before.status, before.voided) == (after.participants, after.status, after.voided):
            # As after a message: who is in the session and its status decide whether it holds the claim.
            return
        if after.type is not ChatType.REQUEST or after.voided or after.holds_claim or not (before is None or before.holds_claim):
            return
        self._start(self._free(claim_of(after), after.id))

    async def _free(self, claim: Claim, session_id: str) -> None:
        # If the store is down, the next opening finds that the claim's session has ended and takes the claim over.
        with contextlib.suppress(Unavailable):
            await self._claims.release(claim, session_id)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
