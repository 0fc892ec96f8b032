"""Canned replies in MongoDB: collection `canned_replies`, `{_id: "<desk>:<owner>", desk_id, owner_id, version, replies, audit}`.

One document for each engineer who has replies, and one for the desk (owner ""). So the bound on their number is checked in the write that
adds one, and the change and its audit entry are one write. The audit trail is bounded as that of the desk settings, from which these are
apart: settings are read at every chat, replies only by engineers. Every query names `_id`, except the outbox's, which has an index. A
change of the desk's replies saves its records for the audit log in the outbox of the document (servicekit/audit.py); engineers' own
replies are not in that log.
"""

from collections.abc import Sequence
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from parley.audit.v1 import audit_pb2 as pb
from servicekit.audit import audit_record, changes_between
from servicekit.documents import DocumentConverter
from servicekit.kafka_records import Record
from servicekit.moments import to_proto
from servicekit.mongo import Document, Mongo, MongoOutbox, store_errors
from servicekit.mongo_desk_settings import audit_entry, entries_to_keep
from servicekit.outbox import new_with_records, with_records
from services.chat.domain.canned_replies import CannedReply
from services.chat.domain.people import Person

COLLECTION = "canned_replies"
INDEXES = [MongoOutbox.index]
# The fields of a reply that an entry of the audit log compares.
AUDITED = ("title", "text")
_converter = DocumentConverter()


class MongoCannedReplies:
    """The port CannedReplyStore."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.database[COLLECTION]
        self.outbox = MongoOutbox(self._collection)

    async def of(self, desk_id: str, owner_id: str) -> tuple[tuple[CannedReply, ...], int]:
        with store_errors():
            found = await self._collection.find_one(_key(desk_id, owner_id), {"replies": 1, "version": 1}) or {}
        return tuple(_converter.structure(reply, CannedReply) for reply in found.get("replies", ())), int(found.get("version", 0))

    async def save(self, desk_id: str, owner_id: str, replies: Sequence[CannedReply], version: int, by: Person, at: datetime) -> bool:
        key, now = _key(desk_id, owner_id), [_converter.unstructure(reply) for reply in replies]
        with store_errors():
            before = await self._collection.find_one(key) or {}
            changed = _differences(before.get("replies", ()), now)
            entry = audit_entry(version + 1, by, at, {"changed": changed})
            records = [] if owner_id else _records(desk_id, version + 1, changed, by, at)
            if version == 0:
                document = {**key, "owner_id": owner_id, "version": 1, "replies": now, "audit": [entry]}
                try:
                    await self._collection.insert_one(new_with_records(document, records))
                except DuplicateKeyError:
                    return False
                self.outbox.wake()
                return True
            change: dict[str, Document] = {
                "$set": {"version": version + 1, "replies": now},
                "$push": {"audit": {"$each": [entry], "$slice": -entries_to_keep(before.get("audit", ()), entry)}},
            }
            # Replies and audit only change together with the version.
            done = await self._collection.update_one({**key, "version": version}, with_records(change, records))
        self.outbox.wake()
        return bool(done.matched_count)

    async def remove(self, desk_id: str, owner_id: str) -> None:
        with store_errors():
            await self._collection.delete_one(_key(desk_id, owner_id))


def _key(desk_id: str, owner_id: str) -> Document:
    # The desk also by itself: ids may hold a colon.
    return {"_id": f"{desk_id}:{owner_id}", "desk_id": desk_id}


def _differences(before: Sequence[Document], after: Sequence[Document]) -> Document:
    """{reply id: [before, after]} of those that differ, null = none."""
    old, new = ({reply["reply_id"]: reply for reply in replies} for replies in (before, after))
    return {id: [old.get(id), new.get(id)] for id in sorted(old.keys() | new.keys()) if old.get(id) != new.get(id)}


def _records(desk_id: str, version: int, changed: Document, by: Person, at: datetime) -> list[Record]:
    """One for each reply that differs. The bounds of an entry cut long texts."""
    return [audit_record(_entry(desk_id, version, id, before, after, by, at)) for id, (before, after) in changed.items()]


def _entry(
    desk_id: str, version: int, reply_id: str, before: Document | None, after: Document | None, by: Person, at: datetime
) -> pb.AuditEntry:
    done = pb.AUDIT_ACTION_CREATED if before is None else pb.AUDIT_ACTION_DELETED if after is None else pb.AUDIT_ACTION_CHANGED
    old, new = ({field: reply[field] for field in AUDITED} if reply else {} for reply in (before, after))
    return pb.AuditEntry(
        id=f"{COLLECTION}:{desk_id}:{version}:{reply_id}",
        desk_id=desk_id,
        at=to_proto(at),
        kind=pb.AUDIT_KIND_SETTINGS,
        action=done,
        by_id=by.id,
        subject=pb.AUDIT_SUBJECT_SETTINGS,
        subject_id=COLLECTION,
        changes=changes_between(old, new),
    )
