"""The ticket log in MongoDB, one document for each commit (handlers/committing.py states the invariant), and its relay's view of it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from servicekit.mongo import Document, Mongo, store_errors
from servicekit.outbox import Unpublished
from services.tickets.contract import records_of
from services.tickets.domain.errors import TicketNotFound
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.timeline import Commit
from services.tickets.outbound.ticket_documents import commit_from_document, commit_to_document, ticket_from_document
from services.tickets.ports import RevisionTaken, TicketList, TicketLog

COLLECTION = "ticket_log"
INDEXES = {
    COLLECTION: [
        IndexModel([("command_id", ASCENDING), ("by_id", ASCENDING), ("desk_id", ASCENDING)], unique=True),
        IndexModel([("ticket_id", ASCENDING), ("revision", ASCENDING)]),
        IndexModel([("unsaid", ASCENDING)]),
    ]
}


class MongoTicketLog:
    def __init__(self, mongo: Mongo) -> None:
        self._log = mongo.database[COLLECTION]

    async def load(self, desk_id: str, ticket_id: str) -> Ticket:
        return ticket_from_document((await self._last(desk_id, ticket_id))["ticket"])

    async def last(self, desk_id: str, ticket_id: str) -> Commit:
        return commit_from_document(await self._last(desk_id, ticket_id))

    async def replace(self, commit: Commit) -> bool:
        document, before = commit_to_document(commit), commit.replaced - 1
        # Not the mark `unsaid`: the relay may remove it at any time.
        changed = {name: document[name] for name in ("command", "attachments", "lines", "ticket", "replaced")}
        as_read = {"_id": commit.id, "replaced": before or {"$exists": False}}
        with store_errors():
            return (await self._log.update_one(as_read, {"$set": changed})).matched_count == 1

    async def append(self, commit: Commit) -> None:
        with store_errors():
            try:
                await self._log.insert_one(commit_to_document(commit))
            except DuplicateKeyError as error:
                raise RevisionTaken from error

    async def commit_of(self, desk_id: str, by_id: str | None, command_id: str) -> Commit | None:
        by = {} if by_id is None else {"by_id": {"$eq": by_id}}
        return await self._one({"command_id": {"$eq": command_id}, **by, "desk_id": {"$eq": desk_id}})

    async def commits(self, desk_id: str, ticket_id: str, *, above: int, size: int, public: bool) -> list[Commit]:
        wanted = {**_of(desk_id, ticket_id), "revision": {"$gt": above}} | ({"public": True} if public else {})
        with store_errors():
            found = await self._log.find(wanted).sort("revision", ASCENDING).limit(size).to_list(size)
        return [commit_from_document(document) for document in found]

    async def commit_with(self, desk_id: str, ticket_id: str, attachment_id: str) -> Commit | None:
        return await self._one({**_of(desk_id, ticket_id), "attachments": attachment_id})

    async def unpublished(self, ticket_id: str) -> list[Commit]:
        """Oldest first."""
        with store_errors():
            unpublished = {**_of("", ticket_id), "unsaid": {"$exists": True}}
            found = await self._log.find(unpublished).sort("revision", ASCENDING).to_list(None)
        return [commit_from_document(document) for document in found]

    async def tickets_with_unpublished(self, limit: int) -> list[str]:
        """Tickets of `limit` unpublished commits. Reads no more than that, however many an outage has left."""
        with store_errors():
            found = await self._log.find({"unsaid": True}, {"ticket_id": 1}).limit(limit).to_list(limit)
        return list(dict.fromkeys(str(document["ticket_id"]) for document in found))

    async def mark_published(self, commit_ids: Sequence[str]) -> None:
        with store_errors():
            await self._log.update_many({"_id": {"$in": list(commit_ids)}}, {"$unset": {"unsaid": ""}})

    async def mark_unpublished(self, commit: Commit) -> None:
        with store_errors():
            await self._log.update_one({"_id": commit.id}, {"$set": {"unsaid": True}})

    async def _last(self, desk_id: str, ticket_id: str) -> Document:
        with store_errors():
            found: Document | None = await self._log.find_one(_of(desk_id, ticket_id), sort=[("revision", DESCENDING)])
        if found is None:
            raise TicketNotFound
        return found

    async def _one(self, wanted: Document) -> Commit | None:
        with store_errors():
            found = await self._log.find_one(wanted)
        return commit_from_document(found) if found else None


def _of(desk_id: str, ticket_id: str) -> Document:
    """An empty desk_id matches any desk."""
    ticket: Document = {"ticket_id": {"$eq": ticket_id}}
    return {**ticket, "desk_id": desk_id} if desk_id else ticket


class UnpublishedLog(TicketLog, Protocol):
    async def unpublished(self, ticket_id: str) -> list[Commit]: ...

    async def tickets_with_unpublished(self, limit: int) -> list[str]: ...

    async def mark_published(self, commit_ids: Sequence[str]) -> None: ...


class TicketOutbox:
    """The ticket log as an outbox: the relay (servicekit/outbox.py) publishes its commits on parley.tickets.v1.

    Each round reads all unpublished commits of a ticket, so commit n+1 is never published before n."""

    def __init__(self, log: UnpublishedLog, tickets: TicketList) -> None:
        self._log, self._tickets = log, tickets

    async def unpublished(self, limit: int) -> Sequence[Unpublished]:
        ids = await self._log.tickets_with_unpublished(limit)
        found = await asyncio.gather(*(self._log.unpublished(id) for id in ids))
        records = [[(commit.id, record) for commit in commits for record in records_of(commit)] for commits in found]
        return [Unpublished(id, of_ticket) for id, of_ticket in zip(ids, records, strict=True) if of_ticket]

    async def mark_published(self, published: Sequence[Unpublished]) -> Sequence[Unpublished]:
        # The list must have the last commit before the mark, which ends all repeats.
        await asyncio.gather(*(self._project(ticket.document_id) for ticket in published))
        await self._log.mark_published(list({saved: None for ticket in published for saved, _ in ticket.records}))
        # The topic keeps all records, and readers compare revisions.
        return []

    async def _project(self, ticket_id: str) -> None:
        # `replace`, because erasing a person changes notes, and so the words of the ticket, but not its revision.
        await self._tickets.replace(await self._log.load("", ticket_id))
