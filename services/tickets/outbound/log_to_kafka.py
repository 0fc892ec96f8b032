"""Says what the ticket log holds on parley.tickets.v1."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Protocol
from weakref import WeakValueDictionary

from servicekit.errors import Unavailable
from servicekit.faults import Faults
from servicekit.kafka_records import Record
from servicekit.kafka_topics import TICKETS
from servicekit.logs import log
from servicekit.metrics import Metrics
from servicekit.tracing import HEADER
from services.tickets.contract import events_of
from services.tickets.domain.timeline import Commit
from services.tickets.ports import TicketList

SWEEP_SECONDS = 2.0


class UnpublishedLog(Protocol):
    async def unpublished(self, ticket_id: str) -> list[Commit]: ...

    async def tickets_with_unpublished(self) -> list[str]: ...

    async def mark_published(self, commits: Sequence[Commit]) -> None: ...


class Publisher(Protocol):
    async def publish(self, records: Sequence[Record]) -> None: ...


# Any replica may say any ticket, several at once. Order per ticket holds because whoever says a ticket reads all that is
# unsaid of it from the store and hands it over as one ordered batch; commit n is marked only once it was acknowledged, so
# nobody finds n+1 without n before that. Two that say the same repeat records, they never show n+1 before n. A crash after
# the broker's answer and before the mark repeats as well. What nobody woke us for is found by the sweep.
class LogToKafka:
    """The port Relay. `run` goes in a Loop."""

    def __init__(self, unpublished: UnpublishedLog, tickets: TicketList, publisher: Publisher, metrics: Metrics, faults: Faults) -> None:
        self._log, self._tickets, self._publisher, self._faults = unpublished, tickets, publisher, faults
        self._waiting: set[str] = set()
        self._woken = asyncio.Event()
        self._publishing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._events = metrics.counter("events_published_total", "Records on parley.tickets.v1, repeats included")
        self._failures = metrics.counter("events_failures_total", "Rounds in which store or broker did not answer; they are repeated")
        self._left = metrics.counter("unpublished_found_total", "Tickets that the sweep found with commits still to be said")

    def wake(self, ticket_id: str) -> None:
        self._waiting.add(ticket_id)
        self._woken.set()

    async def publish(self, ticket_id: str) -> None:
        # One at a time within this process: whoever comes second finds nothing left to say.
        lock = self._publishing.setdefault(ticket_id, asyncio.Lock())
        async with lock:
            commits = await self._log.unpublished(ticket_id)
            if commits:
                await self._publish_commits(commits)
                await self._faults.reached("commits_published")
                # The list too must have the last of them before the mark says that nothing is left to do.
                await self._tickets.show(commits[-1].ticket)
                await self._log.mark_published(commits)

    async def republish(self, commit: Commit) -> None:
        await self._publish_commits([commit])

    async def run(self) -> None:
        time = asyncio.get_running_loop().time
        sweep_at = time()
        while True:
            try:
                if time() >= sweep_at:
                    sweep_at = time() + SWEEP_SECONDS
                    await self._sweep()
                woken, self._waiting = self._waiting, set()
                await asyncio.gather(*(self.publish(ticket_id) for ticket_id in woken))
            except Unavailable:
                # Whatever was not said is still marked so: the next sweep finds it.
                self._failures.inc()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(sweep_at):
                    await self._woken.wait()
            self._woken.clear()

    async def _sweep(self) -> None:
        for ticket_id in await self._log.tickets_with_unpublished():
            if ticket_id not in self._waiting and ticket_id not in self._publishing:
                self._left.inc()
                log.info("unpublished_commits_found", ticket=ticket_id)
            await self.publish(ticket_id)

    async def _publish_commits(self, commits: Sequence[Commit]) -> None:
        records = [record for commit in commits for record in records_of(commit)]
        await self._publisher.publish(records)
        self._events.inc(len(records))


def records_of(commit: Commit) -> list[Record]:
    """Keyed by ticket, with the headers by which readers choose (tickets.proto, TicketEvent)."""
    ticket = commit.ticket
    people = [ticket.customer.id] + ([ticket.assignee.id] if ticket.assignee else [])
    common = {"desk": ticket.desk_id, "company": ticket.company.id, "board": ticket.board.id, "people": ",".join(people)}
    return [
        Record(
            TICKETS.name,
            ticket.id,
            event.SerializeToString(),
            {**common, "kind": event.WhichOneof("event") or "", HEADER: commit.traceparent},
        )
        for event in events_of(commit)
    ]
