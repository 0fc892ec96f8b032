"""Canned replies in MongoDB: collection `canned_replies`, `{_id: "<desk>:<owner>", desk_id, owner_id, version, replies, audit}`.

One document for each engineer who has replies, and one for the desk (owner ""). So the bound on their number is checked in the write that
adds one, and the change and its audit entry are one write. The audit trail is bounded as that of the desk settings, from which these are
apart: settings are read at every chat, replies only by engineers. Every query names `_id`.
"""

from collections.abc import Sequence
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from servicekit.documents import DocumentConverter
from servicekit.mongo import Document, Mongo, store_errors
from servicekit.mongo_desk_settings import audit_entry, entries_to_keep
from services.chat.domain.canned_replies import CannedReply
from services.chat.domain.people import Person

COLLECTION = "canned_replies"
_converter = DocumentConverter()


class MongoCannedReplies:
    """The port CannedReplyStore."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.database[COLLECTION]

    async def of(self, desk_id: str, owner_id: str) -> tuple[tuple[CannedReply, ...], int]:
        with store_errors():
            found = await self._collection.find_one(_key(desk_id, owner_id), {"replies": 1, "version": 1}) or {}
        return tuple(_converter.structure(reply, CannedReply) for reply in found.get("replies", ())), int(found.get("version", 0))

    async def save(self, desk_id: str, owner_id: str, replies: Sequence[CannedReply], version: int, by: Person, at: datetime) -> bool:
        key, now = _key(desk_id, owner_id), [_converter.unstructure(reply) for reply in replies]
        with store_errors():
            before = await self._collection.find_one(key) or {}
            entry = audit_entry(version + 1, by, at, {"changed": _differences(before.get("replies", ()), now)})
            if version == 0:
                document = {**key, "owner_id": owner_id, "version": 1, "replies": now, "audit": [entry]}
                try:
                    await self._collection.insert_one(document)
                except DuplicateKeyError:
                    return False
                return True
            change = {
                "$set": {"version": version + 1, "replies": now},
                "$push": {"audit": {"$each": [entry], "$slice": -entries_to_keep(before.get("audit", ()), entry)}},
            }
            # Replies and audit only change together with the version.
            done = await self._collection.update_one({**key, "version": version}, change)
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
