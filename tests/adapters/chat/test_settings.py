"""A desk's settings: changed, audited and said in one write."""

import asyncio
import json

import pytest

from parley.chat.v1 import chat_pb2 as pb
from servicekit.mongo import Mongo
from services.chat.domain.errors import VersionConflict
from services.chat.domain.settings import ChatSettings, JoinPolicy
from services.chat.outbound.mongo_settings import COLLECTION, MongoSettings
from tests.adapters.chat.story import AVA, DESK, NINE, SAM
from tests.fakes.clock import TurnedClock

CHANGED = ChatSettings(join_policy=JoinPolicy.SINGLE_THEN_INVITE, companies={"acme": False})


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


async def test_a_desk_that_set_nothing_has_the_defaults(mongo: Mongo, clock: TurnedClock) -> None:
    settings = MongoSettings(mongo, clock)

    assert (await settings.of(DESK), await settings.version_of(DESK)) == (ChatSettings(), 0)


async def test_a_change_is_audited_and_said_in_the_same_document(mongo: Mongo, clock: TurnedClock) -> None:  # spec 10.5
    settings = MongoSettings(mongo, clock)
    assert await settings.update(DESK, CHANGED, 0, AVA, NINE) == 1
    assert await settings.update(DESK, ChatSettings(), 1, SAM, NINE) == 2

    document = await mongo.database[COLLECTION].find_one({"_id": DESK})
    assert document is not None
    assert [(audit["version"], audit["by"]) for audit in map(json.loads, document["audit"])] == [(1, "ava"), (2, "sam")]
    ((_, facts),) = [(unsaid.document_id, unsaid.entries) for unsaid in await settings.outbox.unsaid(10)]
    assert [pb.ChatSettingsChanged.FromString(record.value).version for _, record in facts] == [1, 2]
    assert {(record.key, record.headers["kind"]) for _, record in facts} == {(DESK, "settings_changed")}


async def test_of_two_admins_at_once_one_is_told_of_the_conflict(mongo: Mongo, clock: TurnedClock) -> None:
    for version in (0, 1):
        one, other = MongoSettings(mongo, clock), MongoSettings(mongo, clock)
        fates = await asyncio.gather(
            one.update(DESK, CHANGED, version, AVA, NINE), other.update(DESK, ChatSettings(), version, SAM, NINE), return_exceptions=True
        )
        assert sorted(type(fate).__name__ for fate in fates) == ["VersionConflict", "int"]
    with pytest.raises(VersionConflict):
        await one.update("nothing set", CHANGED, 7, AVA, NINE)


async def test_a_change_elsewhere_is_known_by_its_event_or_within_two_seconds(mongo: Mongo, clock: TurnedClock) -> None:
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
