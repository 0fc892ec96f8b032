"""The one way in which a ticket changes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from servicekit.metrics import Metrics
from servicekit.tracing import current_traceparent
from services.tickets.domain.errors import Busy, CommandIdReused
from services.tickets.domain.timeline import Commit, TicketCommand
from services.tickets.ports import Relay, RevisionTaken, TicketList, TicketLog

MAX_RACES = 12

Decision = Callable[[], Awaitable[Commit | None]]


def ticket_numbers(desk_id: str) -> str:
    """The series from which a desk's tickets take their numbers."""
    return f"tickets:{desk_id}"


# A ticket is a log of commits: one document for each accepted command, with the timeline's new lines and the ticket after
# them. That one insert is the commit, the optimistic lock (a commit's id is ticket and first new revision, so of two that
# decided on the same revision one fails), the first result for a repeat (desk, caller and command id are unique) and the
# obligation to say it (`unsaid`). All else follows from it and may be done again: the list is a projection that only
# moves forward, the relay says a ticket's unsaid commits in order. A crash anywhere after the insert leaves `unsaid`
# set, and any replica's sweep does the rest; a crash before it leaves nothing.
class Committer:
    def __init__(self, log: TicketLog, tickets: TicketList, relay: Relay, metrics: Metrics) -> None:
        self._log, self._tickets, self._relay = log, tickets, relay
        self._commits = metrics.counter("commits_total", "Accepted changes of tickets")
        self._races = metrics.counter("races_total", "Changes that another one overtook and that were decided again")

    async def first_of(self, desk_id: str, command: TicketCommand) -> Commit | None:
        """What the command led to before; raises CommandIdReused where that was another one."""
        found = await self._log.commit_of(desk_id, command.by_id, command.id)
        if found is not None and found.command.content != command.content:
            raise CommandIdReused
        return found

    async def commit(self, desk_id: str, command: TicketCommand, decide: Decision) -> Commit | None:
        """What `decide` decided, or what the command led to before; None where nothing is to change.

        Access was checked before: a repeat must not show what is hidden. `decide` loads, and may be called again: whoever
        loses a race has changed nothing.
        """
        for _ in range(MAX_RACES):
            if first := await self.first_of(desk_id, command):
                return first
            decided = await decide()
            if decided is None:
                return None
            try:
                return await self._append(replace(decided, traceparent=current_traceparent()))
            except RevisionTaken:
                self._races.inc()
        raise Busy

    async def _append(self, commit: Commit) -> Commit:
        await self._log.append(commit)
        self._commits.inc()
        self._relay.wake(commit.ticket.id)
        # Whoever made a ticket finds it in the list at once; should this fail, the relay shows it.
        await self._tickets.show(commit.ticket)
        return commit
