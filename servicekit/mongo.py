"""The store as a part, and the meaning of its errors. Dates are UTC.

Writes are acknowledged by the majority and journaled, and reads see only what a majority has: a repeat is answered, and a record is
published, only from what a failover cannot take back.

Write the first field of an index as `{"desk_id": {"$eq": "x"}}` or as a range, and alternatives ($or) as several queries: otherwise the
embedded store reads every document, because `{"desk_id": "x"}` also means a list with "x". A test refuses other queries (tests/queries).
"""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase, AsyncIOMotorGridFSBucket
from pymongo import IndexModel, UpdateOne
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from servicekit.back_ends import BackEndSettings
from servicekit.errors import Unavailable
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.outbox import LAST, OUTBOX, PENDING, Unpublished, record_from

Document = dict[str, Any]
Indexes = Mapping[str, Sequence[IndexModel]]
Database = AsyncIOMotorDatabase
Collection = AsyncIOMotorCollection
SELECT_MS, SOCKET_MS = 3_000, 10_000
# Codes of a store that is unavailable: no host, time-outs, stepping down, shutting down, not primary, recovering, write concern not met.
_UNAVAILABLE = frozenset({6, 7, 50, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})
_DUPLICATE = 11000


class IndexRefused(Exception):
    """The store does not create an index."""


class Mongo(Loop):
    """One database, `prefix + name`. Ready while the store answers and the indexes exist; `start` does not wait for that.

    `indexes`: collection name -> its indexes. Without `creates_indexes` the part only waits until they exist. `ca`: file of the
    certificates (PEM) that sign the store's. `cert`: file of this client's own certificate with its key (PEM). Either turns TLS on; both
    are read here only. Without `metrics` failures are not exported.
    """

    waits_for = "the store"

    def __init__(
        self,
        url: str,
        prefix: str,
        name: str,
        indexes: Indexes | None = None,
        metrics: Metrics | None = None,
        *,
        ca: str = "",
        cert: str = "",
        creates_indexes: bool = True,
        socket_seconds: float | None = None,
        ping_seconds: float = 2.0,
    ) -> None:
        super().__init__("mongo", self._watch, metrics or Metrics(name))
        files = {"tlsCAFile": ca, "tlsCertificateKeyFile": cert}
        tls: dict[str, Any] = {option: file for option, file in files.items() if file}
        if tls:
            tls["tls"] = True
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            url,
            appname=f"parley-{name}",
            tz_aware=True,
            w="majority",
            journal=True,
            readConcernLevel="majority",
            serverSelectionTimeoutMS=SELECT_MS,
            connectTimeoutMS=SELECT_MS,
            socketTimeoutMS=SOCKET_MS if socket_seconds is None else int(socket_seconds * 1000),
            **tls,
        )
        self.database: AsyncIOMotorDatabase[Document] = self._client[prefix + name]
        self.ready = False
        self._indexes, self._creates_indexes, self._ping_seconds = dict(indexes or {}), creates_indexes, ping_seconds

    def gridfs(self, bucket: str = "fs") -> AsyncIOMotorGridFSBucket:
        """Files in chunks. A retry must use a new file id: not every store can overwrite a half-written file."""
        return AsyncIOMotorGridFSBucket(self.database, bucket_name=bucket)

    @classmethod
    def from_settings(cls, settings: BackEndSettings, name: str, indexes: Indexes, metrics: Metrics) -> Self:
        """The database of a service, with these indexes."""
        return cls(
            settings.mongo,
            settings.mongo_prefix,
            name,
            indexes,
            metrics,
            ca=settings.mongo_ca,
            cert=settings.mongo_cert,
            creates_indexes=settings.prepare,
            ping_seconds=settings.mongo_ping,
        )

    async def stop(self) -> None:
        await super().stop()
        self._client.close()

    async def _watch(self) -> None:
        self.waits_for = "the store"
        try:
            while True:
                with store_errors():
                    await self._client.admin.command("ping")
                    self.ready = await self._has_indexes()
                await asyncio.sleep(self._ping_seconds * random.uniform(0.8, 1.2))
        finally:
            self.ready = False

    async def _has_indexes(self) -> bool:
        if self._indexes and self._creates_indexes:
            await create_indexes(self.database, self._indexes)
        elif self._indexes and (missing := await missing_indexes(self.database, self._indexes)):
            self.waits_for = f"the index {missing[0]}, which `python -m services prepare` creates"
            return False
        self._indexes = {}
        return True


async def create_indexes(database: "AsyncIOMotorDatabase[Document]", indexes: Indexes) -> None:
    """Creates those that are missing. Raises Unavailable, or IndexRefused, for example for one that exists with other options."""
    for collection, models in indexes.items():
        try:
            with store_errors():
                await database[collection].create_indexes(list(models))
        except PyMongoError as error:
            raise IndexRefused(f"{collection}: {type(error).__name__} {error}") from error


async def missing_indexes(database: "AsyncIOMotorDatabase[Document]", indexes: Indexes) -> list[str]:
    """The names of missing indexes, each as collection.index. They are found by their fields, because the embedded store renames them.

    Raises PyMongoError.
    """
    missing: list[str] = []
    for collection, models in indexes.items():
        found = [list(index["key"]) for index in (await database[collection].index_information()).values()]
        missing += [f"{collection}.{model.document['name']}" for model in models if list(model.document["key"].items()) not in found]
    return missing


async def drop_old_indexes(database: "AsyncIOMotorDatabase[Document]", indexes: Indexes) -> list[str]:
    """Drops the indexes of these collections that are not declared, and returns them as collection.index. Of indexes with the same fields
    it keeps those with the declared options. Raises Unavailable."""
    dropped: list[str] = []
    with store_errors():
        for collection, models in indexes.items():
            declared = [_fields_and_options(model.document) for model in models]
            declared_fields = [fields for fields, _ in declared]
            found = {name: _fields_and_options(index) for name, index in (await database[collection].index_information()).items()}
            for name, (fields, options) in found.items():
                alone = sum(other_fields == fields for other_fields, _ in found.values()) == 1
                # A store that does not report options has one index for the fields.
                is_declared = (fields, options) in declared or (alone and fields in declared_fields)
                if name != "_id_" and not is_declared:
                    await database[collection].drop_index(name)
                    dropped.append(f"{collection}.{name}")
    return dropped


def _fields_and_options(index: Mapping[str, Any]) -> tuple[list[tuple[str, Any]], tuple[bool, bool]]:
    key = index["key"]
    return list(key.items() if isinstance(key, Mapping) else key), (bool(index.get("unique")), bool(index.get("sparse")))


def is_duplicate(error: PyMongoError) -> bool:
    """Whether the only failures are duplicate keys."""
    if isinstance(error, BulkWriteError):
        details: Any = error.details
        failed = details.get("writeErrors", [])
        return bool(failed) and all(e.get("code") == _DUPLICATE for e in failed) and not details.get("writeConcernErrors")
    return isinstance(error, DuplicateKeyError)


def is_unavailable(error: PyMongoError) -> bool:
    """Whether the store did not answer, so that a write may or may not have happened."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError):
        return True
    if isinstance(error, BulkWriteError):
        details: Any = error.details
        return bool(details.get("writeConcernErrors")) or any(e.get("code") in _UNAVAILABLE for e in details.get("writeErrors", []))
    return isinstance(error, OperationFailure) and error.code in _UNAVAILABLE


@contextmanager
def store_errors() -> Iterator[None]:
    """Converts errors of an unavailable store within the block to Unavailable; raises others unchanged."""
    try:
        yield
    except PyMongoError as error:
        if is_unavailable(error):
            raise Unavailable("The store does not answer; repeat with the same id.") from error
        raise


class MongoOutbox:
    """The outbox of one collection, whose documents have string ids. The collection needs `index`.

    A store calls `wake` after it has saved records, or `created` after it has saved a new document with records; neither waits. Wiring
    sets `wake` to the relay's `wake` and, for `created`, `publish` to the relay's `publish_saved`. `compacted`: the topic keeps only
    the last record of each key, so a document keeps its last published record too.
    """

    index = IndexModel([(PENDING, 1)])

    def __init__(self, collection: "AsyncIOMotorCollection[Document]", *, compacted: bool = False) -> None:
        self._collection, self._compacted = collection, compacted
        self.wake: Callable[[], None] = lambda: None
        self.publish: Callable[[Unpublished], None] = lambda saved: None

    def created(self, document_id: str, update: Mapping[str, Any]) -> None:
        """`update` is what `with_records` returned and an upsert inserted, so these are all of the document's records."""
        if stored := update.get("$push", {}).get(OUTBOX, {}).get("$each"):
            self.publish(Unpublished(document_id, [(saved, record_from(saved)) for saved in stored]))

    async def unpublished(self, limit: int) -> Sequence[Unpublished]:
        with store_errors():
            found = await self._collection.find({PENDING: True}, {OUTBOX: 1}).limit(limit).to_list(limit)
            if empty := [document["_id"] for document in found if not document.get(OUTBOX)]:
                await self._unset(empty)
        return [Unpublished(d["_id"], [(saved, record_from(saved)) for saved in d[OUTBOX]]) for d in found if d.get(OUTBOX)]

    async def mark_published(self, published: Sequence[Unpublished]) -> Sequence[Unpublished]:
        ids = [document.document_id for document in published]
        with store_errors():
            done = await self._collection.bulk_write([self._mark(document) for document in published], ordered=False)
            await self._unset(ids)
            if not self._compacted or done.matched_count == len(published):
                return []
            found = await self._collection.find({"_id": {"$in": ids}}, {OUTBOX: 1, LAST: 1}).to_list(None)
        last = {document.document_id: document.records[-1][0] for document in published}
        newer = {d["_id"]: [d[LAST], *d.get(OUTBOX, ())] for d in found if d.get(LAST, last[d["_id"]]) != last[d["_id"]]}
        return [Unpublished(id, [(saved, record_from(saved)) for saved in stored]) for id, stored in newer.items()]

    def _mark(self, document: Unpublished) -> UpdateOne:
        saved = [saved for saved, _ in document.records]
        pull = {"$pull": {OUTBOX: {"$in": saved}}}
        if not self._compacted:
            return UpdateOne({"_id": document.document_id}, pull)
        # Only while the last one is there: a relay that is late does not replace a newer one.
        return UpdateOne({"_id": document.document_id, OUTBOX: {"$in": saved[-1:]}}, {**pull, "$set": {LAST: saved[-1]}})

    async def _unset(self, document_ids: Sequence[str]) -> None:
        # Only if the outbox is empty: another entry may have been added meanwhile.
        await self._collection.update_many({"_id": {"$in": list(document_ids)}, OUTBOX: {"$size": 0}}, {"$unset": {PENDING: ""}})
