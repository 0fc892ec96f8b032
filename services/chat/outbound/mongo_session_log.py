"""The session log in MongoDB: collection `log`, one document for each accepted command, committed in groups.

One insert is the commit, the optimistic lock (`_id` holds the revision), idempotency (a unique index on person and command id) and the
outbox (`unpublished`). The result of each waiter, and why it is right:

- Done: the store acknowledged the document by majority and journal, with neither a write error nor a write-concern error.
- RevisionTaken, CommandTaken: the store refused the document for good.
- Any other answer (lost connection, time-out, a primary stepping down, a write concern not met) leaves the result unknown, so the
  document is read back by majority. If it is found, the commit succeeded. If its id belongs to another entry, the result is
  RevisionTaken. Otherwise it is Unavailable, because the insert may still complete. "Repeat with the same id" is right even then: the
  repeat loads the log and either finds the late entry as its own first result, or takes the revision itself, and then the late insert
  fails on `_id`.
- Stores differ in how they report which unique index refused a document, so this is read back as well.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError, PyMongoError

from servicekit.documents import DocumentConverter
from servicekit.errors import Unavailable
from servicekit.faults import Faults
from servicekit.logs import log
from servicekit.metrics import Metrics
from servicekit.mongo import Document, Mongo, store_errors
from services.chat.contract.sessions import EVENT_NAMES
from services.chat.domain.events import ChatEvent, Entry
from services.chat.ports import CommandTaken, RevisionTaken

COLLECTION = "log"
# Session first: a store that uses only the first field of an index would otherwise read the whole desk for one session.
INDEXES = [
    IndexModel([("session_id", ASCENDING), ("by.id", ASCENDING), ("command_id", ASCENDING)], unique=True),
    IndexModel([("session_id", ASCENDING), ("revision", ASCENDING)]),
    # Sparse, so that it holds only what is unpublished and not every entry. An earlier version's index has the default name.
    IndexModel([("unpublished", ASCENDING)], name="unpublished_sparse", sparse=True),
]
# Bounds of a batch. The store accepts far more; small batches keep the wait short.
MAX_ENTRIES = 500
MAX_BYTES = 4 * 1024 * 1024
# A second batch in flight would make both smaller; all documents of a batch share one fsync.
IN_FLIGHT = 1
# The field `event` of an event's document holds its name.
converter = DocumentConverter()
converter.tag(ChatEvent, "event", EVENT_NAMES)


@dataclass(slots=True)
class _Waiter:
    entry: Entry
    document: RawBSONDocument
    size: int
    future: "asyncio.Future[None]"


class MongoSessionLog:
    """The port SessionLog. Ready once the store has answered with its indexes."""

    waits_for = "the store"

    def __init__(self, mongo: Mongo, metrics: Metrics, faults: Faults) -> None:
        self._mongo, self._faults = mongo, faults
        self._collection = mongo.database[COLLECTION]
        self._queue: deque[_Waiter] = deque()
        self._busy: dict[str, _Waiter] = {}
        self._batches: set[asyncio.Task[None]] = set()
        self._indexed = self._stopping = False
        # By kind.
        self._accepted: defaultdict[tuple[str, ...], int] = defaultdict(int)
        metrics.counter_of("entries_total", "Entries accepted into session logs", lambda: self._accepted, ["kind"])
        self._races = metrics.counter("races_total", "Entries refused because another took the revision or the command")
        self._unknown = metrics.counter("unknown_results_total", "Entries whose commit had to be read back")
        self._seconds = metrics.histogram("commit_seconds", "From handing a batch to the store to its answer")
        self._sizes = metrics.histogram("commit_batch_entries", "Entries committed together", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500))

    @property
    def ready(self) -> bool:
        # A later outage shows at each call; without the unique indexes no call may be made at all.
        self._indexed = self._indexed or self._mongo.ready
        return self._indexed

    async def start(self) -> None:
        self._stopping = False

    async def stop(self) -> None:
        """Waits for the batch in flight; refuses what is queued behind it."""
        self._stopping = True
        while self._queue:
            self._resolve(self._queue.popleft(), Unavailable("This replica is stopping; repeat with the same id."))
        await asyncio.gather(*self._batches, return_exceptions=True)

    async def load(self, desk_id: str, session_id: str, after: int = 0, most: int | None = None) -> list[Entry]:
        condition: Document = {"session_id": {"$eq": session_id}, "desk_id": {"$eq": desk_id}}
        if after or most is not None:
            # Revisions have no gaps, so a range is a count.
            condition["revision"] = {"$gt": after} if most is None else {"$gt": after, "$lte": after + most}
        with store_errors():
            found = await self._collection.find(condition).sort("revision", ASCENDING).to_list(None)
        return [converter.structure(document, Entry) for document in found]

    async def entry_of(self, desk_id: str, session_id: str, by_id: str, command_id: str) -> Entry | None:
        condition = {"session_id": {"$eq": session_id}, "by.id": {"$eq": by_id}, "command_id": {"$eq": command_id}}
        with store_errors():
            found = await self._collection.find_one({**condition, "desk_id": {"$eq": desk_id}})
        return converter.structure(found, Entry) if found else None

    async def replace(self, entries: Sequence[Entry]) -> None:
        with store_errors():
            if entries:
                await self._collection.bulk_write([_replacing(entry) for entry in entries], ordered=False)

    def append(self, entry: Entry) -> "asyncio.Future[None]":
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._stopping or not self.ready:
            future.set_exception(Unavailable("The store has not answered yet; repeat with the same id."))
            return future
        before = self._busy.get(entry.session_id)
        if before is not None and not before.future.done():
            raise RuntimeError(f"two entries of session {entry.session_id} at once")
        encoded = bson.encode(entry_to_document(entry))
        waiter = _Waiter(entry, RawBSONDocument(encoded), len(encoded), future)
        # A cancelled waiter may still be in flight: this entry's batch then waits for that one.
        if before is None:
            self._busy[entry.session_id] = waiter
        self._queue.append(waiter)
        if len(self._batches) < IN_FLIGHT and len(self._queue) == 1:
            # Deferred, so that other appends of this turn of the event loop share the batch.
            asyncio.get_running_loop().call_soon(self._launch)
        return future

    def _launch(self) -> None:
        while len(self._batches) < IN_FLIGHT and (batch := self._next_batch()):
            task = asyncio.create_task(self._commit(batch), name="commit")
            self._batches.add(task)
            task.add_done_callback(self._batch_done)

    def _batch_done(self, task: "asyncio.Task[None]") -> None:
        self._batches.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("commit_crashed", exc_info=error)
        self._launch()

    def _next_batch(self) -> list[_Waiter]:
        """As much of the queue as fits, without cancelled waiters and without sessions in flight."""
        batch: list[_Waiter] = []
        held: list[_Waiter] = []
        size = 0
        while self._queue and len(batch) < MAX_ENTRIES and size < MAX_BYTES:
            waiter = self._queue.popleft()
            holder = self._busy.setdefault(waiter.entry.session_id, waiter)
            if waiter.future.cancelled():
                self._release(waiter)
            elif holder is not waiter:
                held.append(waiter)
            else:
                batch.append(waiter)
                size += waiter.size
        self._queue.extendleft(reversed(held))
        return batch

    async def _commit(self, batch: list[_Waiter]) -> None:
        self._sizes.observe(len(batch))
        began = time.perf_counter()
        try:
            refused, unknown = await self._insert(batch)
            self._seconds.observe(time.perf_counter() - began)
            await self._faults.reached("entry_inserted")
            for waiter in batch:
                if waiter.entry.session_id not in refused and waiter.entry.session_id not in unknown:
                    self._resolve(waiter, None)
            unresolved = [waiter for waiter in batch if waiter.entry.session_id in refused or waiter.entry.session_id in unknown]
            if unresolved:
                await self._read_back(unresolved, unknown)
        finally:
            # Matters only when this task is cancelled: every waiter needs a result.
            for waiter in batch:
                self._resolve(waiter, Unavailable("This replica is stopping; repeat with the same id."))

    async def _insert(self, batch: list[_Waiter]) -> tuple[set[str], set[str]]:
        """The sessions whose entry hit a duplicate key, and those whose entry's result is unknown."""
        everything = {waiter.entry.session_id for waiter in batch}
        try:
            await self._collection.insert_many([waiter.document for waiter in batch], ordered=False)
        except BulkWriteError as error:
            details = error.details or {}
            codes = {batch[e["index"]].entry.session_id: e.get("code") for e in details.get("writeErrors", ())}
            refused = {session_id for session_id, code in codes.items() if code == 11000}
            return refused, (everything if details.get("writeConcernErrors") else set(codes)) - refused
        except PyMongoError as error:
            log.warning("commit_unanswered", entries=len(batch), reason=type(error).__name__)
            return set(), everything
        return set(), set()

    async def _read_back(self, unresolved: list[_Waiter], unknown: set[str]) -> None:
        self._unknown.inc(sum(waiter.entry.session_id in unknown for waiter in unresolved))
        ids = [entry_id(waiter.entry.session_id, waiter.entry.revision) for waiter in unresolved]
        try:
            found = await self._collection.find({"_id": {"$in": ids}}, {"hash": 1, "by": 1, "command_id": 1}).to_list(None)
        except PyMongoError as error:
            log.warning("results_not_read_back", entries=len(unresolved), reason=type(error).__name__)
            found, unknown = [], {waiter.entry.session_id for waiter in unresolved}
        stored = {document["_id"]: document for document in found}
        for waiter, id in zip(unresolved, ids, strict=True):
            entry, document = waiter.entry, stored.get(id)
            if document is not None and _same(document, entry):
                self._resolve(waiter, None)
            elif document is not None:
                self._races.inc()
                self._resolve(waiter, RevisionTaken(id))
            elif entry.session_id in unknown:
                self._resolve(waiter, Unavailable("The store gave no answer; repeat with the same id."))
            else:
                self._races.inc()
                self._resolve(waiter, CommandTaken(id))

    def _resolve(self, waiter: _Waiter, error: Exception | None) -> None:
        self._release(waiter)
        if waiter.future.done():
            return
        if error is None:
            self._accepted[waiter.entry.kind,] += 1
            waiter.future.set_result(None)
        else:
            waiter.future.set_exception(error)

    def _release(self, waiter: _Waiter) -> None:
        if self._busy.get(waiter.entry.session_id) is waiter:
            del self._busy[waiter.entry.session_id]


def _same(document: Document, entry: Entry) -> bool:
    return (document["hash"], document["command_id"], document["by"]["id"]) == (entry.hash, entry.command_id, entry.by.id)


def _replacing(entry: Entry) -> UpdateOne:
    document: Document = converter.unstructure(entry)
    # Not the mark `unpublished`: the relay may remove it at any time.
    changed = {name: document[name] for name in ("by", "events", "fingerprint", "salt", "commitment")}
    return UpdateOne({"_id": entry_id(entry.session_id, entry.revision), "hash": entry.hash}, {"$set": changed})


def entry_to_document(entry: Entry) -> Document:
    """The log's document of an entry that is not published yet."""
    id = entry_id(entry.session_id, entry.revision)
    # The mark is the id, so that one index finds marked entries in their order. Earlier versions marked with True.
    return {"_id": id, **converter.unstructure(entry), "unpublished": id}


def entry_id(session_id: str, revision: int) -> str:
    return f"{session_id}:{revision:08d}"
