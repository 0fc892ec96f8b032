"""The projection in MongoDB: collection `sessions`, one document for each session, derived from the log.

A write is conditional on an older revision, so that a late, repeated or reordered projection changes nothing: the upsert of a stale state
fails on the newer document's `_id`, which counts as success.
"""

import asyncio
import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from servicekit.documents import DocumentConverter
from servicekit.gathered_reads import GatheredReads
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.moments import from_ms, to_ms
from servicekit.mongo import Document, Mongo, is_duplicate, store_errors
from servicekit.mongo_pages import Cursor, newest_first
from services.chat.domain.access import is_private
from services.chat.domain.errors import BadArgument
from services.chat.domain.history import REST
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ACTIVE, ChatStatus, ChatType
from services.chat.ports import FoundSessions, SessionQuery

COLLECTION = "sessions"
# `id` equals `_id`, which the embedded store does not accept in our indexes.
NEWEST_FIRST = [("opened_at", DESCENDING), ("id", DESCENDING)]
# Each list has its own: the fields that it compares, the most selective first, and then its order.
INDEXES = [
    IndexModel([("next_deadline", ASCENDING)]),
    IndexModel([("history_due", ASCENDING)]),
    IndexModel([("desk_id", ASCENDING), *NEWEST_FIRST]),
    IndexModel([("live", ASCENDING), ("desk_id", ASCENDING), *NEWEST_FIRST]),
    IndexModel([("listed_older", ASCENDING), ("desk_id", ASCENDING), *NEWEST_FIRST]),
    # Without a desk: chat reads the open sessions of all desks after a missed change of access, notify at its start.
    IndexModel([("status", ASCENDING), *NEWEST_FIRST]),
    IndexModel([("desk_id", ASCENDING), ("status", ASCENDING), *NEWEST_FIRST]),
    IndexModel([("customer.id", ASCENDING), *NEWEST_FIRST]),
    IndexModel([("people", ASCENDING), *NEWEST_FIRST]),
    IndexModel([("ticket_id", ASCENDING), *NEWEST_FIRST]),
    IndexModel([("desk_id", ASCENDING), ("type", ASCENDING), ("handled_at", DESCENDING)]),
]
COMPLETED_AT_ONCE = 500
# Customers whose live sessions are one query, and the most sessions that it finds. A customer seldom has more than one.
CUSTOMERS_AT_ONCE, MOST_OF_CUSTOMERS = 100, 500
COMPLETE_EVERY_SECONDS = 3600.0
# Stores differ in how they compare null; this number is later than every moment.
NEVER = 2**53 - 1
converter = DocumentConverter()


class CompleteSessions(Loop):
    """Completes the documents of earlier versions. Not ready before, because lists would lack them. Repeats, because a replica of an
    earlier version may still run."""

    ready, waits_for = False, "the completion of earlier sessions"

    def __init__(self, sessions: "MongoSessions", metrics: Metrics) -> None:
        super().__init__("complete_sessions", self._repeat, metrics)
        self._sessions = sessions

    async def _repeat(self) -> None:
        while True:
            await self._sessions.complete()
            self.ready = True
            await asyncio.sleep(COMPLETE_EVERY_SECONDS)


class MongoSessions:
    """The port Sessions."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.database[COLLECTION]
        self._of_customers = GatheredReads(self._find_of_customers, at_once=CUSTOMERS_AT_ONCE)

    async def project(self, sessions: Sequence[tuple[ChatSession, datetime | None]]) -> None:
        updates = [
            UpdateOne({"_id": session.id, "revision": {"$lt": session.revision}}, {"$set": _document(session, deadline)}, upsert=True)
            for session, deadline in sessions
        ]
        with store_errors():
            try:
                await self._collection.bulk_write(updates, ordered=False)
            except BulkWriteError as error:
                if not is_duplicate(error):
                    raise

    async def complete(self) -> None:
        """Sets the fields by which lists find and sort sessions on documents of earlier versions, and makes their terms due. Those whose
        deadlines are newer get one: ended sessions with people inside (spec 3.14), abandoned and call-back sessions. Any replica may run it
        at any time."""
        missing: Document = {"history_due": {"$exists": False}}
        with store_errors():
            while found := await self._collection.find(missing).limit(COMPLETED_AT_ONCE).to_list(None):
                updates = [UpdateOne({"_id": document["_id"], **missing}, {"$set": _completion(document)}) for document in found]
                await self._collection.bulk_write(updates, ordered=False)

    async def one(self, desk_id: str, session_id: str) -> ChatSession | None:
        condition = {"_id": session_id, **({"desk_id": desk_id} if desk_id else {})}
        with store_errors():
            found = await self._collection.find_one(condition)
        return session_from(found) if found else None

    async def find(self, query: SessionQuery, size: int, token: str = "") -> FoundSessions:
        below = _cursor(token) if token else None
        found = await self._live_of_customer(query) if query.live and query.customer_id and below is None else None
        if found is None:
            with store_errors():
                found = await newest_first(self._collection, _condition(query), "opened_at", size + 1, below, partial(_lists, query))
        sessions = [session_from(document) for document in found[:size]]
        return FoundSessions(sessions, _token(sessions[-1]) if len(found) > size else "")

    async def _live_of_customer(self, query: SessionQuery) -> list[Document] | None:
        """All of the query, newest first; None if they are too many. Every page of the Portal asks for it at its start, and thousands start
        at once after a restart of a gateway, so the queries of customers are gathered."""
        found = await self._of_customers.get(replace(query, customer_id="", seen_by=""), query.customer_id)
        if found is None:
            return None
        return sorted((each for each in found if _lists(query, each)), key=lambda each: (each["opened_at"], each["_id"]), reverse=True)

    async def _find_of_customers(self, query: SessionQuery, ids: Sequence[str]) -> Mapping[str, list[Document] | None]:
        condition = {**_condition(query), "customer.id": {"$eq": ids[0]} if len(ids) == 1 else {"$in": ids}}
        with store_errors():
            found = await self._collection.find(condition).limit(MOST_OF_CUSTOMERS + 1).to_list(None)
        if len(found) > MOST_OF_CUSTOMERS:
            return dict.fromkeys(ids)
        of_customers: dict[str, list[Document]] = {id: [] for id in ids}
        for document in found:
            of_customers[document["customer"]["id"]].append(document)
        return of_customers

    async def count_older(self, query: SessionQuery, most: int) -> int:
        # `_lists` refuses none of them.
        with store_errors():
            return len(await self._collection.find(_condition(query), {"_id": 1}).limit(most).to_list(most))

    async def due(self, until: datetime, limit: int) -> list[tuple[str, str]]:
        condition = {"next_deadline": {"$lte": to_ms(until)}}
        with store_errors():
            found = await self._collection.find(condition, {"desk_id": 1}).sort("next_deadline", ASCENDING).limit(limit).to_list(limit)
        return [(document["desk_id"], document["_id"]) for document in found]

    async def next_due(self) -> datetime | None:
        condition = {"next_deadline": {"$lt": NEVER}}
        with store_errors():
            found = await self._collection.find(condition, {"next_deadline": 1}).sort("next_deadline", ASCENDING).limit(1).to_list(1)
        return from_ms(int(found[0]["next_deadline"])) if found else None

    async def postpone(self, desk_id: str, session_id: str, revision: int, due: datetime | None) -> None:
        condition = {"_id": session_id, "desk_id": desk_id, "revision": revision}
        with store_errors():
            await self._collection.update_one(condition, {"$set": {"next_deadline": _deadline(due)}})

    async def waits_since(self, desk_id: str, since: datetime, limit: int) -> list[float]:
        desk, requests = {"$eq": desk_id}, {"$eq": ChatType.REQUEST.value}
        condition = {"desk_id": desk, "type": requests, "handled_at": {"$gte": to_ms(since)}}
        fields = {"opened_at": 1, "handled_at": 1}
        with store_errors():
            found = await self._collection.find(condition, fields).sort("handled_at", DESCENDING).limit(limit).to_list(limit)
        return [(document["handled_at"] - document["opened_at"]) / 1000 for document in found]


def _document(session: ChatSession, deadline: datetime | None) -> Document:
    """The session's fields, and those that only lists query."""
    state = converter.unstructure(session)
    private = is_private(session.type, session.status)
    return {
        **state,
        "inside": [person.id for person in session.participants],
        "live": session.live,
        "listed_older": _listed_older(session),
        "people": sorted({session.creator.id, session.customer.id, *(person.id for person in session.participants)}),
        "seen_only_by": [session.creator.id, session.customer.id] if private else [],
        "private": private,
        "next_deadline": _deadline(deadline),
        "history_due": to_ms(session.modified_at + REST),
    }


def _listed_older(session: ChatSession) -> bool:
    return session.older and session.to_follow_up


def _completion(document: Document) -> Document:
    session = session_from(document)
    due = {"next_deadline": 0} if session.to_follow_up or (session.ended and session.participants) else {}
    # Versions before the first that has `listed_older` lack more; a later one has the deadline that it needs.
    due = {} if "listed_older" in document else due
    return {"id": session.id, "live": session.live, "listed_older": _listed_older(session), "history_due": 0, **due}


def session_from(document: Document) -> ChatSession:
    return converter.structure({**document, "id": document["_id"]}, ChatSession)


def _deadline(due: datetime | None) -> int:
    return NEVER if due is None else to_ms(due)


def _condition(query: SessionQuery) -> Document:
    """The conditions that an index serves, or that the store checks on each document that an index finds."""
    condition: dict[str, Any] = {"voided": {"$eq": False}}
    if query.desk_id:
        condition["desk_id"] = {"$eq": query.desk_id}
    if query.companies is not None:
        condition["company_id"] = {"$in": sorted(query.companies)}
    if query.boards is not None:
        condition["board_id"] = {"$in": sorted(query.boards)}
    if query.customer_id:
        condition["customer.id"] = {"$eq": query.customer_id}
    if len(query.statuses) == 1:
        condition["status"] = {"$eq": min(query.statuses)}
    elif query.statuses:
        condition["status"] = {"$in": sorted(query.statuses)}
    if query.person_id:
        # Without $eq, which the embedded store compares with the whole list.
        condition["people"] = query.person_id
    if query.ticket_id:
        condition["ticket_id"] = {"$eq": query.ticket_id}
    if query.older:
        condition["listed_older"] = {"$eq": True}
    if query.live or (len(query.statuses) > 1 and query.statuses <= ACTIVE):
        condition["live"] = {"$eq": True}
    return condition


def _lists(query: SessionQuery, document: Document) -> bool:
    """The conditions with alternatives, which refuse few documents: a waiting push chat is seen by two people only, and everybody is taken
    out of a completed session soon after its end."""
    if not query.seen_by:
        return True
    if document["private"] and query.seen_by not in document["seen_only_by"]:
        return False
    return not query.live or document["status"] != ChatStatus.COMPLETED or query.seen_by in document["inside"]


def _token(last: ChatSession) -> str:
    return base64.urlsafe_b64encode(f"{to_ms(last.opened_at)}:{last.id}".encode()).decode()


def _cursor(token: str) -> Cursor:
    """The session that the token names."""
    try:
        opened_at, colon, id = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode().partition(":")
        # The store cannot hold a larger number.
        if not colon or not 0 <= int(opened_at) <= NEVER:
            raise ValueError(token)
        return int(opened_at), id
    except (ValueError, binascii.Error):
        raise BadArgument("The page token is not valid.", field="page_token") from None
