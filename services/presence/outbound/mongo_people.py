"""People with their facts: one document each, in `people`. The same write saves the events to publish."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from servicekit.documents import DocumentConverter
from servicekit.kafka_records import Record
from servicekit.moments import to_ms
from servicekit.mongo import Database, Document, MongoOutbox, is_duplicate, store_errors
from servicekit.outbox import LAST, OUTBOX, with_records
from services.presence.domain.connections import ConnectionState
from services.presence.domain.person import Event, Person, viewed_ticket
from services.presence.domain.presence import Presence
from services.presence.ports import Change

COLLECTION = "people"
INDEXES = [
    MongoOutbox.index,
    IndexModel([("due_at", ASCENDING)]),
    IndexModel([("leases", ASCENDING)]),
    IndexModel([("to_close", ASCENDING)]),
    IndexModel([("desk_id", ASCENDING), ("said.presence", ASCENDING)]),
    IndexModel([("ticket", ASCENDING), ("desk_id", ASCENDING)]),
]
PRESENT = [presence.value for presence in Presence if presence is not Presence.OFFLINE]

_converter = DocumentConverter()
_converter.rename(ConnectionState, lease_id="lease")
_converter.rename(Person, id="_id", announced="said")


class MongoPeople:
    """`leases` lists the leases of open connections, so that the end of a lease finds its people.

    `ticket` is the ticket that an engineer views, null without one.

    `to_close`: an admin ended one of the open connections. Few people have it at any time, so `ended_under`, which runs with every
    report, does not query the lease: not every store uses an index for values inside an array.
    """

    def __init__(self, database: Database[Document], records_of: Callable[[Event], Sequence[Record]]) -> None:
        self._people = database[COLLECTION]
        self._records_of = records_of

    async def load(self, ids: Collection[str]) -> dict[str, Person]:
        if not ids:
            return {}
        with store_errors():
            documents = await self._people.find({"_id": {"$in": list(ids)}}, {OUTBOX: 0, LAST: 0}).to_list(None)
        return {document["_id"]: _converter.structure(document, Person) for document in documents}

    async def save(self, changes: Sequence[Change]) -> bool:
        writes = [self._write(change) for change in changes]
        with store_errors():
            try:
                result = await self._people.bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                # Another replica saved the same new person first.
                if is_duplicate(error):
                    return False
                raise
        return result.matched_count + len(result.upserted_ids or {}) == len(changes)

    async def due(self, now: datetime, limit: int) -> list[str]:
        return await self._ids({"due_at": {"$lte": to_ms(now)}}, limit, [("due_at", ASCENDING)])

    async def under_lease(self, lease_id: str, limit: int) -> list[str]:
        return await self._ids({"leases": {"$in": [lease_id]}}, limit)

    async def ended_under(self, lease_id: str) -> list[str]:
        with store_errors():
            documents = await self._people.find({"to_close": True}, {"connections": 1}).to_list(None)
        found = (_converter.structure(connection, ConnectionState) for document in documents for connection in document["connections"])
        return [c.id for c in found if c.ended and c.closed_at is None and c.lease_id == lease_id]

    async def present(self, desk_id: str) -> list[str]:
        each = (self._ids({"desk_id": {"$eq": desk_id}, "said.presence": {"$eq": presence}}, 0) for presence in PRESENT)
        return [id for ids in await asyncio.gather(*each) for id in ids]

    async def viewing(self, desk_id: str, ticket_id: str, limit: int) -> list[str]:
        return await self._ids({"ticket": {"$eq": ticket_id}, "desk_id": {"$eq": desk_id}}, limit)

    async def _ids(self, condition: Document, limit: int, order: list[tuple[str, int]] | None = None) -> list[str]:
        with store_errors():
            documents = await self._people.find(condition, {"_id": 1}, sort=order).limit(limit).to_list(None)
        return [document["_id"] for document in documents]

    def _write(self, change: Change) -> UpdateOne:
        person = change.person
        records = [record for event in change.events for record in self._records_of(event)]
        update = with_records({"$set": {**_document_of(person), "version": person.version + 1}}, records)
        return UpdateOne({"_id": person.id, "version": person.version}, update, upsert=person.version == 0)


def _document_of(person: Person) -> Document:
    """Without id and version, and with the fields that only conditions use."""
    stored = _converter.unstructure(person)
    del stored["_id"], stored["version"]
    still_open = [connection for connection in person.connections if connection.closed_at is None]
    return {
        **stored,
        "leases": sorted({connection.lease_id for connection in still_open}),
        "to_close": any(connection.ended for connection in still_open),
        "ticket": viewed_ticket(person) or None,
    }
