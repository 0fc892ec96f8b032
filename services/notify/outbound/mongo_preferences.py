"""Preferences of people who changed them: one document each, in `preferences`."""

from collections.abc import Sequence

from servicekit.documents import DocumentConverter
from servicekit.mongo import Database, Document, store_errors
from services.notify.domain.preferences import Preferences

COLLECTION = "preferences"
_converter = DocumentConverter()


class MongoPreferences:
    """Read and written by the ids of people alone."""

    def __init__(self, database: Database[Document]) -> None:
        self._preferences = database[COLLECTION]

    async def of_people(self, person_ids: Sequence[str]) -> dict[str, Preferences]:
        if not person_ids:
            return {}
        with store_errors():
            documents = await self._preferences.find({"_id": {"$in": list(person_ids)}}).to_list(None)
        return {document["_id"]: _converter.structure(document, Preferences) for document in documents if _counts(document)}

    async def put(self, desk_id: str, person_id: str, preferences: Preferences) -> None:
        values = {"desk_id": desk_id, **_converter.unstructure(preferences)}
        del values["disabled"]
        if not preferences.language:
            # Another page may have just saved a choice.
            del values["language"]
        with store_errors():
            await self._preferences.update_one({"_id": person_id}, {"$set": values}, upsert=True)

    async def put_disabled(self, desk_id: str, person_id: str, disabled: bool) -> None:
        # Most people never changed a preference and never were disabled; they have no document.
        with store_errors():
            change = {"$set": {"desk_id": desk_id, "disabled": disabled}}
            await self._preferences.update_one({"_id": person_id}, change, upsert=disabled)


def _counts(document: Document) -> bool:
    """Not for somebody who was disabled for a time and never changed a preference: the defaults hold."""
    return "volume" in document or bool(document.get("disabled"))
