"""A desk's settings: changed, audited and published in one write."""

import asyncio
import json

import bson
import pytest

from parley.audit.v1.audit_pb2 import AuditEntry
from parley.chat.v1 import chat_pb2 as pb
from servicekit.mongo import Mongo
from servicekit.mongo_desk_settings import COLLECTION, audit_entry, entries_to_keep
from services.chat.domain.desk_settings import ChatSettings, JoinPolicy, check_settings
from services.chat.domain.errors import VersionConflict
from services.chat.outbound.mongo_settings import MongoSettings, converter, differences
from tests.adapters.chat.story import AVA, DESK, NINE, SAM
from tests.fakes.clock import TurnedClock

CHANGED = ChatSettings(join_policy=JoinPolicy.SINGLE_THEN_INVITE, companies={"acme": False})


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


async def test_a_desk_without_settings_has_the_defaults(mongo: Mongo, clock: TurnedClock) -> None:
    settings = MongoSettings(mongo, clock)

    assert (await settings.of(DESK), await settings.version_of(DESK)) == (ChatSettings(), 0)


async def test_a_change_is_audited_and_published_in_the_same_document(mongo: Mongo, clock: TurnedClock) -> None:  # spec 10.5
    settings = MongoSettings(mongo, clock)
    assert await settings.update(DESK, CHANGED, 0, AVA, NINE) == 1
    assert await settings.update(DESK, ChatSettings(), 1, SAM, NINE) == 2

    document = await mongo.database[COLLECTION].find_one({"_id": DESK})
    assert document is not None
    joined = ["open", "single_then_invite"]
    at = int(NINE.timestamp() * 1000)
    assert [json.loads(text) for text in document["audit"]] == [
        {"version": 1, "at": at, "by": "ava", "changed": {"join_policy": joined, "companies": {"acme": [None, False]}}},
        {"version": 2, "at": at, "by": "sam", "changed": {"join_policy": joined[::-1], "companies": {"acme": [False, None]}}},
    ]
    ((_, facts),) = [(unpublished.document_id, unpublished.records) for unpublished in await settings.outbox.unpublished(10)]
    audited, published = [record for _, record in facts[::2]], [record for _, record in facts[1::2]]
    assert [pb.ChatSettingsChanged.FromString(record.value).version for record in published] == [1, 2]
    assert {(record.key, record.headers["kind"]) for record in published} == {(DESK, "settings_changed")}
    entries = [AuditEntry.FromString(record.value) for record in audited]
    assert [(entry.id, entry.by_id) for entry in entries] == [(f"settings:chat:{DESK}:1", "ava"), (f"settings:chat:{DESK}:2", "sam")]
    assert [[(change.field, change.before, change.after) for change in entry.changes] for entry in entries] == [
        [("companies.acme", "", "false"), ("join_policy", "open", "single_then_invite")],
        [("companies.acme", "false", ""), ("join_policy", "single_then_invite", "open")],
    ]


async def test_one_of_two_concurrent_changes_is_refused_as_a_conflict(mongo: Mongo, clock: TurnedClock) -> None:
    for version in (0, 1):
        one, other = MongoSettings(mongo, clock), MongoSettings(mongo, clock)
        results = await asyncio.gather(
            one.update(DESK, CHANGED, version, AVA, NINE), other.update(DESK, ChatSettings(), version, SAM, NINE), return_exceptions=True
        )
        assert sorted(type(result).__name__ for result in results) == ["VersionConflict", "int"]
    with pytest.raises(VersionConflict):
        await one.update("nothing set", CHANGED, 7, AVA, NINE)


async def test_a_change_on_another_replica_applies_by_its_event_or_within_two_seconds(mongo: Mongo, clock: TurnedClock) -> None:
    one, other = MongoSettings(mongo, clock), MongoSettings(mongo, clock)
    assert await one.of(DESK) == await other.of(DESK) == ChatSettings()

    await other.update(DESK, CHANGED, 0, AVA, NINE)
    assert await other.of(DESK) == CHANGED
    assert await one.of(DESK) == ChatSettings()
    one.forget(DESK)
    assert await one.of(DESK) == CHANGED

    await other.update(DESK, ChatSettings(), 1, AVA, NINE)
    await clock.advance(seconds=2)
    assert await one.of(DESK) == ChatSettings()


async def test_settings_that_did_not_change_are_not_loaded_again(mongo: Mongo, clock: TurnedClock) -> None:
    settings = MongoSettings(mongo, clock)
    await settings.update(DESK, CHANGED, 0, AVA, NINE)
    loaded = await settings.of(DESK)

    await clock.advance(seconds=3600)

    assert await settings.of(DESK) is loaded


async def test_a_document_with_many_changes_accepts_the_next(mongo: Mongo, clock: TurnedClock) -> None:  # spec 10.5
    customers = [dict.fromkeys((f"customer-{number:04}" for number in range(2000)), True)]
    for version in range(600):
        customers.append({**customers[-1], f"customer-{version:04}": False})
    changed = [converter.unstructure(ChatSettings(customers=allowed)) for allowed in customers]
    # 590 edits take a store a minute, so they are written as one document; the last ten are real updates.
    audit: list[str] = []
    for version in range(1, 591):
        entry = audit_entry(version, AVA, NINE, differences(changed[version - 1], changed[version]))
        audit = [*audit, entry][-entries_to_keep(audit, entry) :]
    await mongo.database[COLLECTION].insert_one({"_id": DESK, "version": 590, "settings": changed[590], "audit": audit})
    settings = MongoSettings(mongo, clock)
    for version in range(590, 600):
        assert await settings.update(DESK, ChatSettings(customers=customers[version + 1]), version, AVA, NINE) == version + 1

    document = await mongo.database[COLLECTION].find_one({"_id": DESK})
    assert document is not None and len(bson.encode(document)) < 8_000_000
    entries = [json.loads(text) for text in document["audit"]]
    assert [entry["version"] for entry in entries] == list(range(101, 601))
    assert entries[-1]["changed"] == {"customers": {"customer-0599": [True, False]}}
    assert (await settings.of(DESK)).customers == customers[600]


async def test_a_document_full_of_complete_copies_accepts_the_next_change(mongo: Mongo, clock: TurnedClock) -> None:
    old = converter.unstructure(ChatSettings(customers={f"customer-{number:04}": True for number in range(2000)}))
    copies = [json.dumps({"version": number, "at": 0, "by": "ava", "by_name": "Ava Chen", "settings": old}) for number in range(1, 151)]
    await mongo.database[COLLECTION].insert_one({"_id": DESK, "version": 150, "settings": old, "audit": copies})
    settings = MongoSettings(mongo, clock)

    assert await settings.update(DESK, CHANGED, 150, AVA, NINE) == 151

    document = await mongo.database[COLLECTION].find_one({"_id": DESK})
    assert document is not None and len(bson.encode(document)) < 8_000_000
    newest = json.loads(document["audit"][-1])
    assert (newest["version"], len(newest["changed"]["customers"])) == (151, 2000)
    assert 10 < len(document["audit"]) < 150 and document["audit"][:-1] == copies[-len(document["audit"]) + 1 :]
    assert await settings.of(DESK) == CHANGED


async def test_the_largest_settings_changed_at_once_fit_in_a_document(mongo: Mongo, clock: TurnedClock) -> None:
    settings = MongoSettings(mongo, clock)
    for version in range(2):
        everyone = {f"{version}-{number:062}": True for number in range(10_000)}
        largest = ChatSettings(companies=everyone, customers=everyone)
        check_settings(largest)
        assert await settings.update(DESK, largest, version, AVA, NINE) == version + 1

    document = await mongo.database[COLLECTION].find_one({"_id": DESK})
    assert document is not None and len(bson.encode(document)) < 8_000_000
    assert [json.loads(text)["version"] for text in document["audit"]] == [2]
