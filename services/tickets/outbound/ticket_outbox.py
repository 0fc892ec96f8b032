"""The ticket log as an outbox: the relay (servicekit/outbox.py) publishes its commits on parley.tickets.v1."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from servicekit.kafka_records import Record
from servicekit.kafka_topics import TICKETS
from servicekit.outbox import Unpublished
from servicekit.tracing import HEADER
from services.tickets.contract import events_of
from services.tickets.domain.timeline import Commit
from services.tickets.ports import TicketList, TicketLog


class UnpublishedLog(TicketLog, Protocol):
    async def unpublished(self, ticket_id: str) -> list[Commit]: ...

    async def tickets_with_unpublished(self, limit: int) -> list[str]: ...

    async def mark_published(self, commit_ids: Sequence[str]) -> None: ...


class TicketOutbox:
    """Each round reads all unpublished commits of a ticket, so commit n+1 is never published before n."""

    def __init__(self, log: UnpublishedLog, tickets: TicketList) -> None:
        self._log, self._tickets = log, tickets

    async def unpublished(self, limit: int) -> Sequence[Unpublished]:
        ids = await self._log.tickets_with_unpublished(limit)
        found = await asyncio.gather(*(self._log.unpublished(id) for id in ids))
        records = [[(commit.id, record) for commit in commits for record in records_of(commit)] for commits in found]
        return [Unpublished(id, entries) for id, entries in zip(ids, records, strict=True) if entries]

    async def mark_published(self, published: Sequence[Unpublished]) -> None:
        # The list must have the last commit before the mark, which ends all repeats.
        await asyncio.gather(*(self._show(ticket.document_id) for ticket in published))
        await self._log.mark_published(list({saved: None for ticket in published for saved, _ in ticket.entries}))

    async def _show(self, ticket_id: str) -> None:
        await self._tickets.show(await self._log.load("", ticket_id))


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
