"""Deliveries: one document each, in `deliveries`.

`confirm_at` and `push_at` are null while nothing is due, and the indexes on them serve the two loops that look for what is due.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from servicekit.moments import from_ms, to_ms
from servicekit.mongo import Database, Document, is_duplicate, store_errors
from services.notify.delivery_ports import PushTask
from services.notify.domain.delivery import Delivery, pushed
from services.notify.domain.delivery_report import DeliveryReport, usual_change
from services.notify.domain.notification import OF_SESSIONS
from services.notify.domain.page import Channel
from services.notify.domain.push import PushOutcome
from services.notify.outbound.documents import delivery_from_document, delivery_to_document

COLLECTION = "deliveries"
INDEXES = [
    IndexModel([("confirm_at", ASCENDING)]),
    IndexModel([("push_at", ASCENDING)]),
    IndexModel([("session_id", ASCENDING), ("person_id", ASCENDING), ("channel", ASCENDING)]),
    IndexModel([("asked_at", ASCENDING)]),
]
URGENCY = "high"
MAX_RACES = 20


class MongoDeliveries:
    """The ports Deliveries and PushDeliveries. `payload_of` makes the message for a browser."""

    def __init__(self, database: Database[Document], payload_of: Callable[[Delivery], bytes]) -> None:
        self._deliveries, self._payload_of = database[COLLECTION], payload_of

    async def add(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        if not deliveries:
            return []
        new = [replace(delivery, version=1) for delivery in deliveries]
        with store_errors():
            try:
                await self._deliveries.insert_many([delivery_to_document(delivery) for delivery in new], ordered=False)
            except BulkWriteError as error:
                if not is_duplicate(error):
                    raise
                details: Document = dict(error.details or {})
                existing = {failed["index"] for failed in details["writeErrors"]}
                return [delivery for index, delivery in enumerate(new) if index not in existing]
        return new

    async def of_ids(self, delivery_ids: Sequence[str]) -> list[Delivery]:
        return await self._found({"_id": {"$in": list(delivery_ids)}}) if delivery_ids else []

    async def save(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        if not deliveries:
            return []
        after = [replace(delivery, version=delivery.version + 1) for delivery in deliveries]
        with store_errors():
            result = await self._deliveries.bulk_write([_replacing(each) for each in after], ordered=False)
        if result.matched_count == len(after):
            return after
        # Which of them came too late: their documents are not what this save would have left.
        stored = {each.id: each for each in await self.of_ids([each.id for each in after])}
        return [each for each in after if _same(stored.get(each.id), each)]

    async def report(self, desk_id: str, person_id: str, delivery_id: str, report: DeliveryReport, now: datetime) -> bool:
        change = usual_change(report, now)
        if change is None or not report.place:
            return False
        own: Document = {"_id": delivery_id, "person_id": person_id, "desk_id": desk_id}
        condition: Document = {**own, "connection_id": report.place, change.unset: None}
        if change.received:
            condition["received_at"] = {"$gt": 0}
        values = {field: to_ms(value) if isinstance(value, datetime) else value for field, value in change.values.items()}
        with store_errors():
            result = await self._deliveries.update_one(condition, {"$set": values, "$inc": {"version": 1}})
        return result.matched_count == 1

    async def mark_sent(self, delivery_ids: Sequence[str], at: datetime) -> None:
        with store_errors():
            await self._deliveries.update_many({"_id": {"$in": list(delivery_ids)}, "sent_at": None}, {"$set": {"sent_at": to_ms(at)}})

    async def of_session(self, session_id: str, person_ids: Sequence[str]) -> list[Delivery]:
        return await self._of_session(session_id, person_ids, {})

    async def pushed_of_session(self, session_id: str, person_ids: Sequence[str]) -> list[Delivery]:
        return await self._of_session(session_id, person_ids, {"channel": Channel.WEB_PUSH.value})

    async def _of_session(self, session_id: str, person_ids: Sequence[str], more: Document) -> list[Delivery]:
        kinds = sorted(kind.value for kind in OF_SESSIONS)
        people = {"session_id": {"$eq": session_id}, "person_id": {"$in": list(person_ids)}}
        found = await self._found({**people, "kind": {"$in": kinds}, **more})
        return sorted(found, key=lambda delivery: (delivery.asked_at, delivery.rung))

    async def unconfirmed(self, now: datetime, limit: int) -> list[str]:
        condition = {"confirm_at": {"$lte": to_ms(now)}}
        with store_errors():
            documents = await self._deliveries.find(condition, {"_id": 1}).sort("confirm_at", ASCENDING).limit(limit).to_list(limit)
        return [document["_id"] for document in documents]

    async def next_unconfirmed(self) -> datetime | None:
        return await self._next("confirm_at")

    async def claim_pushes(self, now: datetime, until: datetime, limit: int) -> list[PushTask]:
        condition = {"push_at": {"$lte": to_ms(now)}}
        with store_errors():
            documents = await self._deliveries.find(condition).sort("push_at", ASCENDING).limit(limit).to_list(limit)
        due = [delivery_from_document(document) for document in documents]
        # Another replica may claim one first.
        claimed = await self.save([replace(delivery, push_at=until, push_tries=delivery.push_tries + 1) for delivery in due])
        return [task_of(delivery, self._payload_of(delivery)) for delivery in claimed]

    async def pushed(self, delivery_id: str, outcome: PushOutcome, now: datetime) -> None:
        for _ in range(MAX_RACES):
            found = await self.of_ids([delivery_id])
            if not found or found[0].push_at is None or await self.save([pushed(found[0], outcome, now)]):
                return

    async def next_push_at(self) -> datetime | None:
        return await self._next("push_at")

    async def forget(self, before: datetime) -> None:
        with store_errors():
            await self._deliveries.delete_many({"asked_at": {"$lt": to_ms(before)}})

    async def _next(self, field: str) -> datetime | None:
        with store_errors():
            document = await self._deliveries.find_one({field: {"$gt": 0}}, {field: 1}, sort=[(field, ASCENDING)])
        return from_ms(document[field]) if document else None

    async def _found(self, condition: Document) -> list[Delivery]:
        with store_errors():
            return [delivery_from_document(document) for document in await self._deliveries.find(condition).to_list(None)]


def task_of(delivery: Delivery, payload: bytes) -> PushTask:
    """Of a delivery that was claimed."""
    return PushTask(
        delivery_id=delivery.id,
        person_id=delivery.person_id,
        desk_id=delivery.desk_id,
        session_id=delivery.session_id,
        kind=delivery.kind,
        payload=payload,
        urgency=URGENCY,
        ttl_seconds=int(delivery.push_for.total_seconds()),
        tag=delivery.content.tag,
        asked_at=delivery.asked_at,
        tries=delivery.push_tries - 1,
        endpoint=delivery.endpoint,
        to=delivery.push_to,
        engineer=delivery.engineer,
        close=delivery.close,
    )


def _replacing(after: Delivery) -> UpdateOne:
    values = delivery_to_document(after)
    return UpdateOne({"_id": values.pop("_id"), "version": after.version - 1}, {"$set": values})


def _same(stored: Delivery | None, after: Delivery) -> bool:
    return stored is not None and replace(stored, sent_at=after.sent_at) == after
