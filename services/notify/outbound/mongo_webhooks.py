"""Webhook endpoints in MongoDB: one document each in `webhooks`, with its audit trail and the lease of the replica that sends to it.

`waiting` exists while events may wait, so its index holds few documents. A deleted endpoint keeps its id and audit trail, and loses the
rest; `deleted_desk_id` replaces its `desk_id`. The secret is stored as it is, because each request is signed with it.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from parley.audit.v1 import audit_pb2
from servicekit.audit import audit_record, changes_between
from servicekit.documents import DocumentConverter
from servicekit.kafka_records import Record
from servicekit.moments import to_ms, to_proto
from servicekit.mongo import Database, Document, MongoOutbox, store_errors
from servicekit.mongo_desk_settings import MAX_AUDITED, audit_entry
from servicekit.outbox import OUTBOX, new_with_records, with_records
from services.notify.domain.webhook import Webhook
from services.notify.webhook_ports import Audit

COLLECTION = "webhooks"
# `of_desk` uses the first index, `due` the second, `release` the third and `forget` the last.
INDEXES = [
    MongoOutbox.index,
    IndexModel([("desk_id", ASCENDING)]),
    IndexModel([("waiting", ASCENDING), ("not_before", ASCENDING)]),
    IndexModel([("lease_owner", ASCENDING)]),
    IndexModel([("deleted_at", ASCENDING)]),
]
EVERYTHING_ELSE = {"audit": 0, OUTBOX: 0}
# What an admin changes, what ends a back-off or pause, and what a try changes.
ADMINS = ("url", "events", "enabled")
BACK_OFF = ("failures", "not_before", "paused_until")
TRIES = (*BACK_OFF, "delivered_at", "failed_at", "failure")

_converter = DocumentConverter()
_converter.rename(Webhook, id="_id")


class MongoWebhooks:
    """The port Webhooks."""

    def __init__(self, database: Database[Document]) -> None:
        self._webhooks = database[COLLECTION]
        self.outbox = MongoOutbox(self._webhooks)

    async def of_desk(self, desk_id: str) -> list[Webhook]:
        with store_errors():
            documents = await self._webhooks.find({"desk_id": desk_id}, EVERYTHING_ELSE).to_list(None)
        return sorted(map(_webhook_from, documents), key=lambda webhook: (webhook.created_at, webhook.id))

    async def one(self, desk_id: str, webhook_id: str) -> Webhook | None:
        return await self._find({"_id": webhook_id, "desk_id": desk_id})

    async def add(self, webhook: Webhook, audit: Audit) -> Webhook | None:
        document = {**_converter.unstructure(webhook), "lease_owner": "", "lease_until": 0, "audit": [_entry(webhook, audit)]}
        with store_errors():
            try:
                await self._webhooks.insert_one(new_with_records(document, _audited(webhook, audit)))
            except DuplicateKeyError:
                return await self.one(webhook.desk_id, webhook.id)
        self.outbox.wake()
        return webhook

    async def change(self, webhook: Webhook, audit: Audit, *, resume: bool) -> bool:
        values = _converter.unstructure(webhook)
        fields = (*ADMINS, *BACK_OFF) if resume else ADMINS
        change: dict[str, Any] = {
            "$set": {**{field: values[field] for field in fields}, "version": webhook.version + 1, "waiting": True},
            "$push": {"audit": {"$each": [_entry(webhook, audit)], "$slice": -MAX_AUDITED}},
        }
        current = {"_id": webhook.id, "desk_id": webhook.desk_id, "version": webhook.version}
        with store_errors():
            changed = await self._webhooks.update_one(current, with_records(change, _audited(webhook, audit)))
        self.outbox.wake()
        return bool(changed.matched_count)

    async def delete(self, webhook: Webhook, audit: Audit) -> None:
        change: dict[str, Any] = {
            "$set": {"deleted_desk_id": webhook.desk_id, "deleted_at": to_ms(audit.at), "enabled": False},
            "$unset": dict.fromkeys(("desk_id", "url", "secret", "waiting"), ""),
            "$push": {"audit": {"$each": [_entry(webhook, audit)], "$slice": -MAX_AUDITED}},
        }
        with store_errors():
            deleted = with_records(change, _audited(webhook, audit))
            await self._webhooks.update_one({"_id": webhook.id, "desk_id": webhook.desk_id}, deleted)
        self.outbox.wake()

    async def due(self, now: datetime, limit: int) -> list[str]:
        query = {"waiting": {"$eq": True}, "enabled": True, "not_before": {"$lte": to_ms(now)}}
        with store_errors():
            found = await self._webhooks.find(query, {"_id": 1}).sort("not_before", ASCENDING).limit(limit).to_list(limit)
        return [document["_id"] for document in found]

    async def lease(self, webhook_id: str, owner: str, now: datetime, until: datetime) -> Webhook | None:
        due = {"_id": webhook_id, "waiting": True, "enabled": True, "not_before": {"$lte": to_ms(now)}}
        lease = {"$set": {"lease_owner": owner, "lease_until": to_ms(until)}}
        # Two updates, because one store ignores other conditions beside $or in an update.
        with store_errors():
            for free in ({"lease_owner": owner}, {"lease_until": {"$lte": to_ms(now)}}):
                if (await self._webhooks.update_one({**due, **free}, lease)).matched_count:
                    break
            else:
                return None
        return await self._find({"_id": webhook_id, "enabled": True, "lease_owner": owner})

    async def save_try(self, webhook: Webhook, owner: str, *, keep: bool) -> None:
        values = _converter.unstructure(webhook)
        result = {field: values[field] for field in TRIES}
        with store_errors():
            await self._webhooks.update_one({"_id": webhook.id, "lease_owner": owner}, {"$set": result if keep else {**result, **_FREE}})

    async def idle(self, webhook: Webhook, owner: str) -> bool:
        unchanged = {"_id": webhook.id, "lease_owner": owner, "sequence": webhook.sequence, "version": webhook.version}
        with store_errors():
            done = await self._webhooks.update_one(unchanged, {"$set": _FREE, "$unset": {"waiting": ""}})
        return bool(done.matched_count)

    async def release(self, owner: str) -> None:
        with store_errors():
            await self._webhooks.update_many({"lease_owner": owner}, {"$set": _FREE})

    async def forget(self, before: datetime) -> None:
        with store_errors():
            await self._webhooks.delete_many({"deleted_at": {"$lt": to_ms(before)}})

    async def _find(self, query: Document) -> Webhook | None:
        with store_errors():
            document = await self._webhooks.find_one(query, EVERYTHING_ELSE)
        return _webhook_from(document) if document else None


_FREE = {"lease_owner": "", "lease_until": 0}


def _entry(webhook: Webhook, audit: Audit) -> str:
    changed = {"action": audit.action, "url": webhook.url, "events": sorted(webhook.events), "enabled": webhook.enabled}
    return audit_entry(webhook.version, audit.by, audit.at, changed)


ACTIONS = {
    "created": audit_pb2.AUDIT_ACTION_CREATED,
    "updated": audit_pb2.AUDIT_ACTION_CHANGED,
    "deleted": audit_pb2.AUDIT_ACTION_DELETED,
}


def _audited(webhook: Webhook, audit: Audit) -> list[Record]:
    """Its record for the audit log; none for a replay, which changes no setting. Of the address only the host, because the rest may hold
    a secret of the receiver's."""
    if audit.action not in ACTIONS:
        return []
    after = {"host": urlsplit(webhook.url).netloc.rpartition("@")[2], "events": sorted(webhook.events), "enabled": webhook.enabled}
    entry = audit_pb2.AuditEntry(
        id=f"webhook:{webhook.id}:{audit.action}:{webhook.version}",
        desk_id=webhook.desk_id,
        at=to_proto(audit.at),
        kind=audit_pb2.AUDIT_KIND_SETTINGS,
        action=ACTIONS[audit.action],
        by_id=audit.by.id,
        subject=audit_pb2.AUDIT_SUBJECT_WEBHOOK,
        subject_id=webhook.id,
        changes=[] if audit.action == "deleted" else changes_between({}, after),
    )
    return [audit_record(entry)]


def _webhook_from(document: Document) -> Webhook:
    return _converter.structure(document, Webhook)
