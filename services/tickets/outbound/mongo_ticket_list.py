"""Tickets as lists show them, a projection of the log that only moves forward; and the counters of numbers."""

import asyncio
import re
from contextlib import suppress
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from servicekit.moments import to_ms
from servicekit.mongo import Document, Mongo, store_errors
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.ticket_list import Cursor, TicketPage, TicketQuery, TicketVisibility
from services.tickets.outbound.ticket_documents import ticket_from_document, ticket_to_document

COLLECTION = "tickets"
COUNTERS = "counters"
COMPLETE_EVERY_SECONDS = 3600.0
COMPLETE_AT_ONCE = 500
# `id` equals `_id`, which the embedded store does not accept in our indexes.
NEWEST_FIRST = [("modified_ms", DESCENDING), ("id", DESCENDING)]
PUBLIC_NEWEST_FIRST = [("public_modified_ms", DESCENDING), ("id", DESCENDING)]
INDEXES = {
    COLLECTION: [
        IndexModel([("desk_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("desk_id", ASCENDING), ("status", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("customer_id", ASCENDING), *NEWEST_FIRST]),
        # For customers: their own tickets, and those of a company that shares them.
        IndexModel([("customer_id", ASCENDING), *PUBLIC_NEWEST_FIRST]),
        IndexModel([("desk_id", ASCENDING), ("company_id", ASCENDING), *PUBLIC_NEWEST_FIRST]),
        IndexModel([("desk_id", ASCENDING), ("number", ASCENDING)]),
    ]
}


class MongoTicketList:
    def __init__(self, mongo: Mongo) -> None:
        self._tickets = mongo.database[COLLECTION]

    async def project(self, ticket: Ticket) -> None:
        shown = {**ticket_to_document(ticket), "folded": ticket.summary.casefold()}
        # If a later revision is stored, the condition fails, and the upsert tries to insert a second document.
        with store_errors(), suppress(DuplicateKeyError):
            await self._tickets.update_one({"_id": ticket.id, "revision": {"$lt": ticket.revision}}, {"$set": shown}, upsert=True)

    async def find(self, query: TicketQuery) -> TicketPage:
        wanted = {"$and": _conditions(query)}
        order, public = (PUBLIC_NEWEST_FIRST, True) if query.visibility.public else (NEWEST_FIRST, False)
        page = {"$and": [*wanted["$and"], _below(query.below, order[0][0])]} if query.below else wanted
        with store_errors():
            total = await self._tickets.count_documents(wanted)
            found = await self._tickets.find(page).sort(order).limit(query.size + 1).to_list(query.size + 1)
        tickets = tuple(ticket_from_document(document) for document in found[: query.size])
        return TicketPage(tickets, total, Cursor.of(tickets[-1], public=public) if len(found) > query.size else None)

    async def keep_complete(self) -> None:
        """Does not return. Any replica may run it at any time."""
        while True:
            await self.complete()
            await asyncio.sleep(COMPLETE_EVERY_SECONDS)

    async def complete(self) -> None:
        """Sets `public_modified_ms`, by which customers' lists are sorted, on documents of earlier versions."""
        last, missing = "", {"public_modified_ms": {"$exists": False}}
        with store_errors():
            while True:
                wanted = {"_id": {"$gt": last}, **missing}
                found = await self._tickets.find(wanted, {"modified_ms": 1}).sort("_id", ASCENDING).limit(COMPLETE_AT_ONCE).to_list(None)
                if not found:
                    return
                last = found[-1]["_id"]
                updates = [UpdateOne({"_id": d["_id"], **missing}, {"$set": {"public_modified_ms": d["modified_ms"]}}) for d in found]
                await self._tickets.bulk_write(updates, ordered=False)


class MongoNumbers:
    def __init__(self, mongo: Mongo) -> None:
        self._counters = mongo.database[COUNTERS]

    # A conditional update and not find_one_and_update, with which one store returns a concurrent writer's number.
    async def next(self, series: str) -> int:
        with store_errors():
            while True:
                found = await self._counters.find_one({"_id": series})
                if found is None:
                    with suppress(DuplicateKeyError):
                        await self._counters.insert_one({"_id": series, "last": 0})
                    continue
                last = int(found["last"])
                taken = await self._counters.update_one({"_id": series, "last": last}, {"$set": {"last": last + 1}})
                if taken.matched_count:
                    return last + 1


def _conditions(query: TicketQuery) -> list[Document]:
    conditions = _visible_only(query.visibility)
    if query.statuses:
        conditions.append({"status": {"$in": sorted(status.value for status in query.statuses)}})
    if query.customer_id:
        conditions.append({"customer_id": query.customer_id})
    if query.board_id:
        conditions.append({"board_id": query.board_id})
    if query.words:
        in_summary: Document = {"$and": [{"folded": {"$regex": re.escape(word)}} for word in query.words]}
        conditions.append(in_summary if query.number is None else {"$or": [in_summary, {"number": query.number}]})
    return conditions or [{}]


def _visible_only(visibility: TicketVisibility) -> list[Document]:
    conditions: list[Document] = [{"desk_id": visibility.desk_id}] if visibility.desk_id else []
    if visibility.access.companies is not None:
        conditions.append({"company_id": {"$in": sorted(visibility.access.companies)}})
    if visibility.access.boards is not None:
        conditions.append({"board_id": {"$in": sorted(visibility.access.boards)}})
    if visibility.own_id:
        whose: list[dict[str, Any]] = [{"customer_id": visibility.own_id}]
        if visibility.shared_company_id:
            whose.append({"company_id": visibility.shared_company_id})
        conditions.append({"$or": whose})
    return conditions


def _below(cursor: Cursor, moment: str) -> Document:
    at = to_ms(cursor.modified_at)
    return {"$or": [{moment: {"$lt": at}}, {moment: at, "id": {"$lt": cursor.id}}]}
