"""The only way to change a ticket."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from servicekit.metrics import Metrics
from servicekit.tracing import current_traceparent
from services.tickets.domain.errors import Busy, CommandIdReused
from services.tickets.domain.timeline import Commit, TicketCommand
from services.tickets.ports import RevisionTaken, TicketList, TicketLog

MAX_RACES = 12

# None when `decide` may find that nothing changes.
Decided = TypeVar("Decided", Commit, Commit | None)


def ticket_numbers(desk_id: str) -> str:
    """The series of a desk's ticket numbers."""
    return f"tickets:{desk_id}"


# A ticket is a log of commits: one document for each accepted command, with the new timeline entries and the ticket after them. That
# single insert is
#   the commit,
#   the optimistic lock: its id is the ticket and the first new revision, so of two decisions on the same revision one insert fails,
#   the idempotency record: desk, caller and command id are unique,
#   the outbox: the stored field `unsaid` is set until the commit is published.
# Everything else derives from it and may be repeated: the list is a projection that only moves forward, and the relay publishes a
# ticket's commits in order. If a replica crashes after the insert, any replica's sweep does the rest; a crash before it leaves nothing.
class Committer:
    """`wake_relay` is called after each commit, so that the relay publishes it; it does not wait."""

    def __init__(self, log: TicketLog, tickets: TicketList, wake_relay: Callable[[], None], metrics: Metrics) -> None:
        self._log, self._tickets, self._wake_relay = log, tickets, wake_relay
        self._commits = metrics.counter("commits_total", "Accepted changes of tickets")
        self._races = metrics.counter("races_total", "Commits that lost a race and were decided again")

    async def first_of(self, desk_id: str, command: TicketCommand) -> Commit | None:
        """The earlier commit of the command, if any. Raises CommandIdReused when that command had other content."""
        found = await self._log.commit_of(desk_id, command.by_id, command.id)
        # A commit from which a person was erased has no digest of its content.
        if found is not None and found.command.content not in ("", command.content):
            raise CommandIdReused
        return found

    async def commit(self, desk_id: str, command: TicketCommand, decide: Callable[[], Awaitable[Decided]]) -> Commit | Decided:
        """Commits what `decide` returns, or returns the earlier commit of the command. None when nothing changes. Raises Busy.

        The caller has checked access, because a repeat must not show what is hidden. `decide` loads the ticket; it is called again
        after a lost race, which has changed nothing.
        """
        for _ in range(MAX_RACES):
            if first := await self.first_of(desk_id, command):
                return first
            decided = await decide()
            if decided is None:
                return decided
            commit = replace(decided, traceparent=current_traceparent())
            try:
                await self._log.append(commit)
            except RevisionTaken:
                self._races.inc()
                continue
            self._commits.inc()
            self._wake_relay()
            # The list has the change at once. If this fails, the relay repeats it.
            await self._tickets.project(commit.ticket)
            return commit
        raise Busy
