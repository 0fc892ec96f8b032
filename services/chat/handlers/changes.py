"""Load, decide, append: the one way into a session's log.

Invariants, and what holds them:
- The lock is the log itself: an entry's id is (session, revision), so of two replicas that decide on the same revision one append fails.
  The loser has changed nothing, loads what the winner left and decides again.
- Of one session at most one load or append is in flight. Were n+1 and n+2 in one unordered batch and n+1 lost its race, n+2 would
  stand on a state that never was. So a session's commands wait in its queue (turns.py); sessions don't wait for each other.
- An acceptance on remembered state is safe (the append is conditional); a refusal is not: what another replica wrote may allow it. So
  a refusal, or "nothing follows", counts only on state that is known to be the newest; else the line loads once more first.
- What was refused or lost changed nothing; an unknown fate (Unavailable) is told as that, and the line loads before it decides again.

Everything runs in callbacks on one loop, without a task or a coroutine per command: thousands of messages a second come this way.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

from servicekit.clock import Clock
from servicekit.errors import Unavailable
from servicekit.patience import seconds_left
from services.chat.domain.access import check_may_act, check_may_see, may_see
from services.chat.domain.chain import FIRST, seal
from services.chat.domain.entry import Entry
from services.chat.domain.errors import Busy, ChatError, CommandIdReused, OutOfOrder, SessionNotFound, TooLate
from services.chat.domain.session import ChatSession, apply
from services.chat.domain.status import ChatType
from services.chat.handlers.change import Change, Outcome
from services.chat.handlers.line import Line, Lines
from services.chat.handlers.states import LONGEST_ID, States
from services.chat.ports import Claim, Claims, CommandTaken, Relay, RevisionTaken, SessionLog, Sessions

# A replica with a long line of its own wins again and again until the line is done; the others must outlast it.
MAX_RACES = 100
MOST_REMEMBERED = 300_000


class Salts:
    """32 hex digits of chance a call; the system is asked for many at once."""

    def __init__(self) -> None:
        self._left = ""

    def __call__(self) -> str:
        if not self._left:
            self._left = secrets.token_hex(16 * 256)
        salt, self._left = self._left[:32], self._left[32:]
        return salt


class SessionChanges:
    """`submit` for callbacks, `change` to await. Belongs to one event loop."""

    def __init__(
        self,
        log: SessionLog,
        relay: Relay,
        claims: Claims,
        lists: Sessions,
        clock: Clock,
        salt: Callable[[], str],
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._log, self._relay, self._claims, self._lists, self._clock, self._salt = log, relay, claims, lists, clock, salt
        self._lines = Lines(most_remembered)
        self.states = States(log, lists, self._lines)
        self._tasks: set[asyncio.Task[None]] = set()

    async def change(self, change: Change) -> Outcome:
        """Raises ChatError or Unavailable. Who stops waiting does not stop the command; one that still stands in line when its caller's
        patience ends (servicekit/patience.py) is not begun."""
        if (left := seconds_left()) is not None:
            change.expires = self._clock.now() + timedelta(seconds=left)
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        change.settle = partial(_settle, future)
        self.submit(change)
        return await future

    def submit(self, change: Change) -> None:
        """Decides at once when nothing of the session is in flight, else in its turn; `change.settle` hears what became of it."""
        if len(change.session_id) > LONGEST_ID:
            change.settle(None, SessionNotFound(change.session_id))
            return
        line = self._lines.get((change.desk_id, change.session_id))
        if not line.waiting.add(change):
            change.settle(None, Busy(change.session_id))
            return
        if not line.busy:
            self._advance(line)

    def _advance(self, line: Line) -> None:
        while line.waiting and not line.busy:
            if line.stale:
                self._start(self._load(line))
                line.busy = True
            else:
                self._decide(line, line.waiting.next())
        line.fresh = False
        if line.session is None and not (line.busy or line.waiting):
            # That there is no session is not remembered: another replica may open it.
            self._lines.drop(line)

    async def _load(self, line: Line) -> None:
        try:
            if line.session is None and await self._nobody_may_see(line):
                raise SessionNotFound(line.key[1])
            line.take(await self._log.load(*line.key, line.revision))
            line.stale, line.fresh = False, True
        except Exception as error:
            # What waits here would only fail in the same way, one after the other (nobody may see the session, or no answer). The log
            # itself is never behind what it once answered, so a gap is an error of the store: forget all and let the sender come again.
            self._lines.drop(line)
            fate = Unavailable("The log has a gap at this moment.") if isinstance(error, ValueError) else error
            line.busy = False
            while line.waiting:
                line.waiting.next().settle(None, fate)
            return
        line.busy = False
        self._lines.grew(line)
        self._advance(line)

    async def _nobody_may_see(self, line: Line) -> bool:
        """Whether each command that waits is of a person who may not see the session. Costs as much as a session that is not there,
        however long the log is (spec 10.2): only what the projection lacks of it is loaded."""
        if any(change.viewer is None or change.begin is not None for change in line.waiting):
            return False
        known = await self._lists.one(*line.key)
        if known is None or _seen_by_any(line, known):
            return False
        # The projection may be behind the log, and others may have come meanwhile.
        newest = await self.states.newest(*line.key, known)
        return newest is not None and not _seen_by_any(line, newest)

    def _decide(self, line: Line, change: Change) -> None:
        try:
            entry = self._entry(line, change)
        except ChatError as error:
            self._finally(line, change, None, error)
            return
        except Exception as error:
            # A defect in a rule, or a fact that it lacks, is its command's alone: whoever waits behind it must not wait for ever.
            change.settle(None, error)
            return
        if isinstance(entry, Outcome):
            self._finally(line, change, entry, None)
            return
        after = apply(line.session, entry)
        line.busy = True
        self._log.append(entry).add_done_callback(partial(self._appended, line, change, entry, after))

    def _entry(self, line: Line, change: Change) -> Entry | Outcome:
        session, now, who = line.session, self._clock.now(), change.by
        if change.expires is not None and now >= change.expires:
            raise TooLate()
        if session is None:
            if change.begin is None:
                raise SessionNotFound(change.session_id)
            events = change.begin(now)
        else:
            if change.viewer is not None:
                check_may_see(change.viewer, session)
            if first := line.index.get((who.id, change.command_id)):
                if first[1] != change.fingerprint:
                    raise CommandIdReused()
                return Outcome(session, None, first[0], first[2], repeated=True)
            if change.previous and (who.id, change.previous) not in line.index:
                raise OutOfOrder()
            if change.viewer is not None:
                check_may_act(change.viewer, session)
            # Two machines' clocks differ a little; a session's times never go back.
            now = max(now, session.modified_at)
            events = change.decide(session, now)
            if not events:
                return Outcome(session, None, session.revision, session.modified_at)
        entry = Entry(
            *line.key,
            line.revision + 1,
            who,
            change.command_id,
            change.kind,
            change.fingerprint,
            now,
            tuple(events),
            traceparent=change.traceparent,
        )
        return seal(entry, FIRST if session is None else session.hash, self._salt())

    def _finally(self, line: Line, change: Change, outcome: Outcome | None, error: ChatError | None) -> None:
        """Settles what needs no entry, if the state is the newest."""
        if line.fresh or (outcome is not None and outcome.repeated) or isinstance(error, TooLate):
            change.settle(outcome, error)
        else:
            line.waiting.put_back(change)
            line.stale = True

    def _appended(self, line: Line, change: Change, entry: Entry, after: ChatSession, fate: asyncio.Future[None]) -> None:
        line.busy = False
        error = Unavailable("The store stopped.") if fate.cancelled() else fate.exception()
        if error is None:
            before = line.session
            line.add(entry, after)
            line.fresh = True
            self._lines.grew(line)
            self._relay.committed(entry, after)
            self._release(before, after)
            change.settle(Outcome(after, entry, entry.revision, entry.at), None)
        else:
            line.stale = True
            change.races += 1
            if not isinstance(error, RevisionTaken | CommandTaken):
                change.settle(None, error)
            elif change.races >= MAX_RACES:
                change.settle(None, Busy(change.session_id))
            else:
                line.waiting.put_back(change)
        self._advance(line)

    def _release(self, before: ChatSession | None, after: ChatSession) -> None:
        if after.type is not ChatType.REQUEST or after.voided or after.holds_claim or not (before is None or before.holds_claim):
            return
        self._start(self._free(claim_of(after), after.id))

    async def _free(self, claim: Claim, session_id: str) -> None:
        try:
            await self._claims.release(claim, session_id)
        except Unavailable:
            # Whoever meets the claim finds that its session has ended and takes it over.
            return

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def claim_of(session: ChatSession) -> Claim:
    """What the session holds while it is its customer's one active chat (spec 2.3)."""
    return Claim(session.desk_id, session.customer.id, session.ticket_id if session.on_ticket else "")


def _seen_by_any(line: Line, session: ChatSession) -> bool:
    return any(change.viewer is None or may_see(change.viewer, session) for change in line.waiting)


def _settle(future: asyncio.Future[Outcome], outcome: Outcome | None, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    elif outcome is not None:
        future.set_result(outcome)
