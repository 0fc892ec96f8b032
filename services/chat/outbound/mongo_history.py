"""The terms of sessions in MongoDB: collection `history_terms`, one document for each term of a session:
`{_id: "<session_id>\\n<term>", session_id, key: "<desk_id>\\n<term>\\n<opened, ms>\\n<session_id>", revision}`.

One document for each term and not one list for each session, because a search must read the newest sessions of a term without the others:
the key has all that a search compares and its order, and the embedded store uses only the first field of an index, and none for lists.
A session has at most MAX_WORDS words and eight other terms.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from servicekit.moments import from_ms, to_ms
from servicekit.mongo import Document, Mongo, is_duplicate, store_errors
from services.chat.domain.history import LATEST_MS, HistoryCursor, HistoryItem, HistoryPage, HistoryQuery
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType
from services.chat.outbound import mongo_sessions
from services.chat.query_ports import DueTerms

COLLECTION = "history_terms"
INDEXES = [IndexModel([("key", ASCENDING)]), IndexModel([("session_id", ASCENDING)])]
# A total beyond it would read sessions that nobody looks at; a page shows "200 or more".
MAX_COUNTED = 200
# Read for one page at most. A search that finds less in them continues on the next page.
MAX_READ = 2_000
PROBED = 50
# An engineer may have access to many companies and boards; one search keeps no more connections of the store busy.
AT_ONCE = 20
ITEM_FIELDS = dict.fromkeys(("desk_id", "company_id", "board_id", "customer", "creator", "status", "type", "voided"), 1)
# Later than every moment in a key, and than every id of a board.
END, AFTER_IDS = ":", "~"


class MongoHistory:
    """The port History."""

    def __init__(self, mongo: Mongo) -> None:
        self._terms, self._sessions = mongo.database[COLLECTION], mongo.database[mongo_sessions.COLLECTION]

    async def find(self, query: HistoryQuery, size: int, below: HistoryCursor | None) -> HistoryPage:
        wanted = size + 1 if below else max(size, MAX_COUNTED) + 1
        found, read, last, more = list[HistoryCursor](), 0, below, True
        with store_errors():
            pairs = query.pairs_begin()
            source = await self._existing(query, pairs) if pairs else await self._sparsest(query, query.sources())
            while more and len(found) < wanted and read < MAX_READ:
                part, more = await self._positions(query, source, wanted, last)
                read += len(part)
                found += await self._listed(query, source, part)
                last = part[-1] if part else last
            sessions = await self._loaded([position.id for position in found[:size]])
        following = found[size - 1] if len(found) > size else last if more else None
        if below:
            return HistoryPage(sessions, following)
        return HistoryPage(sessions, following, min(len(found), MAX_COUNTED), len(found) > MAX_COUNTED or more)

    async def with_terms(
        self, desk_id: str, terms: Sequence[str], size: int, below: HistoryCursor | None
    ) -> tuple[list[ChatSession], HistoryCursor | None]:
        query = HistoryQuery(desk_id=desk_id, words=tuple(terms))
        with store_errors():
            source = await self._sparsest(query, query.sources())
            part, more = await self._positions(query, source, size, below)
            found = await self._with_words(query, source, part)
            return await self._loaded([position.id for position in found]), part[-1] if more else None

    async def save(self, terms: Sequence[tuple[ChatSession, Collection[str]]]) -> None:
        added, outdated = list[Document](), list[Document]()
        with store_errors():
            for session, of_session in terms:
                wanted = {document["_id"]: document for document in _documents(session, of_session)}
                found = self._terms.find({"session_id": {"$eq": session.id}}, {"_id": 1})
                stored = {document["_id"] for document in await found.to_list(None)}
                added += [document for id, document in wanted.items() if id not in stored]
                if gone := sorted(stored - wanted.keys()):
                    outdated.append({"_id": {"$in": gone}, "revision": {"$lte": session.revision}})
            try:
                if added:
                    await self._terms.insert_many(added, ordered=False)
            except BulkWriteError as error:
                # Another replica saves the same session.
                if not is_duplicate(error):
                    raise
            # After the new ones, so that a session with another status is found at any moment.
            for each in outdated:
                await self._terms.delete_many(each)

    async def due(self, until: datetime, limit: int) -> list[DueTerms]:
        with store_errors():
            cursor = self._sessions.find({"history_due": {"$lte": to_ms(until)}}).sort("history_due", DESCENDING).limit(limit)
            found = await cursor.to_list(limit)
        return [
            DueTerms(each["desk_id"], each["_id"], from_ms(int(each["history_due"])), partial(mongo_sessions.session_from, each))
            for each in found
        ]

    async def saved(self, sessions: Sequence[tuple[ChatSession, datetime]]) -> list[ChatSession]:
        updates = [UpdateOne(_still_due(session, due), {"$set": {"history_due": mongo_sessions.NEVER}}) for session, due in sessions]
        with store_errors():
            if (await self._sessions.bulk_write(updates, ordered=False)).matched_count == len(updates):
                return []
            # The result does not say which: with those that another replica has marked, these are the ones that were marked now.
            not_due = {"_id": {"$in": [session.id for session, _ in sessions]}, "history_due": mongo_sessions.NEVER}
            found = await self._sessions.find(not_due).to_list(len(updates))
        return [mongo_sessions.session_from(each) for each in found]

    async def postpone(self, desk_id: str, session_id: str, due: datetime) -> None:
        condition, due_ms = {"_id": session_id, "desk_id": desk_id}, to_ms(due)
        with store_errors():
            found = await self._sessions.find_one(condition, {"history_due": 1})
            if found and found.get("history_due") == due_ms:
                due_ms += 1
            await self._sessions.update_one(condition, {"$set": {"history_due": due_ms}})

    async def make_all_due(self) -> int:
        """For a command of the operator: makes every session due, and returns their number."""
        with store_errors():
            return (await self._sessions.update_many({"history_due": {"$exists": True}}, {"$set": {"history_due": 0}})).matched_count

    async def _sparsest(self, query: HistoryQuery, sources: Sequence[Sequence[str]]) -> Sequence[str]:
        """The source with the fewest sessions of those that the query reads, by how far back its newest PROBED reach."""
        if len(sources) == 1:
            return sources[0]
        newest = await asyncio.gather(*(self._positions(query, source, PROBED, None) for source in sources))
        reach = [part[-1].opened_ms if more else 0 for part, more in newest]
        return sources[reach.index(min(reach))]

    async def _existing(self, query: HistoryQuery, beginnings: Sequence[str]) -> Sequence[str]:
        """The engineer's terms that begin so and that a session has."""
        terms = list[str]()
        for start in range(0, len(beginnings), AT_ONCE):
            found = await asyncio.gather(*(self._begun(query.desk_id, each) for each in beginnings[start : start + AT_ONCE]))
            terms += chain.from_iterable(found)
        return [term for term in terms if query.may_see_pair(term)]

    async def _begun(self, desk_id: str, beginning: str) -> list[str]:
        """The stored terms that begin so. Each is looked up behind the sessions of the one before, so it costs the same for any number of
        sessions."""
        terms, desk, end = list[str](), f"{desk_id}\n", f"{desk_id}\n{beginning}{AFTER_IDS}"
        after = desk + beginning
        while found := await self._terms.find({"key": {"$gt": after, "$lt": end}}, {"key": 1}).sort("key", ASCENDING).limit(1).to_list(1):
            terms.append(found[0]["key"].removeprefix(desk).rsplit("\n", 2)[0])
            after = f"{desk}{terms[-1]}\n{END}"
        return terms

    async def _positions(
        self, query: HistoryQuery, source: Sequence[str], limit: int, below: HistoryCursor | None
    ) -> tuple[list[HistoryCursor], bool]:
        """Of the sessions with a term of the source, newest first, below the cursor; and whether there may be more."""
        lists = list[list[Document]]()
        for start in range(0, len(source), AT_ONCE):
            conditions = ({"key": _range(query, term, below)} for term in source[start : start + AT_ONCE])
            found = (self._terms.find(each, {"key": 1}).sort("key", DESCENDING).limit(limit).to_list(limit) for each in conditions)
            lists += await asyncio.gather(*found)
        positions = {_position(document) for found in lists for document in found}
        more = len(positions) > limit or any(len(found) == limit for found in lists)
        return sorted(positions, reverse=True)[:limit], more

    async def _with_words(self, query: HistoryQuery, source: Sequence[str], part: Sequence[HistoryCursor]) -> Sequence[HistoryCursor]:
        """Those that have the words of the query, in order."""
        for word in (word for word in query.words if word not in source):
            ids = {f"{position.id}\n{word}": position for position in part}
            found = await self._terms.find({"_id": {"$in": list(ids)}}, {"_id": 1}).to_list(None)
            part = sorted((ids[document["_id"]] for document in found), reverse=True)
        return part

    async def _listed(self, query: HistoryQuery, source: Sequence[str], part: Sequence[HistoryCursor]) -> list[HistoryCursor]:
        """Those that the query lists, in order."""
        part = await self._with_words(query, source, part)
        of_part = {position.id: position for position in part}
        documents = await self._sessions.find({"_id": {"$in": list(of_part)}}, ITEM_FIELDS).to_list(None) if part else []
        items = (_item(document, of_part[document["_id"]]) for document in documents)
        return sorted((item.position for item in items if query.lists(item)), reverse=True)

    async def _loaded(self, ids: Sequence[str]) -> list[ChatSession]:
        """In this order."""
        documents = await self._sessions.find({"_id": {"$in": list(ids)}}).to_list(None) if ids else []
        sessions = {document["_id"]: mongo_sessions.session_from(document) for document in documents}
        return [sessions[id] for id in ids if id in sessions]


def _documents(session: ChatSession, terms: Collection[str]) -> Iterator[Document]:
    end = f"{to_ms(session.opened_at):013d}\n{session.id}"
    for term in terms:
        key = f"{session.desk_id}\n{term}\n{end}"
        yield {"_id": f"{session.id}\n{term}", "session_id": session.id, "key": key, "revision": session.revision}


def _still_due(session: ChatSession, due: datetime) -> Document:
    return {"_id": session.id, "desk_id": session.desk_id, "revision": session.revision, "history_due": to_ms(due)}


def _range(query: HistoryQuery, term: str, below: HistoryCursor | None) -> Mapping[str, str]:
    start = f"{query.desk_id}\n{term}\n"
    earliest = to_ms(query.opened_from) if query.opened_from else 0
    ends = [_digits(to_ms(query.opened_until)) if query.opened_until else END]
    if below:
        ends.append(f"{_digits(below.opened_ms)}\n{below.id}")
    return {"$gte": start + _digits(earliest), "$lt": start + min(ends)}


def _digits(moment_ms: int) -> str:
    """As keys have it: texts of one length, so that they have the order of the moments."""
    return f"{min(max(moment_ms, 0), LATEST_MS):013d}"


def _position(document: Document) -> HistoryCursor:
    opened_ms, id = document["key"].rsplit("\n", 2)[-2:]
    return HistoryCursor(int(opened_ms), id)


def _item(document: Document, position: HistoryCursor) -> HistoryItem:
    where = (document["desk_id"], document["company_id"], document["board_id"])
    people = (document["customer"]["id"], document["creator"]["id"])
    kinds = (ChatStatus(document["status"]), ChatType(document["type"]))
    return HistoryItem(position, *where, *people, *kinds, document["voided"])
