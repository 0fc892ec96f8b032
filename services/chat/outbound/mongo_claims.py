"""Claims in MongoDB: collection `claims`, `{_id: "<desk>:<customer>:<ticket or ->", session_id}`: one active chat (spec 2.3).

A claim has no expiry: the log of its session decides whether it still holds.
"""

from urllib.parse import quote

from pymongo.errors import DuplicateKeyError

from servicekit.errors import Unavailable
from servicekit.mongo import Mongo, store_errors
from services.chat.domain.opening import Claim

COLLECTION = "claims"
# A claim may be released between a refused insert and the read of its holder, but not many times in a row.
MAX_TRIES = 5


class MongoClaims:
    """The port Claims. Each call is idempotent: a repeat after a lost answer finds its own earlier effect."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.database[COLLECTION]

    async def holder(self, claim: Claim) -> str | None:
        with store_errors():
            held = await self._collection.find_one({"_id": _key(claim)})
        return str(held["session_id"]) if held else None

    async def claim(self, claim: Claim, session_id: str) -> str:
        with store_errors():
            for _ in range(MAX_TRIES):
                try:
                    await self._collection.insert_one({"_id": _key(claim), "session_id": session_id})
                    return session_id
                except DuplicateKeyError:
                    if held := await self._collection.find_one({"_id": _key(claim)}):
                        return str(held["session_id"])
        raise Unavailable("The claim changed too often; repeat with the same id.")

    async def take_over(self, claim: Claim, holder: str, session_id: str) -> bool:
        with store_errors():
            taken = await self._collection.update_one({"_id": _key(claim), "session_id": holder}, {"$set": {"session_id": session_id}})
            if taken.matched_count:
                return True
            return await self._collection.find_one({"_id": _key(claim), "session_id": session_id}) is not None

    async def release(self, claim: Claim, session_id: str) -> None:
        with store_errors():
            await self._collection.delete_one({"_id": _key(claim), "session_id": session_id})


def _key(claim: Claim) -> str:
    """Escapes colons in ids, and a ticket id "-", which means no ticket."""
    parts = [quote(part, safe="") for part in (claim.desk_id, claim.customer_id, claim.ticket_id)]
    return ":".join({"": "-", "-": "%2D"}.get(part, part) for part in parts)
