"""Sign-ins in MongoDB, each with the outbox for its start and end (servicekit/outbox.py)."""

from dataclasses import replace
from datetime import datetime

from cattrs import override
from pymongo import ASCENDING, IndexModel

from servicekit.documents import DocumentConverter
from servicekit.moments import to_ms
from servicekit.mongo import Mongo, MongoOutbox, store_errors
from servicekit.outbox import PENDING, new_with_records, with_records
from services.tickets.audit_contract import signed_in_record, signed_out_record
from services.tickets.directory_contract import sign_in_ended_record
from services.tickets.domain.refresh import Refresh
from services.tickets.domain.sign_in import SignIn

COLLECTION = "sign_ins"
INDEXES = {
    COLLECTION: [
        MongoOutbox.index,
        IndexModel([("secret_hash", ASCENDING)], unique=True),
        IndexModel([("expires_ms", ASCENDING)]),
        IndexModel([("refresh.next_ms", ASCENDING)]),
        IndexModel([("person_id", ASCENDING), ("created_ms", ASCENDING)]),
    ]
}

_converter = DocumentConverter()
_converter.rename(Refresh, due_at="due_ms", next_at="next_ms")
_converter.rename(SignIn, id="_id", created_at="created_ms", expires_at="expires_ms", refresh=override(omit_if_default=True))


class MongoSignIns:
    def __init__(self, mongo: Mongo) -> None:
        self._sign_ins = mongo.database[COLLECTION]
        self.outbox = MongoOutbox(self._sign_ins)

    async def add(self, sign_in: SignIn) -> None:
        with store_errors():
            await self._sign_ins.insert_one(new_with_records(_converter.unstructure(sign_in), [signed_in_record(sign_in)]))
        self.outbox.wake()

    async def with_hash(self, secret_hash: str) -> SignIn | None:
        with store_errors():
            found = await self._sign_ins.find_one({"secret_hash": secret_hash})
        return _converter.structure(found, SignIn) if found else None

    async def of_person(self, person_id: str, until: datetime) -> list[SignIn]:
        wanted = {"person_id": {"$eq": person_id}, "created_ms": {"$lte": to_ms(until)}, "ended": False}
        with store_errors():
            return [_converter.structure(found, SignIn) for found in await self._sign_ins.find(wanted).to_list(None)]

    async def end(self, sign_in: SignIn, at: datetime, by: str) -> None:
        fields = {"ended": True, "ended_ms": to_ms(at), "ended_by": by}
        unset = {"sealed_id_token": "", "refresh": ""}
        ended = with_records({"$set": fields, "$unset": unset}, [signed_out_record(sign_in, at, by), sign_in_ended_record(sign_in)])
        with store_errors():
            await self._sign_ins.update_one({"_id": sign_in.id, "ended": False}, ended)
        self.outbox.wake()

    async def take_due(self, now: datetime, limit: int) -> list[SignIn]:
        taken: list[SignIn] = []
        # A replica of the version before keeps the refresh of a sign-in that it ends.
        wanted = {"refresh.next_ms": {"$lte": to_ms(now)}, "ended": False}
        with store_errors():
            due = self._sign_ins.find(wanted).sort("refresh.next_ms", ASCENDING).limit(limit)
            for sign_in in [_converter.structure(found, SignIn) for found in await due.to_list(limit)]:
                assert sign_in.refresh is not None, "the condition needs one"
                refresh = sign_in.refresh.taken(now)
                # Of the gateways that found it, the first one gets it.
                if await self.put_refresh(sign_in, refresh):
                    taken.append(replace(sign_in, refresh=refresh))
        return taken

    async def taken(self, id: str, until: datetime) -> SignIn | None:
        with store_errors():
            found = await self._sign_ins.find_one({"_id": id, "refresh.next_ms": to_ms(until), "ended": False})
        return _converter.structure(found, SignIn) if found else None

    async def put_refresh(self, taken: SignIn, refresh: Refresh | None) -> bool:
        assert taken.refresh is not None, "it was taken by its refresh"
        change = {"$set": {"refresh": _converter.unstructure(refresh)}} if refresh else {"$unset": {"refresh": ""}}
        condition = {"_id": taken.id, "refresh.next_ms": to_ms(taken.refresh.next_at), "ended": False}
        with store_errors():
            return bool((await self._sign_ins.update_one(condition, change)).matched_count)

    async def remove_of_person(self, person_id: str) -> int:
        published = {"person_id": {"$eq": person_id}, "ended": True, PENDING: {"$exists": False}}
        with store_errors():
            return int((await self._sign_ins.delete_many(published)).deleted_count)

    async def remove_expired(self, before: datetime) -> int:
        with store_errors():
            return int((await self._sign_ins.delete_many({"expires_ms": {"$lt": to_ms(before)}})).deleted_count)
