"""The directory in MongoDB: one document for each entry, with its outbox (servicekit/outbox.py)."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from parley.tickets.v1 import directory_pb2 as pb
from servicekit.audit import audit_record
from servicekit.errors import Unavailable
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo, MongoOutbox, store_errors
from servicekit.outbox import new_with_records, with_records
from services.tickets.audit_contract import audit_entry_to_proto
from services.tickets.directory_contract import content_from, entry_record, entry_to_proto
from services.tickets.domain.audit import AuditEntry
from services.tickets.domain.directory import ContentT, Entry, Kind, Person, key_of
from services.tickets.domain.people_list import PeopleCursor, PeopleQuery, PeopleSlice
from services.tickets.outbound.mongo_people import LIST_INDEXES, WORD_INDEXES, WORDS, PeopleWords, condition_of, cursor_of, list_fields
from services.tickets.ports import RevisionTaken

COLLECTION = "directory"
INDEXES = {
    COLLECTION: [
        MongoOutbox.index,
        IndexModel([("desk_id", ASCENDING), ("kind", ASCENDING), ("name", ASCENDING)]),
        IndexModel([("trial", ASCENDING), ("place", ASCENDING)]),
        *LIST_INDEXES,
    ],
    WORDS: WORD_INDEXES,
}
# All fields but the outbox.
SHOWN = {"content": 1, "revision": 1, "place": 1}
KEYS_AT_ONCE = 500
COMPLETED_AT_ONCE = 500
COMPLETE_EVERY_SECONDS = 3600.0


class CompletePeople(Loop):
    """Completes the documents of earlier versions, and those whose words a crash left unwritten. Not ready before, because lists would lack
    them. Repeats, because a replica of an earlier version may still run, and when a save could not write words."""

    ready, waits_for = False, "the completion of the directory's lists"

    def __init__(self, directory: "MongoDirectory", metrics: Metrics) -> None:
        super().__init__("complete_people", self._repeat, metrics)
        self._directory = directory

    async def _repeat(self) -> None:
        while True:
            self._directory.incomplete.clear()
            await self._directory.complete()
            self.ready = True
            with suppress(TimeoutError):
                async with asyncio.timeout(COMPLETE_EVERY_SECONDS):
                    await self._directory.incomplete.wait()


class MongoDirectory:
    """The port Directory. `incomplete`: set when an entry was saved but cannot be found by its words yet."""

    def __init__(self, mongo: Mongo) -> None:
        self._entries, self._words = mongo.database[COLLECTION], mongo.database[WORDS]
        self._people_words = PeopleWords(self._entries, self._words)
        self.incomplete = asyncio.Event()
        self.outbox = MongoOutbox(self._entries, compacted=True)

    async def entry(self, kind: type[ContentT], id: str) -> Entry | None:
        with store_errors():
            found = await self._entries.find_one({"_id": key_of(kind.kind, id)}, SHOWN)
        return _entry(found) if found else None

    async def get(self, kind: type[ContentT], id: str) -> ContentT | None:
        entry = await self.entry(kind, id)
        return entry.content if entry and isinstance(entry.content, kind) else None

    async def entries(self, keys: Collection[str]) -> list[Entry]:
        wanted, found = sorted(keys), list[Entry]()
        for first in range(0, len(wanted), KEYS_AT_ONCE):
            found += await self._list({"_id": {"$in": wanted[first : first + KEYS_AT_ONCE]}}, [])
        return found

    async def desks_of(self, keys: Collection[str]) -> dict[str, str]:
        wanted, desks = sorted(keys), dict[str, str]()
        for first in range(0, len(wanted), KEYS_AT_ONCE):
            condition = {"_id": {"$in": wanted[first : first + KEYS_AT_ONCE]}}
            with store_errors():
                found = await self._entries.find(condition, {"desk_id": 1}).to_list(KEYS_AT_ONCE)
            desks |= {document["_id"]: document["desk_id"] for document in found}
        return desks

    async def save(self, entry: Entry, audited: AuditEntry | None) -> None:
        audit = [audit_record(audit_entry_to_proto(audited))] if audited else []
        records, fields = [*audit, entry_record(entry)], _fields(entry)
        with store_errors():
            if entry.revision == 1:
                try:
                    await self._entries.insert_one(new_with_records({"_id": entry.key, **fields}, records))
                except DuplicateKeyError as error:
                    raise RevisionTaken from error
            else:
                before = {"_id": entry.key, "revision": entry.revision - 1}
                changed = await self._entries.update_one(before, with_records({"$set": fields}, records))
                if not changed.matched_count:
                    raise RevisionTaken
        self.outbox.wake()
        if isinstance(entry.content, Person):
            try:
                await self._people_words.index([entry])
            except Unavailable:
                # The entry is saved and will be published.
                self.incomplete.set()

    async def complete(self) -> None:
        """Writes the list keys and words of documents that lack them. Any replica may run it at any time. Raises Unavailable."""
        for lacking in ({"$exists": False}, {"$eq": False}):
            while found := await self._list({"content.indexed": lacking}, [], COMPLETED_AT_ONCE):
                await self._people_words.index(found)

    async def page(self, after: str, size: int, *, customers: bool = True) -> list[Entry]:
        field = "listed.directory" if customers else "listed.without_customers"
        return await self._list({field: {"$gt": after}}, [(field, ASCENDING)], size)

    async def of_desk(self, desk_id: str, kind: type[ContentT]) -> list[tuple[ContentT, int]]:
        found = await self._list({"desk_id": {"$eq": desk_id}, "kind": {"$eq": kind.kind.value}}, [("name", ASCENDING)])
        return [(entry.content, entry.revision) for entry in found if isinstance(entry.content, kind)]

    async def people(self, query: PeopleQuery, after: PeopleCursor, size: int) -> PeopleSlice:
        field, wanted = condition_of(query, after)
        collection, fields = (self._words, {"key": 1}) if query.words else (self._entries, {**SHOWN, "listed": 1})
        with store_errors():
            rows = await collection.find(wanted, fields).sort(field, ASCENDING).limit(size).to_list(size)
        cursors = [cursor_of(row, field) for row in rows]
        entries = (
            await self.entries({key_of(Kind.PERSON, cursor.id) for cursor in cursors}) if query.words else [_entry(row) for row in rows]
        )
        people = {entry.content.id: entry.content for entry in entries if isinstance(entry.content, Person)}
        found = [(cursor, people[cursor.id]) for cursor in cursors if cursor.id in people]
        return PeopleSlice(found, cursors[-1] if len(rows) == size else None)

    async def trial_people(self) -> list[Person]:
        found = await self._list({"trial": {"$eq": True}}, [("place", ASCENDING)])
        return [entry.content for entry in found if isinstance(entry.content, Person)]

    async def _list(self, wanted: dict[str, Any], order: list[tuple[str, int]], size: int | None = None) -> list[Entry]:
        with store_errors():
            found = self._entries.find(wanted, SHOWN).limit(size or 0)
            documents = await (found.sort(order) if order else found).to_list(size)
        return [_entry(document) for document in documents]


def _fields(entry: Entry) -> dict[str, Any]:
    content = entry.content
    return {
        "kind": content.kind.value,
        "desk_id": content.desk_id,
        "revision": entry.revision,
        "place": entry.order,
        "name": content.name.casefold(),
        "trial": isinstance(content, Person) and content.trial,
        **list_fields(content),
        # As proto JSON and not by DocumentConverter, because older and newer replicas both read it.
        "content": {
            **MessageToDict(entry_to_proto(entry), preserving_proto_field_name=True),
            "indexed": not isinstance(content, Person),
        },
    }


def _entry(found: dict[str, Any]) -> Entry:
    content = content_from(ParseDict(found["content"], pb.DirectoryEntry(), ignore_unknown_fields=True))
    return Entry(content, int(found["revision"]), int(found["place"]))
