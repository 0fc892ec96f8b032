"""Publishes the ticket log on parley.tickets.v1."""

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


# Any replica may publish any ticket, and several may at once. Each reads all unpublished commits of the ticket from the store and
# publishes them as one ordered batch, and a commit is marked only when the broker has acknowledged it. So records may repeat, but commit
# n+1 is never published before n. A crash between acknowledgement and mark repeats records as well. The sweep finds what no wake
# announced.
class LogToKafka:
    """The port Relay. `run` runs in a Loop."""

    def __init__(self, unpublished: UnpublishedLog, tickets: TicketList, publisher: Publisher, metrics: Metrics, faults: Faults) -> None:
        self._log, self._tickets, self._publisher, self._faults = unpublished, tickets, publisher, faults
        self._waiting: set[str] = set()
        self._woken = asyncio.Event()
        self._publishing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._events = metrics.counter("events_published_total", "Records on parley.tickets.v1, repeats included")
        self._failures = metrics.counter("events_failures_total", "Rounds in which store or broker did not answer; they are repeated")
        self._left = metrics.counter("unpublished_found_total", "Tickets that the sweep found with unpublished commits")

    def wake(self, ticket_id: str) -> None:
        self._waiting.add(ticket_id)
        self._woken.set()

    async def publish(self, ticket_id: str) -> None:
        # One at a time within this process, so that the second finds nothing to publish.
        lock = self._publishing.setdefault(ticket_id, asyncio.Lock())
        async with lock:
            commits = await self._log.unpublished(ticket_id)
            if commits:
                await self._publish_commits(commits)
                await self._faults.reached("commits_published")
                # The list must have the last commit before the mark, which ends all repeats.
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
                # Unpublished commits are still marked; the next sweep finds them.
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
    """Keyed by ticket, with the headers that consumers filter by (tickets.proto, TicketEvent)."""
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
