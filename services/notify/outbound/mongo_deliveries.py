"""Deliveries: one document each, in `deliveries`. The same write saves what is published to the page.

`confirm_at` and `push_at` are null while nothing is due, and the indexes on them serve the two loops that look for what is due.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.errors import BulkWriteError

from servicekit.clock import Clock
from servicekit.kafka_records import Record
from servicekit.moments import from_ms, to_ms
from servicekit.mongo import Database, Document, MongoOutbox, is_duplicate, store_errors
from servicekit.outbox import OUTBOX, new_with_records, with_records
from services.notify.delivery_ports import PushOutcome, PushTask
from services.notify.domain.delivery import Delivery, pushed
from services.notify.domain.notification import OF_SESSIONS
from services.notify.outbound.documents import delivery_from_document, delivery_to_document

COLLECTION = "deliveries"
INDEXES = [
    MongoOutbox.index,
    IndexModel([("confirm_at", ASCENDING)]),
    IndexModel([("push_at", ASCENDING)]),
    IndexModel([("session_id", ASCENDING), ("person_id", ASCENDING)]),
    IndexModel([("asked_at", ASCENDING)]),
]
URGENCY = "high"
MAX_RACES = 20


class MongoDeliveries:
    """`record_of` makes the record for the delivery's page, `payload_of` the message for a browser."""

    def __init__(
        self,
        database: Database[Document],
        record_of: Callable[[Delivery, datetime], Record],
        payload_of: Callable[[Delivery], bytes],
        clock: Clock,
    ) -> None:
        self._deliveries, self._record_of, self._payload_of, self._clock = database[COLLECTION], record_of, payload_of, clock
        self.outbox = MongoOutbox(self._deliveries)

    async def add(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        if not deliveries:
            return []
        new = [replace(delivery, version=1) for delivery in deliveries]
        now = self._clock.now()
        documents = [
            new_with_records(delivery_to_document(delivery), [self._record_of(delivery, now)] if delivery.on_page else [])
            for delivery in new
        ]
        with store_errors():
            try:
                await self._deliveries.insert_many(documents, ordered=False)
            except BulkWriteError as error:
                if not is_duplicate(error):
                    raise
                details: Document = dict(error.details or {})
                known = {failed["index"] for failed in details["writeErrors"]}
                return [delivery for index, delivery in enumerate(new) if index not in known]
        return new

    async def load(self, delivery_id: str) -> Delivery | None:
        with store_errors():
            document = await self._deliveries.find_one({"_id": delivery_id}, {OUTBOX: 0})
        return delivery_from_document(document) if document else None

    async def save(self, delivery: Delivery, *, send: bool = False) -> bool:
        values = {**delivery_to_document(delivery), "version": delivery.version + 1}
        condition = {"_id": values.pop("_id"), "version": delivery.version}
        update = with_records({"$set": values}, [self._record_of(delivery, self._clock.now())] if send else [])
        with store_errors():
            return (await self._deliveries.update_one(condition, update)).matched_count == 1

    async def of_session(self, session_id: str, person_ids: Sequence[str]) -> list[Delivery]:
        kinds = sorted(kind.value for kind in OF_SESSIONS)
        condition = {"session_id": session_id, "person_id": {"$in": list(person_ids)}, "kind": {"$in": kinds}}
        found = await self._found(condition, "asked_at", 0)
        return sorted(found, key=lambda delivery: (delivery.asked_at, delivery.rung))

    async def unconfirmed(self, now: datetime, limit: int) -> list[str]:
        condition = {"confirm_at": {"$lte": to_ms(now)}}
        with store_errors():
            documents = await self._deliveries.find(condition, {"_id": 1}).sort("confirm_at", ASCENDING).limit(limit).to_list(limit)
        return [document["_id"] for document in documents]

    async def next_unconfirmed(self) -> datetime | None:
        return await self._next("confirm_at")

    async def _next(self, field: str) -> datetime | None:
        with store_errors():
            document = await self._deliveries.find_one({field: {"$gt": 0}}, {field: 1}, sort=[(field, ASCENDING)])
        return from_ms(document[field]) if document else None

    async def claim_pushes(self, now: datetime, until: datetime, limit: int) -> list[PushTask]:
        tasks = list[PushTask]()
        for delivery in await self._found({"push_at": {"$lte": to_ms(now)}}, "push_at", limit):
            # Another replica may claim it first.
            if await self.save(replace(delivery, push_at=until, push_tries=delivery.push_tries + 1)):
                tasks.append(task_of(delivery, self._payload_of(delivery)))
        return tasks

    async def pushed(self, delivery_id: str, outcome: PushOutcome, now: datetime) -> None:
        for _ in range(MAX_RACES):
            delivery = await self.load(delivery_id)
            if delivery is None or delivery.push_at is None:
                return
            if await self.save(pushed(delivery, outcome.accepted, outcome.failure, outcome.retry_at, now)):
                return

    async def next_push_at(self) -> datetime | None:
        return await self._next("push_at")

    async def forget(self, before: datetime) -> None:
        with store_errors():
            await self._deliveries.delete_many({"asked_at": {"$lt": to_ms(before)}})

    async def _found(self, condition: Document, sort: str, limit: int) -> list[Delivery]:
        with store_errors():
            documents = await self._deliveries.find(condition, {OUTBOX: 0}).sort(sort, ASCENDING).limit(limit).to_list(None)
        return [delivery_from_document(document) for document in documents]


def task_of(delivery: Delivery, payload: bytes) -> PushTask:
    return PushTask(
        delivery_id=delivery.id,
        person_id=delivery.person_id,
        desk_id=delivery.desk_id,
        payload=payload,
        urgency=URGENCY,
        ttl_seconds=int(delivery.push_for.total_seconds()),
        tag=delivery.content.tag,
        asked_at=delivery.asked_at,
        tries=delivery.push_tries,
        endpoint=delivery.endpoint,
    )
