"""Session alerts: one document for each session, in `calls`. The same write saves the events to publish."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from servicekit.clock import Clock
from servicekit.kafka_records import Record
from servicekit.moments import from_ms, to_ms
from servicekit.mongo import Database, Document, MongoOutbox, store_errors
from servicekit.outbox import OUTBOX, with_records
from services.notify.domain.card import Card, Reason
from services.notify.domain.decision import Engineer
from services.notify.domain.session_alert import AlertEvent, AlertOf, SessionAlert
from services.notify.outbound.documents import (
    alert_of_from_document,
    alert_of_key,
    card_from_document,
    part_update,
    session_alert_from_document,
    session_alert_to_document,
)

# The name of an earlier version, which stored data has.
COLLECTION = "calls"
INDEXES = [
    MongoOutbox.index,
    IndexModel([("open", ASCENDING), ("desk_id", ASCENDING), ("card.company_id", ASCENDING)]),
    IndexModel([("changed_at", ASCENDING)]),
    IndexModel([("alerting", ASCENDING)]),
    IndexModel([("due_at", ASCENDING)]),
]


class MongoSessionAlerts:
    """Four fields exist for queries: `alerting` lists people with an active alert, `alerts` the same with the reason, `open` is whether
    alerts may still change, and `due_at` is when the next notification is due (null = none)."""

    def __init__(
        self, database: Database[Document], records_of: Callable[[Sequence[AlertEvent], datetime], list[Record]], clock: Clock
    ) -> None:
        self._session_alerts, self._records_of, self._clock = database[COLLECTION], records_of, clock
        self.outbox = MongoOutbox(self._session_alerts)

    async def load(self, session_id: str) -> SessionAlert | None:
        with store_errors():
            document = await self._session_alerts.find_one({"_id": session_id}, {OUTBOX: 0})
        return session_alert_from_document(document) if document else None

    async def save(self, session_alert: SessionAlert, events: Sequence[AlertEvent], before: SessionAlert | None = None) -> bool:
        now, id = self._clock.now(), session_alert.card.session_id
        condition: Document = {"_id": id, "version": session_alert.version}
        part = part_update(before, session_alert) if before is not None and before.version else None
        if part is not None:
            condition["people.id"] = part["$set"]["people.$"]["id"]
        update = part or {"$set": session_alert_to_document(session_alert)}
        update["$set"] |= {"version": session_alert.version + 1, "changed_at": to_ms(now)}
        update = with_records(update, self._records_of(events, now))
        with store_errors():
            try:
                result = await self._session_alerts.update_one(condition, update, upsert=session_alert.version == 0)
            except DuplicateKeyError:
                return False
        if result.upserted_id is not None:
            self.outbox.created(id, update)
        elif result.matched_count and events:
            self.outbox.wake()
        return result.matched_count == 1 or result.upserted_id is not None

    async def open(self, desk_id: str) -> set[str]:
        with store_errors():
            documents = await self._session_alerts.find({"open": {"$eq": True}, "desk_id": {"$eq": desk_id}}, {"_id": 1}).to_list(None)
        return {document["_id"] for document in documents}

    async def open_to(self, engineer: Engineer) -> list[Card]:
        sees = {} if engineer.companies is None else {"card.company_id": {"$in": sorted(engineer.companies)}}
        condition = {"open": {"$eq": True}, "desk_id": {"$eq": engineer.desk_id}, **sees, "alerting": {"$nin": [engineer.id]}}
        with store_errors():
            documents = await self._session_alerts.find(condition, {"card": 1, "desk_id": 1}).to_list(None)
        return [card_from_document(document) for document in documents]

    async def due(self, now: datetime, limit: int) -> list[str]:
        condition = {"due_at": {"$lte": to_ms(now)}}
        with store_errors():
            documents = await self._session_alerts.find(condition, {"_id": 1}).sort("due_at", ASCENDING).limit(limit).to_list(limit)
        return [document["_id"] for document in documents]

    async def next_due(self) -> datetime | None:
        with store_errors():
            document = await self._session_alerts.find_one({"due_at": {"$gt": 0}}, {"due_at": 1}, sort=[("due_at", ASCENDING)])
        return from_ms(document["due_at"]) if document else None

    async def active(self, session_ids: Sequence[str]) -> set[tuple[str, str, Reason]]:
        with store_errors():
            documents = await self._session_alerts.find({"_id": {"$in": list(session_ids)}}, {"alerts": 1}).to_list(None)
        return {(document["_id"], *alert_of_key(key)) for document in documents for key in document.get("alerts", ())}

    async def cards(self, session_ids: Sequence[str]) -> dict[str, Card]:
        with store_errors():
            found = await self._session_alerts.find({"_id": {"$in": list(session_ids)}}, {"card": 1, "desk_id": 1}).to_list(None)
        return {document["_id"]: card_from_document(document) for document in found}

    async def alerting(self, person_id: str) -> list[AlertOf]:
        fields = {"card": 1, "desk_id": 1, "people": 1}
        with store_errors():
            documents = await self._session_alerts.find({"alerting": {"$in": [person_id]}}, fields).to_list(None)
        return [alert_of_from_document(document, person_id) for document in documents]

    async def forget(self, before: datetime) -> None:
        with store_errors():
            await self._session_alerts.delete_many({"changed_at": {"$lt": to_ms(before)}, "open": False})
