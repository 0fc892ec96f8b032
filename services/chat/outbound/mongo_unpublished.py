"""The entries that the topic or the projection may lack, and which of them a crash left behind.

A document of the log is marked `unpublished` from its insert until Kafka and the projection have its entry. The sweep of any replica takes
an entry that it saw in two rounds as left behind; no clock decides. Every entry of a session below one that was seen is in the log already,
so publishing the session's unpublished entries up to it, in order, misses none.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from pymongo import ASCENDING

from servicekit.metrics import Metrics
from servicekit.mongo import Mongo, store_errors
from services.chat.domain.session import ChatSession, apply
from services.chat.outbound.committed import Batch, Committed, PublishedRevisions
from services.chat.outbound.mongo_session_log import COLLECTION, MongoSessionLog, entry_id
from services.chat.ports import loaded

SWEPT_AT_ONCE = 1000
# Bounds the memory of a round; the rest follows in the next rounds, when these are published.
MAX_PER_ROUND = 50_000
FIELDS = {"desk_id": 1, "session_id": 1, "revision": 1}


@dataclass(frozen=True, slots=True)
class Unpublished:
    """An entry that is marked as unpublished."""

    desk_id: str
    session_id: str
    revision: int

    @property
    def document_id(self) -> str:
        return entry_id(self.session_id, self.revision)


class MongoUnpublished:
    """The marks in the log. Raises Unavailable."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.database[COLLECTION]

    async def unpublished_of(self, desk_id: str, session_id: str, up_to: int) -> list[int]:
        """The revisions up to `up_to` that are marked as unpublished, in order."""
        of_session = {"session_id": {"$eq": session_id}, "desk_id": {"$eq": desk_id}}
        condition = {**of_session, "revision": {"$lte": up_to}, "unpublished": {"$exists": True}}
        with store_errors():
            found = await self._collection.find(condition, {"revision": 1}).to_list(None)
        return sorted(int(document["revision"]) for document in found)

    async def some_unpublished(self, limit: int, after_id: str = "") -> list[Unpublished]:
        """Of any session, in the order of their ids, above `after_id`; before the first, those that an earlier version marked."""
        with store_errors():
            found = [] if after_id else await self._collection.find({"unpublished": True}, FIELDS).limit(limit).to_list(limit)
            if not found:
                marked = self._collection.find({"unpublished": {"$gt": after_id}}, FIELDS)
                found = await marked.sort("unpublished", ASCENDING).limit(limit).to_list(limit)
        return [Unpublished(document["desk_id"], document["session_id"], int(document["revision"])) for document in found]

    async def mark_published(self, entries: Iterable[tuple[str, int]]) -> None:
        """(session_id, revision) of entries that Kafka and the projection have."""
        ids = [entry_id(session_id, revision) for session_id, revision in entries]
        with store_errors():
            await self._collection.update_many({"_id": {"$in": ids}}, {"$unset": {"unpublished": ""}})


class UnpublishedEntries:
    """Reads the marked entries from the log, each with the state after it. Raises Unavailable."""

    def __init__(self, session_log: MongoSessionLog, marks: MongoUnpublished) -> None:
        self._log, self._marks = session_log, marks

    async def of(self, desk_id: str, session_id: str, up_to: int) -> list[Committed]:
        """The unpublished entries of a session up to one that is in the log."""
        revisions = set(await self._marks.unpublished_of(desk_id, session_id, up_to))
        if not revisions:
            return []
        session: ChatSession | None = None
        pending = []
        async for part in loaded(self._log, desk_id, session_id, up_to=max(revisions)):
            for entry in part:
                session = apply(session, entry)
                if entry.revision in revisions:
                    pending.append(Committed(entry, session))
        return pending

    async def fill(self, batch: Batch, published: PublishedRevisions) -> Batch:
        """The batch, with the unpublished entries of the log that belong before or between its entries."""
        unsure = {id: pending for id, pending in batch.items() if not published.is_followed_by(id, pending)}
        if not unsure:
            return batch
        left = await asyncio.gather(*(self.of(pending[-1].entry.desk_id, id, pending[-1].revision - 1) for id, pending in unsure.items()))
        whole = {id: {one.revision: one for one in (*before, *unsure[id])} for id, before in zip(unsure, left, strict=True)}
        return {**batch, **{id: [pending[revision] for revision in sorted(pending)] for id, pending in whole.items()}}


class Sweep:
    """Reads the unpublished entries of all sessions page by page, one page for each call."""

    def __init__(self, entries: MongoUnpublished, metrics: Metrics) -> None:
        self._entries = entries
        self._seen: set[Unpublished] = set()
        self._seen_now: set[Unpublished] = set()
        self._swept_to = ""
        # Whether the round goes on with another page, and whether the latest page had entries.
        self.has_more = self.found = False
        # Of a busy desk some entries are on their way whenever anybody looks, so one round says nothing.
        self._unpublished = metrics.gauge("unpublished_entries", "Entries that the two latest sweeps found unpublished")

    async def left_behind(self, busy: Callable[[str], bool]) -> Collection[Unpublished]:
        """Reads the next page. Returns the newest entry of each session in it that an earlier round saw, without sessions that are `busy`:
        this replica is publishing them. Raises Unavailable."""
        found = await self._entries.some_unpublished(SWEPT_AT_ONCE, self._swept_to)
        self.found = bool(found)
        self._seen_now.update(found)
        left: dict[str, Unpublished] = {}
        for one in found:
            if one in self._seen and not busy(one.session_id):
                left[one.session_id] = max(one, left.get(one.session_id, one), key=lambda entry: entry.revision)
        self.has_more = len(found) == SWEPT_AT_ONCE and len(self._seen_now) < MAX_PER_ROUND
        if self.has_more:
            self._swept_to = found[-1].document_id
        else:
            self._unpublished.set(len(self._seen & self._seen_now))
            self._seen, self._seen_now, self._swept_to = self._seen_now, set(), ""
        return left.values()
