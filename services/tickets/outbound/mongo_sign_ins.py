"""Sign-ins in MongoDB, each with the outbox for its end (servicekit/outbox.py)."""

from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel

from servicekit.moments import from_ms, to_ms
from servicekit.mongo import Mongo, MongoOutbox, store_errors
from servicekit.outbox import Relay, new_with_facts, with_facts
from services.tickets.directory_contract import sign_in_ended_record
from services.tickets.domain.sign_in import SignIn

COLLECTION = "sign_ins"
INDEXES = {
    COLLECTION: [
        MongoOutbox.index,
        IndexModel([("secret_hash", ASCENDING)], unique=True),
        IndexModel([("expires_ms", ASCENDING)]),
        IndexModel([("person_id", ASCENDING), ("created_ms", ASCENDING)]),
    ]
}


class MongoSignIns:
    def __init__(self, mongo: Mongo) -> None:
        self._sign_ins = mongo.database[COLLECTION]
        self.outbox = MongoOutbox(self._sign_ins)
        self._relay: Relay | None = None

    def wakes(self, relay: Relay) -> None:
        """`relay` publishes what is saved here."""
        self._relay = relay

    async def add(self, sign_in: SignIn) -> None:
        document = {
            "_id": sign_in.id,
            "secret_hash": sign_in.secret_hash,
            "desk_id": sign_in.desk_id,
            "person_id": sign_in.person_id,
            "method": sign_in.method,
            "address": sign_in.address,
            "created_ms": to_ms(sign_in.created_at),
            "expires_ms": to_ms(sign_in.expires_at),
            "ended": sign_in.ended,
        }
        with store_errors():
            # With an empty outbox, because not every store can push onto a missing list.
            await self._sign_ins.insert_one(new_with_facts(document, []))

    async def with_hash(self, secret_hash: str) -> SignIn | None:
        with store_errors():
            found = await self._sign_ins.find_one({"secret_hash": secret_hash})
        return _sign_in(found) if found else None

    async def of_person(self, person_id: str, until: datetime) -> list[SignIn]:
        wanted = {"person_id": person_id, "created_ms": {"$lte": to_ms(until)}, "ended": False}
        with store_errors():
            return [_sign_in(found) for found in await self._sign_ins.find(wanted).to_list(None)]

    async def end(self, sign_in: SignIn, at: datetime, by: str) -> None:
        fields = {"ended": True, "ended_ms": to_ms(at), "ended_by": by}
        ended = with_facts({"$set": fields}, [sign_in_ended_record(sign_in)])
        with store_errors():
            await self._sign_ins.update_one({"_id": sign_in.id, "ended": False}, ended)
        if self._relay:
            self._relay.wake()

    async def remove_expired(self, before: datetime) -> int:
        with store_errors():
            return int((await self._sign_ins.delete_many({"expires_ms": {"$lt": to_ms(before)}})).deleted_count)


def _sign_in(found: dict[str, Any]) -> SignIn:
    return SignIn(
        id=str(found["_id"]),
        secret_hash=found["secret_hash"],
        desk_id=found["desk_id"],
        person_id=found["person_id"],
        method=found["method"],
        address=found["address"],
        created_at=from_ms(int(found["created_ms"])),
        expires_at=from_ms(int(found["expires_ms"])),
        ended=bool(found["ended"]),
    )
