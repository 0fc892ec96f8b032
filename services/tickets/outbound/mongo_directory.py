"""The directory in MongoDB: one document for each entry, with its outbox (servicekit/outbox.py)."""

from collections.abc import AsyncGenerator, Collection
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from parley.tickets.v1 import directory_pb2 as pb
from servicekit.mongo import Mongo, MongoOutbox, store_errors
from servicekit.outbox import new_with_records, with_records
from services.tickets.directory_contract import KINDS, content_from, entry_record, entry_to_proto
from services.tickets.domain.directory import ContentT, Entry, Kind, Person, key_of
from services.tickets.domain.people import Side
from services.tickets.ports import RevisionTaken

COLLECTION = "directory"
INDEXES = {
    COLLECTION: [
        MongoOutbox.index,
        IndexModel([("desk_id", ASCENDING), ("kind", ASCENDING), ("name", ASCENDING)]),
        IndexModel([("content.person.company_id", ASCENDING), ("desk_id", ASCENDING), ("name", ASCENDING)]),
        IndexModel([("content.person.kind", ASCENDING), ("desk_id", ASCENDING), ("name", ASCENDING)]),
        IndexModel([("trial", ASCENDING), ("place", ASCENDING)]),
    ]
}
# All fields but the outbox.
SHOWN = {"content": 1, "revision": 1, "place": 1}
PEOPLE_AT_ONCE = 200
KEYS_AT_ONCE = 500


class MongoDirectory:
    def __init__(self, mongo: Mongo) -> None:
        self._entries = mongo.database[COLLECTION]
        self.outbox = MongoOutbox(self._entries, compacted=True)

    async def entry(self, kind: type[ContentT], id: str) -> Entry | None:
        with store_errors():
            found = await self._entries.find_one({"_id": key_of(kind.kind, id)}, SHOWN)
        return _entry(found) if found else None

    async def get(self, kind: type[ContentT], id: str) -> ContentT | None:
        entry = await self.entry(kind, id)
        return entry.content if entry and isinstance(entry.content, kind) else None

    async def desks_of(self, keys: Collection[str]) -> dict[str, str]:
        wanted, desks = sorted(keys), dict[str, str]()
        for first in range(0, len(wanted), KEYS_AT_ONCE):
            condition = {"_id": {"$in": wanted[first : first + KEYS_AT_ONCE]}}
            with store_errors():
                found = await self._entries.find(condition, {"desk_id": 1}).to_list(KEYS_AT_ONCE)
            desks |= {document["_id"]: document["desk_id"] for document in found}
        return desks

    async def save(self, entry: Entry) -> None:
        record, fields = entry_record(entry), _fields(entry)
        with store_errors():
            if entry.revision == 1:
                try:
                    await self._entries.insert_one(new_with_records({"_id": entry.key, **fields}, [record]))
                except DuplicateKeyError as error:
                    raise RevisionTaken from error
            else:
                before = {"_id": entry.key, "revision": entry.revision - 1}
                changed = await self._entries.update_one(before, with_records({"$set": fields}, [record]))
                if not changed.matched_count:
                    raise RevisionTaken
        self.outbox.wake()

    async def page(self, after: str, size: int) -> list[Entry]:
        return await self._list({"_id": {"$gt": after}}, [("_id", ASCENDING)], size)

    async def of_desk(self, desk_id: str, kind: type[ContentT]) -> list[ContentT]:
        found = await self._list({"desk_id": desk_id, "kind": kind.kind.value}, [("name", ASCENDING)])
        return [entry.content for entry in found if isinstance(entry.content, kind)]

    async def people(self, desk_id: str, name: str, side: Side | None = None, company_id: str = "") -> AsyncGenerator[Person]:
        # Each of the three has its index. A company's people are few, so their side is not part of one.
        wanted: dict[str, Any] = {"desk_id": desk_id, "name": {"$gte": name}}
        if company_id:
            wanted["content.person.company_id"] = company_id
        elif side is not None:
            wanted["content.person.kind"] = pb.PersonKind.Name(KINDS[side])
        else:
            wanted["kind"] = Kind.PERSON.value
        with store_errors():
            async for document in self._entries.find(wanted, SHOWN).sort([("name", ASCENDING)]).batch_size(PEOPLE_AT_ONCE):
                entry = _entry(document)
                if isinstance(entry.content, Person) and side in (None, entry.content.side):
                    yield entry.content

    async def trial_people(self) -> list[Person]:
        found = await self._list({"trial": True}, [("place", ASCENDING)])
        return [entry.content for entry in found if isinstance(entry.content, Person)]

    async def _list(self, wanted: dict[str, Any], order: list[tuple[str, int]], size: int | None = None) -> list[Entry]:
        with store_errors():
            found = await self._entries.find(wanted, SHOWN).sort(order).limit(size or 0).to_list(size)
        return [_entry(document) for document in found]


def _fields(entry: Entry) -> dict[str, Any]:
    content = entry.content
    return {
        "kind": content.kind.value,
        "desk_id": content.desk_id,
        "revision": entry.revision,
        "place": entry.order,
        "name": content.name.casefold(),
        "trial": isinstance(content, Person) and content.trial,
        # As proto JSON and not by DocumentConverter, because older and newer replicas both read it.
        "content": MessageToDict(entry_to_proto(entry), preserving_proto_field_name=True),
    }


def _entry(found: dict[str, Any]) -> Entry:
    content = content_from(ParseDict(found["content"], pb.DirectoryEntry(), ignore_unknown_fields=True))
    return Entry(content, int(found["revision"]), int(found["place"]))
