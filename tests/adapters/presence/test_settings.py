"""The store of desk settings: the MongoDB adapter and the fake in memory."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parley.audit.v1.audit_pb2 import AuditEntry
from parley.presence.v1 import presence_pb2 as pb
from servicekit.moments import to_ms
from servicekit.mongo import MongoOutbox
from servicekit.mongo_desk_settings import COLLECTION
from services.presence.contract import settings_record
from services.presence.domain.desk_settings import DeskSettings
from services.presence.domain.errors import VersionConflict
from services.presence.outbound.mongo_settings import MongoSettings
from tests.fakes.clock import TurnedClock
from tests.unit.presence.fakes import FakeSettings
from tests.unit.presence.world import AVA, SAM

DEFAULTS, SHORT, LONG = DeskSettings(300), DeskSettings(60), DeskSettings(3600)
CLOCK = TurnedClock()


@pytest.fixture(params=["store", "fake"])
async def settings(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[MongoSettings | FakeSettings]:
    yield FakeSettings(DEFAULTS) if request.param == "fake" else MongoSettings(database, DEFAULTS, CLOCK, settings_record)


async def test_a_desk_has_the_defaults_until_it_sets_its_own(settings: MongoSettings | FakeSettings) -> None:
    assert (await settings.of("harbour"), await settings.version_of("harbour")) == (DEFAULTS, 0)

    assert await settings.update("harbour", SHORT, 0, AVA, CLOCK.now()) == 1
    assert await settings.update("harbour", LONG, 1, AVA, CLOCK.now()) == 2

    assert (await settings.of("harbour"), await settings.version_of("harbour")) == (LONG, 2)
    assert (await settings.of("other"), await settings.desks()) == (DEFAULTS, ["harbour"])


@pytest.mark.parametrize("version", [0, 2])
async def test_a_change_of_another_version_changes_nothing(settings: MongoSettings | FakeSettings, version: int) -> None:
    await settings.update("harbour", SHORT, 0, AVA, CLOCK.now())
    with pytest.raises(VersionConflict):
        await settings.update("harbour", LONG, version, AVA, CLOCK.now())

    assert (await settings.of("harbour"), await settings.version_of("harbour")) == (SHORT, 1)


@pytest.mark.parametrize("version", [0, 1])
async def test_a_repeat_of_a_change_returns_its_version_again(settings: MongoSettings | FakeSettings, version: int) -> None:
    """The answer to the first try was lost, so the page tries again."""
    if version:
        await settings.update("harbour", LONG, 0, SAM, CLOCK.now())
    for _ in range(2):
        assert await settings.update("harbour", SHORT, version, AVA, CLOCK.now()) == version + 1

    assert (await settings.of("harbour"), await settings.version_of("harbour")) == (SHORT, version + 1)
    with pytest.raises(VersionConflict):
        await settings.update("harbour", SHORT, version, SAM, CLOCK.now())


async def test_a_change_its_audit_and_its_record_are_in_one_document(database: Any) -> None:  # spec 10.5
    settings = MongoSettings(database, DEFAULTS, CLOCK, settings_record)
    for version, values in enumerate((SHORT, LONG)):
        await settings.update("harbour", values, version, AVA, CLOCK.now())

    document = await database[COLLECTION].find_one({"_id": "harbour"})
    entry = {"at": to_ms(CLOCK.now()), "by": "ava"}
    assert [json.loads(text) for text in document["audit"]] == [
        {**entry, "version": 1, "settings": {"away_after": 60}},
        {**entry, "version": 2, "settings": {"away_after": 3600}},
    ]
    (unpublished,) = await MongoOutbox(database[COLLECTION]).unpublished(10)
    records = [record for _, record in unpublished.records]
    assert [(record.key, record.headers["kind"]) for record in records] == [
        ("harbour", "settings"),
        ("settings:harbour", "settings_changed"),
    ] * 2
    audited = AuditEntry.FromString(records[2].value)
    assert (audited.id, audited.by_id, audited.subject_id) == ("settings:presence:harbour:2", "ava", "presence")
    assert [(change.field, change.before, change.after) for change in audited.changes] == [("away_after", "60", "3600")]
    assert pb.PresenceSettingsChanged.FromString(records[3].value) == pb.PresenceSettingsChanged(desk_id="harbour", version=2)


async def test_a_change_on_another_replica_applies_once_consumed_or_after_two_seconds(database: Any) -> None:
    clock = TurnedClock()
    one, other = (MongoSettings(database, DEFAULTS, clock, settings_record) for _ in range(2))
    assert await other.of("harbour") == DEFAULTS

    await one.update("harbour", SHORT, 0, AVA, clock.now())
    assert (await one.of("harbour"), await other.of("harbour")) == (SHORT, DEFAULTS)
    other.forget("harbour")
    assert await other.of("harbour") == SHORT

    await one.update("harbour", LONG, 1, AVA, clock.now())
    await clock.advance(2)
    assert await other.of("harbour") == LONG
