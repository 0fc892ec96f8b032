"""Tickets as lists show them, a projection of the log that only moves forward; and the counters of numbers."""

import asyncio
import re
from contextlib import suppress
from itertools import chain

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from servicekit.moments import to_ms
from servicekit.mongo import Document, Mongo, store_errors
from servicekit.mongo_pages import newest_first
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.ticket_list import Cursor, TicketPage, TicketQuery, TicketVisibility, searched_text
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
        IndexModel([("desk_id", ASCENDING), ("priority", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("desk_id", ASCENDING), ("status", ASCENDING), ("priority", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("assignee_id", ASCENDING), *NEWEST_FIRST]),
        IndexModel([("customer_id", ASCENDING), *NEWEST_FIRST]),
        # For customers: their own tickets, and those of a company that shares them.
        IndexModel([("customer_id", ASCENDING), *PUBLIC_NEWEST_FIRST]),
        IndexModel([("desk_id", ASCENDING), ("company_id", ASCENDING), *PUBLIC_NEWEST_FIRST]),
        IndexModel([("number", ASCENDING), ("desk_id", ASCENDING)]),
    ]
}


class MongoTicketList:
    def __init__(self, mongo: Mongo) -> None:
        self._tickets = mongo.database[COLLECTION]

    async def project(self, ticket: Ticket) -> None:
        await self._save(ticket, "$lt")

    async def replace(self, ticket: Ticket) -> None:
        await self._save(ticket, "$lte")

    async def ids(self, desk_id: str, after: str, size: int) -> tuple[list[str], str]:
        with store_errors():
            found = await self._tickets.find({"_id": {"$gt": after}}, {"desk_id": 1}).sort("_id", ASCENDING).limit(size).to_list(size)
        ids = [document["_id"] for document in found if document["desk_id"] == desk_id]
        return ids, found[-1]["_id"] if len(found) == size else ""

    async def _save(self, ticket: Ticket, older: str) -> None:
        text = searched_text(ticket.summary, ticket.customer.name, ticket.company.name)
        # A tickets of the version before searches `folded`.
        shown = {**ticket_to_document(ticket), "searched": text, "folded": ticket.summary.casefold()}
        # If a later revision is stored, the condition fails, and the upsert tries to insert a second document.
        with store_errors(), suppress(DuplicateKeyError):
            await self._tickets.update_one({"_id": ticket.id, "revision": {older: ticket.revision}}, {"$set": shown}, upsert=True)

    async def find(self, query: TicketQuery) -> TicketPage:
        public = query.visibility.public
        moment = "public_modified_ms" if public else "modified_ms"
        below = (to_ms(query.below.modified_at), query.below.id) if query.below else None
        conditions = _conditions(query)
        with store_errors():
            total = sum(await asyncio.gather(*(self._tickets.count_documents(condition) for condition in conditions)))
            pages = await asyncio.gather(
                *(newest_first(self._tickets, condition, moment, query.size + 1, below) for condition in conditions)
            )
        found = sorted(chain(*pages), key=lambda each: (each[moment], each["id"]), reverse=True)[: query.size + 1]
        tickets = tuple(ticket_from_document(document) for document in found[: query.size])
        return TicketPage(tickets, total, Cursor.of(tickets[-1], public=public) if len(found) > query.size else None)

    async def keep_complete(self) -> None:
        """Does not return. Any replica may run it at any time."""
        while True:
            await self.complete()
            await asyncio.sleep(COMPLETE_EVERY_SECONDS)

    async def complete(self) -> None:
        """Adds to documents of earlier versions the text in which a search looks, and the time by which customers' lists are sorted."""
        last, missing = "", {"searched": {"$exists": False}}
        with store_errors():
            while True:
                wanted = {"_id": {"$gt": last}, **missing}
                found = await self._tickets.find(wanted).sort("_id", ASCENDING).limit(COMPLETE_AT_ONCE).to_list(None)
                if not found:
                    return
                last = found[-1]["_id"]
                updates = [UpdateOne({"_id": document["_id"], **missing}, {"$set": _added(document)}) for document in found]
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
    """Conditions that exclude each other, each with an index: the tickets of the query are those of any of them."""
    return [{**_asked(query, visible), **found} for visible in _visible_only(query.visibility) for found in _found(query)]


def _asked(query: TicketQuery, visible: Document) -> Document:
    """The visible tickets that the query asks for."""
    asked = dict(visible)
    for field, id in (("customer_id", query.customer_id), ("board_id", query.board_id)):
        if id:
            # Both conditions hold, also when both compare with one value.
            operators = asked.get(field, {})
            asked[field] = {**operators, "$in": [id]} if "$eq" in operators else {**operators, "$eq": id}
    if query.assignee_id:
        asked["assignee_id"] = {"$eq": query.assignee_id}
    for field, chosen in (("status", query.statuses), ("priority", query.priorities)):
        values = sorted(each.value for each in chosen)
        if values:
            asked[field] = {"$eq": values[0]} if len(values) == 1 else {"$in": values}
    return asked


def _visible_only(visibility: TicketVisibility) -> list[Document]:
    common: Document = {"desk_id": {"$eq": visibility.desk_id}} if visibility.desk_id else {}
    if visibility.access.companies is not None:
        common["company_id"] = {"$in": sorted(visibility.access.companies)}
    if visibility.access.boards is not None:
        common["board_id"] = {"$in": sorted(visibility.access.boards)}
    if not visibility.own_id:
        return [common]
    whose: list[Document] = [{"customer_id": {"$eq": visibility.own_id}}]
    if visibility.shared_company_id:
        whose.append({"company_id": {"$eq": visibility.shared_company_id}, "customer_id": {"$ne": visibility.own_id}})
    return [{**common, **tickets} for tickets in whose]


def _found(query: TicketQuery) -> list[Document]:
    """By words, or by number."""
    if not query.words:
        return [{}]
    words: Document = {"searched": {"$regex": "^" + "".join(f"(?=.*{re.escape(word)})" for word in query.words)}}
    return [words] if query.number is None else [{**words, "number": {"$ne": query.number}}, {"number": {"$eq": query.number}}]


def _added(found: Document) -> Document:
    text = searched_text(found["summary"], found["customer_name"], found["company_name"])
    return {"searched": text, "public_modified_ms": found.get("public_modified_ms", found["modified_ms"])}
