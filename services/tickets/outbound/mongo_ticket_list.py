"""Tickets as lists show them, a projection of the log that only moves forward; and the counters of numbers.

What a list computes of a ticket is in its field `list_keys`: the texts by which it sorts, and the words that a search compares, on a second
line those that only internal notes have (spec 9.4). A replica
of the version before does not write them, but sets the text `folded`, which nobody reads, whenever it saves a ticket. So a ticket with that
text has no keys or outdated ones, and CompleteTickets computes them and removes the text. Lists by a key lack a ticket without keys.
"""

import asyncio
import re
from contextlib import suppress
from itertools import chain

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError

from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.moments import to_ms
from servicekit.mongo import Document, Mongo, store_errors
from servicekit.mongo_pages import in_order, position
from servicekit.text import folded, one_line
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.ticket_list import MAX_COUNTED, TicketPage, TicketQuery, TicketVisibility
from services.tickets.domain.ticket_order import BY_KEY, Cursor, Sort, sort_keys
from services.tickets.domain.ticket_words import TicketWords
from services.tickets.outbound.mongo_note_words import NoteWords
from services.tickets.outbound.mongo_ticket_words import MongoTicketWords
from services.tickets.outbound.ticket_documents import ticket_from_document, ticket_to_document

COLLECTION = "tickets"
COUNTERS = "counters"
COMPLETE_EVERY_SECONDS = 60.0
COMPLETED_AT_ONCE = 100
FORMER = {"folded": ""}
# A page does not need the words, which are longer than all else of a ticket.
LISTED = {"list_keys.words": 0}
# `id` equals `_id`, which the embedded store does not accept in our indexes.
NEWEST_FIRST = [("modified_ms", DESCENDING), ("id", DESCENDING)]
PUBLIC_NEWEST_FIRST = [("public_modified_ms", DESCENDING), ("id", DESCENDING)]
BY_KEYS = [[(f"list_keys.{sort.value}", ASCENDING), ("id", ASCENDING)] for sort in BY_KEY]
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
        # Status and priority last: a list that is filtered by them and sorted otherwise reads keys only until its page is full. The store
        # sorts the tickets of one customer itself.
        *(IndexModel([("desk_id", ASCENDING), *by_key, ("status", ASCENDING), ("priority", ASCENDING)]) for by_key in BY_KEYS),
        *(IndexModel([("assignee_id", ASCENDING), *by_key]) for by_key in BY_KEYS),
        IndexModel([("folded", ASCENDING)]),
    ]
}


class MongoTicketList:
    def __init__(self, mongo: Mongo) -> None:
        self._tickets, self._words, self._notes = mongo.database[COLLECTION], MongoTicketWords(mongo), NoteWords(mongo)

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
        erasures = 0
        with store_errors():
            await self._write(ticket, older)
            # Another replica may have erased a person after this one had read the ticket or its notes.
            while (now := await self._notes.erasures(ticket.id)) != erasures:
                erasures = now
                await self._write(await self._notes.now(ticket), "$lte")

    async def _write(self, ticket: Ticket, older: str) -> None:
        words, stored = await asyncio.gather(self._notes.of(ticket), self._words.ids_of(ticket.id))
        shown = {**ticket_to_document(ticket), **_computed(ticket, words)}
        await self._words.add([(ticket, words)], stored)
        # If a later revision is stored, the condition fails, and the upsert tries to insert a second document.
        with suppress(DuplicateKeyError):
            as_stored = {"_id": ticket.id, "revision": {older: ticket.revision}}
            await self._tickets.update_one(as_stored, {"$set": shown, "$unset": FORMER}, upsert=True)
        await self._words.remove_outdated([(ticket, words)], stored)

    async def find(self, query: TicketQuery) -> TicketPage:
        public = query.visibility.public
        field, direction = _field(query.sort, public=public), DESCENDING if query.descending else ASCENDING
        order = [(field, direction), ("id", direction)]
        after = (query.after.value, query.after.id) if query.after else None
        with store_errors():
            conditions = await self._conditions(query)
            counts = (self._tickets.count_documents(condition, limit=MAX_COUNTED + 1) for condition in conditions)
            total = sum(await asyncio.gather(*counts))
            with_keys = ({**condition, **_with_key(query.sort)} for condition in conditions)
            parts = (in_order(self._tickets, each, order, query.size + 1, after, fields=LISTED) for each in with_keys)
            pages = await asyncio.gather(*parts)
        found = sorted(chain(*pages), key=lambda each: position(each, field), reverse=query.descending)[: query.size + 1]
        tickets = tuple(ticket_from_document(document) for document in found[: query.size])
        # Not the key of the ticket itself: the stored one may be outdated.
        following = Cursor(*position(found[query.size - 1], field), query.sort) if len(found) > query.size else None
        return TicketPage(tickets, min(total, MAX_COUNTED), following, total > MAX_COUNTED)

    async def complete(self) -> None:
        """Computes what the documents of earlier versions lack. Any replica may run it at any time. Raises Unavailable."""
        # A comparison with a text reads the index of the texts only, and $exists that of all tickets.
        lacking: Document = {"folded": {"$gte": ""}}
        with store_errors():
            while found := await self._tickets.find(lacking).limit(COMPLETED_AT_ONCE).to_list(COMPLETED_AT_ONCE):
                read = [ticket_from_document(document) for document in found]
                tickets = [(ticket, await self._notes.of(ticket)) for ticket in read]
                await self._words.add(tickets)
                # A later revision is completed in the next round.
                updates = [
                    UpdateOne({"_id": ticket.id, "revision": ticket.revision}, {"$set": _completed(ticket, words), "$unset": FORMER})
                    for ticket, words in tickets
                ]
                await self._tickets.bulk_write(updates, ordered=False)
                await self._words.remove_outdated(tickets)
                for ticket in read:
                    if await self._notes.erasures(ticket.id):
                        await self._save(ticket, "$lte")

    async def make_all_incomplete(self) -> int:
        """For a command of the operator: has every ticket completed anew, and returns their number."""
        with store_errors():
            return (await self._tickets.update_many({"_id": {"$exists": True}}, {"$set": {"folded": "reindex"}})).matched_count

    async def _conditions(self, query: TicketQuery) -> list[Document]:
        """Conditions that exclude each other, each with an index: the tickets of the query are those of any of them."""
        found = await self._found(query)
        return [{**_asked(query, visible), **part} for visible in _visible_only(query.visibility) for part in found]

    async def _found(self, query: TicketQuery) -> list[Document]:
        """By words, or by number. Few tickets with the words are read by their ids; otherwise the list is read."""
        if not query.words:
            return [{}]
        desk_id, public = query.visibility.desk_id, query.visibility.public
        # A customer's search ends before the line of the internal words.
        before = r"[^\n]*" if public else r"[\s\S]*"
        words: Document = {"list_keys.words": {"$regex": "^" + "".join(f"(?={before} {re.escape(word)})" for word in query.words)}}
        ids = await self._words.tickets_of(desk_id, query.words, public=public) if desk_id else None
        if ids is not None:
            words["_id"] = {"$in": ids}
        return [words] if query.number is None else [{**words, "number": {"$ne": query.number}}, {"number": {"$eq": query.number}}]


class CompleteTickets(Loop):
    """Completes the tickets that earlier versions saved. Not ready before, because lists would lack them. Repeats, because a replica of an
    earlier version may still run."""

    ready, waits_for = False, "the completion of the list of tickets"

    def __init__(self, tickets: MongoTicketList, metrics: Metrics) -> None:
        super().__init__("complete_tickets", self._repeat, metrics)
        self._tickets = tickets

    async def _repeat(self) -> None:
        while True:
            await self._tickets.complete()
            self.ready = True
            await asyncio.sleep(COMPLETE_EVERY_SECONDS)


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


def _asked(query: TicketQuery, visible: Document) -> Document:
    """The visible tickets that the query asks for."""
    asked = dict(visible)
    for field, id in (("customer_id", query.customer_id), ("board_id", query.board_id)):
        if id:
            # Both conditions hold, also when both compare with one value.
            operators = asked.get(field, {})
            asked[field] = {**operators, "$in": [id]} if "$eq" in operators else {**operators, "$eq": id}
    if query.assignee_id or query.unassigned:
        # A ticket of nobody has the text "".
        asked["assignee_id"] = {"$eq": query.assignee_id}
    for field, chosen in (("status", query.statuses), ("priority", query.priorities)):
        values = sorted(each.value for each in chosen)
        if values:
            asked[field] = {"$eq": values[0]} if len(values) == 1 else {"$in": values}
    if query.changed_before:
        asked[_field(Sort.CHANGED, public=query.visibility.public)] = {"$lt": to_ms(query.changed_before)}
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


def _field(sort: Sort, *, public: bool) -> str:
    if sort is Sort.CHANGED:
        return "public_modified_ms" if public else "modified_ms"
    return f"list_keys.{sort.value}"


def _with_key(sort: Sort) -> Document:
    """The tickets that have the key, which a new ticket of a replica of the version before has only once it is complete."""
    return {} if sort is Sort.CHANGED else {_field(sort, public=False): {"$gte": ""}}


def _computed(ticket: Ticket, words: TicketWords) -> Document:
    lines = ("".join(f" {word}" for word in each) for each in (words.public, words.internal))
    return {
        "list_keys": {"words": "\n".join(lines), **sort_keys(ticket)},
        # A tickets of the version before searches `searched`.
        "searched": folded(one_line(f"{ticket.summary} {ticket.customer.name} {ticket.company.name}")),
    }


def _completed(ticket: Ticket, words: TicketWords) -> Document:
    return {**_computed(ticket, words), "public_modified_ms": to_ms(ticket.public_modified_at)}
