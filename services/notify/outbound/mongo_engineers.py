"""The copy of engineers, their presence and whether they want Web Push while away: one document each, in `engineers`.

What they were before is in mongo_engineer_history.py.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from servicekit.documents import DocumentConverter
from servicekit.mongo import Database, Document, is_duplicate, store_errors
from services.notify.domain.card import Card
from services.notify.domain.decision import ONLINE, Engineer, PresenceFact, reachable
from services.notify.domain.session_alert import EngineerWithPresence
from services.notify.outbound.held_engineers import HeldEngineers
from services.notify.outbound.mongo_engineer_history import EngineerHistory, Kind, entry

COLLECTION = "engineers"
# They serve the two parts of `reachable`: a card costs what the engineers who are online, or want Web Push, and may see its company cost.
INDEXES = [
    IndexModel([("presence.state", ASCENDING), ("desk_id", ASCENDING), ("companies", ASCENDING)]),
    IndexModel([("push_when_away", ASCENDING), ("desk_id", ASCENDING), ("companies", ASCENDING)]),
]

# Engineers whose converted document is remembered, so that each new chat converts only those who changed. About 1 kB each.
MAX_REMEMBERED = 10_000

_converter = DocumentConverter()
_converter.rename(Engineer, id="_id", disabled="gone")
_converter.rename(PresenceFact, presence="state")


class MongoEngineers:
    """A save is conditional on the revision of its source, which is the directory or presence."""

    def __init__(self, database: Database[Document], held: HeldEngineers | None = None) -> None:
        self._engineers, self._history = database[COLLECTION], EngineerHistory(database)
        self._held = held or HeldEngineers()
        self._converted: dict[str, tuple[object, EngineerWithPresence]] = {}

    def held(self, card: Card) -> list[EngineerWithPresence] | None:
        return self._held.of(card)

    async def reachable(self, card: Card, others: Sequence[str]) -> list[EngineerWithPresence]:
        # An engineer's boards are checked by the decision: a desk has few boards and many companies.
        # null means all companies. (The embedded store uses no index for a condition with $or.)
        sees = {"desk_id": {"$eq": card.desk_id}, "companies": {"$in": [None, card.company_id]}}
        online, away = await asyncio.gather(
            self._found({"presence.state": {"$eq": ONLINE}, **sees}), self._found({"push_when_away": {"$eq": True}, **sees})
        )
        kept = {id: each for id, each in (online | away).items() if reachable(*each)}
        self._held.read(card, kept.values())
        return [*(kept | await self.of_ids(sorted(set(others) - kept.keys()))).values()]

    async def of_ids(self, person_ids: Sequence[str]) -> dict[str, EngineerWithPresence]:
        return await self._found({"_id": {"$in": list(person_ids)}}) if person_ids else {}

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
            await self._history.record(
                [entry(each.id, Kind.ACCESS, each.revision, each.recorded_at, _converter.unstructure(each)) for each in newer]
            )
            try:
                await self._engineers.bulk_write([_write(engineer) for engineer in newer], ordered=False)
            except BulkWriteError as error:
                # If the stored engineer is newer by now, the condition fails, and the upsert tries to insert a second one.
                if not is_duplicate(error):
                    raise
            for engineer in newer:
                self._held.forget(engineer.id)

    async def put_presence(self, person_id: str, presence: PresenceFact) -> bool:
        value = _converter.unstructure(presence)
        newer = {"_id": person_id, "presence_revision": {"$lt": presence.revision}}
        with store_errors():
            stored = await self._engineers.find_one({"_id": person_id}, {"presence_revision": 1})
            if stored is None:
                return False
            if stored["presence_revision"] < presence.revision:
                await self._history.record([entry(person_id, Kind.PRESENCE, presence.revision, presence.since, value)])
                await self._engineers.update_one(newer, {"$set": {"presence": value, "presence_revision": presence.revision}})
                self._held.forget(person_id)
        return True

    async def put_push(self, person_id: str, push_when_away: bool, at: datetime) -> None:
        with store_errors():
            stored = await self._engineers.find_one({"_id": person_id}, {"push_when_away": 1, "push_revision": 1})
            if stored is None or stored.get("push_when_away", False) == push_when_away:
                return
            revision = stored.get("push_revision", 0) + 1
            await self._history.record([entry(person_id, Kind.PUSH, revision, at, push_when_away)])
            values = {"push_when_away": push_when_away, "push_revision": revision}
            await self._engineers.update_one({"_id": person_id}, {"$set": values})

    async def as_of(self, person_id: str, moment: datetime) -> EngineerWithPresence | None:
        current = await self.one(person_id)
        if current is None:
            return None
        engineer = await self._recorded(person_id, Kind.ACCESS, moment, Engineer) or current.engineer
        presence = await self._recorded(person_id, Kind.PRESENCE, moment, PresenceFact) or current.presence
        return EngineerWithPresence(engineer, presence, await self._push_as_of(person_id, moment, current.push_when_away))

    async def forget(self, before: datetime) -> None:
        with store_errors():
            await self._history.forget(before)

    async def _recorded(self, person_id: str, kind: Kind, moment: datetime, wanted: type[Any]) -> Any:
        """The latest one before the moment, else the first one after it; None without any."""
        with store_errors():
            value = await self._history.before(person_id, kind, moment) or await self._history.after(person_id, kind, moment)
        return _converter.structure(value, wanted) if value else None

    async def _push_as_of(self, person_id: str, moment: datetime, current: bool) -> bool:
        """Only changes are recorded, so before the first one it was the opposite."""
        with store_errors():
            before = await self._history.before(person_id, Kind.PUSH, moment)
            if before is not None:
                return bool(before)
            after = await self._history.after(person_id, Kind.PUSH, moment)
        return current if after is None else not after

    async def _found(self, condition: Document) -> dict[str, EngineerWithPresence]:
        with store_errors():
            return {document["_id"]: self._engineer_from(document) for document in await self._engineers.find(condition).to_list(None)}

    def _engineer_from(self, document: Document) -> EngineerWithPresence:
        """What `put`, `put_presence` and `put_push` change has a revision, or is part of what is compared."""
        id, push = document["_id"], document.get("push_when_away", False)
        state = document["revision"], document["presence_revision"], push
        remembered = self._converted.get(id)
        if remembered is not None and remembered[0] == state:
            return remembered[1]
        if len(self._converted) >= MAX_REMEMBERED:
            self._converted.clear()
        presence = _converter.structure(document["presence"], PresenceFact | None)  # type: ignore[arg-type]
        found = EngineerWithPresence(_converter.structure(document, Engineer), presence, push)
        self._converted[id] = state, found
        return found


def _write(engineer: Engineer) -> UpdateOne:
    values = _converter.unstructure(engineer)
    older = {"_id": values.pop("_id"), "revision": {"$lt": engineer.revision}}
    return UpdateOne(older, {"$set": values, "$setOnInsert": {"presence": None, "presence_revision": 0}}, upsert=True)
