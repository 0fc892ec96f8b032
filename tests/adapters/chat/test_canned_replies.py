"""Canned replies: the MongoDB adapter and the fake in memory."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from parley.audit.v1 import audit_pb2 as pb
from servicekit.mongo import Mongo
from servicekit.mongo_desk_settings import MAX_BYTES
from services.chat.domain.canned_replies import MAX_OF_DESK, MAX_TEXT, MAX_TITLE, CannedReply
from services.chat.outbound.mongo_canned_replies import COLLECTION, MongoCannedReplies
from services.chat.ports import CannedReplyStore
from tests.adapters.chat.story import AVA, DESK, NINE, SAM
from tests.fakes.chat.canned_replies import FakeCannedReplies

HELLO, BYE = CannedReply("hello", "Hello", "Hello {customer}"), CannedReply("bye", "Goodbye", "Bye\nthen $1.a")


@pytest.fixture(params=["store", "memory"])
def replica_store(request: pytest.FixtureRequest, mongo: Mongo) -> Callable[[], CannedReplyStore]:
    """Returns a function that makes the store of another replica."""
    memory = FakeCannedReplies()
    return lambda: MongoCannedReplies(mongo) if request.param == "store" else memory


async def test_replies_are_kept_by_desk_and_owner(replica_store: Callable[[], CannedReplyStore]) -> None:  # spec 13.1, 10.2
    here, there = replica_store(), replica_store()
    assert await here.of(DESK, "ava") == ((), 0)
    assert await here.save(DESK, "ava", (HELLO, BYE), 0, AVA, NINE)
    assert await here.save(DESK, "", (BYE,), 0, AVA, NINE)
    assert await there.save(DESK, "ava", (BYE,), 1, AVA, NINE)

    assert await there.of(DESK, "ava") == ((BYE,), 2)
    assert await there.of(DESK, "") == ((BYE,), 1)
    assert await there.of(DESK, "sam") == await there.of("other", "ava") == ((), 0)


async def test_of_two_changes_of_one_version_one_is_made(replica_store: Callable[[], CannedReplyStore]) -> None:  # spec 13.1
    for version in (0, 1):
        made = await asyncio.gather(*(replica_store().save(DESK, "ava", (reply,), version, AVA, NINE) for reply in (HELLO, BYE)))
        assert sorted(made) == [False, True]
        assert await replica_store().of(DESK, "ava") == (((HELLO,), (BYE,))[made.index(True)], version + 1)


async def test_a_change_is_audited_in_the_same_document(mongo: Mongo) -> None:  # spec 13.1, 10.5
    store = MongoCannedReplies(mongo)
    await store.save(DESK, "", (HELLO,), 0, AVA, NINE)
    await store.save(DESK, "", (HELLO, BYE), 1, SAM, NINE)

    document = await mongo.database[COLLECTION].find_one({"_id": f"{DESK}:"})
    assert document is not None
    hello, bye = ({"reply_id": reply.reply_id, "title": reply.title, "text": reply.text} for reply in (HELLO, BYE))
    audit = [json.loads(text) for text in document["audit"]]
    assert [(entry["version"], entry["by"], entry["changed"]) for entry in audit] == [
        (1, "ava", {"hello": [None, hello]}),
        (2, "sam", {"bye": [None, bye]}),
    ]


async def test_changes_of_the_desks_replies_are_published_for_the_audit_log_and_own_ones_are_not(mongo: Mongo) -> None:
    # spec 10.5, 13.1
    store, renamed = MongoCannedReplies(mongo), replace(HELLO, title="Hi")
    for version, replies in enumerate([(HELLO, BYE), (renamed, BYE), (renamed,)]):
        assert await store.save(DESK, "", replies, version, AVA, NINE)
        assert await store.save(DESK, "ava", replies, version, AVA, NINE)
    assert not await store.save(DESK, "", (BYE,), 2, SAM, NINE)

    (saved,) = await store.outbox.unpublished(10)
    entries = [pb.AuditEntry.FromString(record.value) for _, record in saved.records]
    assert saved.document_id == f"{DESK}:" and len({entry.id for entry in entries}) == 4
    assert {(entry.kind, entry.subject_id, entry.by_id) for entry in entries} == {(pb.AUDIT_KIND_SETTINGS, "canned_replies", "ava")}
    assert [(entry.action, [(one.field, one.before, one.after) for one in entry.changes]) for entry in entries] == [
        (pb.AUDIT_ACTION_CREATED, [("text", "", BYE.text), ("title", "", BYE.title)]),
        (pb.AUDIT_ACTION_CREATED, [("text", "", HELLO.text), ("title", "", HELLO.title)]),
        (pb.AUDIT_ACTION_CHANGED, [("title", "Hello", "Hi")]),
        (pb.AUDIT_ACTION_DELETED, [("text", BYE.text, ""), ("title", BYE.title, "")]),
    ]


async def test_the_most_and_longest_replies_fit_into_a_document(mongo: Mongo) -> None:  # spec 13.1, 10.9
    store = MongoCannedReplies(mongo)
    longest = tuple(CannedReply(f"r{n}", "\N{FIRE}" * MAX_TITLE, "\N{FIRE}" * MAX_TEXT) for n in range(MAX_OF_DESK))
    full = {"_id": f"{DESK}:", "desk_id": DESK, "version": 1, "replies": [asdict(reply) for reply in longest], "audit": ["x" * MAX_BYTES]}
    await mongo.database[COLLECTION].insert_one(full)
    assert await store.save(DESK, "", longest[1:], 1, AVA, NINE)
    assert await store.of(DESK, "") == (longest[1:], 2)
