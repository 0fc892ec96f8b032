"""The copy of engineers and their presence: one document each, in `engineers`; and what both were, in `engineer_history`.

An entry of the history is saved before the change itself. Its id has the revision, so a repeat after a crash adds nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from servicekit.documents import DocumentConverter
from servicekit.moments import to_ms
from servicekit.mongo import Database, Document, is_duplicate, store_errors
from services.notify.domain.card import Card
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.domain.session_alert import EngineerWithPresence

COLLECTION, HISTORY = "engineers", "engineer_history"
INDEXES = [IndexModel([("desk_id", ASCENDING)])]
HISTORY_INDEXES = [IndexModel([("person_id", ASCENDING), ("at", ASCENDING)]), IndexModel([("at", ASCENDING)])]
# The most presences of one engineer in the history, give or take TRIM_EVERY.
MOST_KEPT, TRIM_EVERY = 2000, 100

_converter = DocumentConverter()
_converter.rename(Engineer, id="_id")
_converter.rename(PresenceFact, presence="state")


class MongoEngineers:
    """A save is conditional on the revision of its source, which is the directory or presence."""

    def __init__(self, database: Database[Document]) -> None:
        self._engineers, self._history = database[COLLECTION], database[HISTORY]

    async def who_may_see(self, card: Card, others: Sequence[str]) -> list[EngineerWithPresence]:
        # An engineer's boards are checked by the decision: a desk has few boards and many companies.
        # null stands for all companies. (Not every store finds null in a part of $or.)
        found = await self._found({"desk_id": card.desk_id, "companies": {"$in": [None, card.company_id]}})
        missing = sorted(set(others) - {each.engineer.id for each in found})
        return [*found, *(await self.of_ids(missing)).values()]

    async def of_ids(self, person_ids: Sequence[str]) -> dict[str, EngineerWithPresence]:
        found = await self._found({"_id": {"$in": list(person_ids)}}) if person_ids else []
        return {each.engineer.id: each for each in found}

    async def one(self, person_id: str) -> EngineerWithPresence | None:
        return (await self.of_ids([person_id])).get(person_id)

    async def put(self, engineers: Sequence[Engineer]) -> None:
        with store_errors():
            ids = [engineer.id for engineer in engineers]
            stored = await self._engineers.find({"_id": {"$in": ids}}, {"revision": 1}).to_list(None) if ids else []
            revisions = {document["_id"]: document["revision"] for document in stored}
            newer = [engineer for engineer in engineers if revisions.get(engineer.id, -1) < engineer.revision]
            if not newer:
                return
            await self._record([_access_entry(engineer) for engineer in newer])
            try:
                await self._engineers.bulk_write([_write(engineer) for engineer in newer], ordered=False)
            except BulkWriteError as error:
                # If the stored engineer is newer by now, the condition fails, and the upsert tries to insert a second one.
                if not is_duplicate(error):
                    raise

    async def put_presence(self, person_id: str, presence: PresenceFact) -> bool:
        values = {"presence": _converter.unstructure(presence), "presence_revision": presence.revision}
        newer = {"_id": person_id, "presence_revision": {"$lt": presence.revision}}
        with store_errors():
            stored = await self._engineers.find_one({"_id": person_id}, {"presence_revision": 1})
            if stored is None:
                return False
            if stored["presence_revision"] < presence.revision:
                await self._record([_presence_entry(person_id, presence)])
                await self._engineers.update_one(newer, {"$set": values})
                if presence.revision % TRIM_EVERY == 0:
                    oldest = presence.revision - MOST_KEPT
                    await self._history.delete_many({"person_id": person_id, "kind": "presence", "revision": {"$lte": oldest}})
        return True

    async def put_push(self, person_id: str, push_when_away: bool) -> None:
        with store_errors():
            await self._engineers.update_one({"_id": person_id}, {"$set": {"push_when_away": push_when_away}})

    async def as_of(self, person_id: str, moment: datetime) -> EngineerWithPresence | None:
        current = await self.one(person_id)
        if current is None:
            return None
        engineer = await self._recorded(person_id, "access", moment, Engineer) or current.engineer
        presence = await self._recorded(person_id, "presence", moment, PresenceFact) or current.presence
        return current._replace(engineer=engineer, presence=presence)

    async def forget(self, before: datetime) -> None:
        with store_errors():
            await self._history.delete_many({"at": {"$lt": to_ms(before)}})

    async def _recorded(self, person_id: str, kind: str, moment: datetime, wanted: type[Any]) -> Any:
        """The latest entry before the moment, else the first one after it; None without entries."""
        for condition, direction in (({"$lt": to_ms(moment)}, DESCENDING), ({"$gte": to_ms(moment)}, ASCENDING)):
            with store_errors():
                entry = await self._history.find_one({"person_id": person_id, "at": condition, "kind": kind}, sort=[("at", direction)])
            if entry:
                return _converter.structure(entry["value"], wanted)
        return None

    async def _record(self, entries: Sequence[Document]) -> None:
        try:
            await self._history.insert_many(entries, ordered=False)
        except (BulkWriteError, DuplicateKeyError) as error:
            if not is_duplicate(error):
                raise

    async def _found(self, condition: Document) -> list[EngineerWithPresence]:
        with store_errors():
            return [_engineer_from(document) for document in await self._engineers.find(condition).to_list(None)]


def _write(engineer: Engineer) -> UpdateOne:
    values = _converter.unstructure(engineer)
    older = {"_id": values.pop("_id"), "revision": {"$lt": engineer.revision}}
    return UpdateOne(older, {"$set": values, "$setOnInsert": {"presence": None, "presence_revision": 0}}, upsert=True)


def _access_entry(engineer: Engineer) -> Document:
    return _entry(engineer.id, "access", engineer.revision, engineer.recorded_at, engineer)


def _presence_entry(person_id: str, presence: PresenceFact) -> Document:
    return _entry(person_id, "presence", presence.revision, presence.since, presence)


def _entry(person_id: str, kind: str, revision: int, at: datetime, value: Engineer | PresenceFact) -> Document:
    id = f"{person_id}:{kind}:{revision}"
    values = _converter.unstructure(value)
    return {"_id": id, "person_id": person_id, "kind": kind, "revision": revision, "at": to_ms(at), "value": values}


def _engineer_from(document: Document) -> EngineerWithPresence:
    presence = _converter.structure(document["presence"], PresenceFact | None)  # type: ignore[arg-type]
    return EngineerWithPresence(_converter.structure(document, Engineer), presence, document.get("push_when_away", False))
