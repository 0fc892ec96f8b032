"""Webhook events in MongoDB: one document each in `webhook_events`, with the body as it is sent.

`queue` holds the endpoint's id while the event waits and `dead` while it is dead, so both indexes leave out delivered events. The unique
index on the number makes the order of an endpoint total: a number is taken only after the one before it is stored.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from servicekit.clock import Clock
from servicekit.documents import DocumentConverter
from servicekit.moments import to_ms
from servicekit.mongo import Database, Document, store_errors
from services.notify.domain.errors import Busy
from services.notify.domain.webhook import EventState, WebhookEvent
from services.notify.domain.webhook_delivery import MAX_WAITING, TOO_MANY
from services.notify.outbound.mongo_webhooks import COLLECTION as WEBHOOKS

COLLECTION = "webhook_events"
# `next` and the trimming use the first index, `replay` the second, `page` the third and `forget` the last.
INDEXES = [
    IndexModel([("queue", ASCENDING), ("number", ASCENDING)]),
    IndexModel([("dead", ASCENDING), ("number", ASCENDING)]),
    IndexModel([("webhook_id", ASCENDING), ("number", ASCENDING)], unique=True),
    IndexModel([("ended_at", ASCENDING)]),
]
MAX_RACES = 100
TRIMMED_EVERY = 100
LIVE = {"$exists": True}

_converter = DocumentConverter()
_converter.rename(WebhookEvent, id="_id")


class MongoWebhookEvents:
    """The port WebhookEvents."""

    def __init__(self, database: Database[Document], clock: Clock) -> None:
        self._events, self._webhooks, self._clock = database[COLLECTION], database[WEBHOOKS], clock

    async def add(self, event: WebhookEvent) -> bool:
        with store_errors():
            for _ in range(MAX_RACES):
                webhook = await self._webhooks.find_one({"_id": event.webhook_id, "desk_id": LIVE}, {"sequence": 1})
                if webhook is None:
                    return False
                number = int(webhook["sequence"]) + 1
                try:
                    await self._events.insert_one(_document({**_converter.unstructure(event), "number": number}))
                except DuplicateKeyError:
                    stored = await self._events.find_one({"_id": event.id}, {"number": 1})
                    # A replica may have crashed between this insert and the next statement.
                    await self._announce(event.webhook_id, int(stored["number"]) if stored else number)
                    if stored:
                        return False
                    continue
                if not await self._announce(event.webhook_id, number):
                    await self._events.delete_one({"_id": event.id})
                    return False
                if number % TRIMMED_EVERY == 0:
                    await self._trim(event.webhook_id)
                return True
        raise Busy(f"Others keep queuing events for {event.webhook_id}")

    async def one(self, event_id: str) -> WebhookEvent | None:
        with store_errors():
            document = await self._events.find_one({"_id": event_id})
        return _event_from(document) if document else None

    async def next(self, webhook_id: str) -> WebhookEvent | None:
        with store_errors():
            found = await self._events.find({"queue": {"$eq": webhook_id}}).sort("number", ASCENDING).limit(1).to_list(1)
        return _event_from(found[0]) if found else None

    async def save_try(self, event: WebhookEvent) -> None:
        document = _document(_converter.unstructure(event))
        values = {name: value for name, value in document.items() if name not in ("_id", "body", "number")}
        left = {name: "" for name in ("queue", "dead") if name not in document}
        with store_errors():
            await self._events.update_one({"_id": event.id}, {"$set": values, "$unset": left})

    async def page(self, webhook_id: str, before: int, limit: int) -> list[WebhookEvent]:
        query: Document = {"webhook_id": {"$eq": webhook_id}, **({"number": {"$lt": before}} if before else {})}
        with store_errors():
            found = await self._events.find(query, {"body": 0}).sort("number", DESCENDING).limit(limit).to_list(limit)
        return [_event_from(document) for document in found]

    async def counts(self, webhook_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        with store_errors():
            return {id: (await self._count("queue", id), await self._count("dead", id)) for id in webhook_ids}

    async def replay(self, webhook_id: str, event_ids: Sequence[str]) -> int:
        query: Document = {"dead": {"$eq": webhook_id}, **({"_id": {"$in": list(event_ids)}} if event_ids else {})}
        with store_errors():
            room = MAX_WAITING - await self._count("queue", webhook_id)
            if room <= 0:
                return 0
            found = await self._events.find(query, {"_id": 1}).sort("number", ASCENDING).limit(room).to_list(room)
            queued: dict[str, Any] = {
                "$set": {"state": EventState.QUEUED.value, "queue": webhook_id, "failing_since": None, "ended_at": None},
                "$unset": {"dead": ""},
            }
            ids = {"_id": {"$in": [document["_id"] for document in found]}, "dead": webhook_id}
            return int((await self._events.update_many(ids, queued)).matched_count)

    async def delete_of(self, webhook_id: str) -> None:
        with store_errors():
            await self._events.delete_many({"webhook_id": {"$eq": webhook_id}})

    async def forget(self, before: datetime) -> None:
        with store_errors():
            await self._events.delete_many({"ended_at": {"$gt": 0, "$lt": to_ms(before)}})

    async def _announce(self, webhook_id: str, number: int) -> bool:
        """Marks the endpoint as waiting, in the write that makes the number its last one. False for a deleted endpoint."""
        older = {"_id": webhook_id, "desk_id": LIVE, "sequence": {"$lt": number}}
        if (await self._webhooks.update_one(older, {"$set": {"sequence": number, "waiting": True}})).matched_count:
            return True
        return await self._webhooks.find_one({"_id": webhook_id, "desk_id": LIVE}, {"_id": 1}) is not None

    async def _count(self, field: str, webhook_id: str) -> int:
        return int(await self._events.count_documents({field: {"$eq": webhook_id}}))

    async def _trim(self, webhook_id: str) -> None:
        over = await self._count("queue", webhook_id) - MAX_WAITING
        if over <= 0:
            return
        found = await self._events.find({"queue": {"$eq": webhook_id}}, {"_id": 1}).sort("number", ASCENDING).limit(over).to_list(over)
        died = {"state": EventState.DEAD.value, "dead": webhook_id, "failure": TOO_MANY, "ended_at": to_ms(self._clock.now())}
        ids = {"_id": {"$in": [document["_id"] for document in found]}, "queue": webhook_id}
        await self._events.update_many(ids, {"$set": {**died, "next_try_at": None}, "$unset": {"queue": ""}})


def _document(values: Document) -> Document:
    place = {EventState.QUEUED.value: "queue", EventState.DEAD.value: "dead"}.get(values["state"])
    return {**values, place: values["webhook_id"]} if place else values


def _event_from(document: Document) -> WebhookEvent:
    return _converter.structure({"body": "", **document}, WebhookEvent)
