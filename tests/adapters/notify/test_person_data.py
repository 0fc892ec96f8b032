"""What notify gives of a person for the export of their data."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.notify.delivery_ports import PersonPart
from services.notify.domain.preferences import Preferences
from services.notify.domain.subscription import Subscription
from services.notify.outbound import mongo_person_data
from services.notify.outbound.documents import delivery_to_document
from services.notify.outbound.mongo_engineer_history import Kind, entry
from services.notify.outbound.mongo_person_data import MongoPersonData
from services.notify.outbound.mongo_preferences import MongoPreferences
from services.notify.outbound.mongo_subscriptions import MongoSubscriptions
from tests.unit.notify.test_delivery import ASKED

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def parts(database: Any, person_id: str = "mia") -> list[PersonPart]:
    return [part async for part in MongoPersonData(database).parts("harbour", person_id)]


async def test_everything_of_the_person_is_given_once_and_nothing_of_others(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # spec 10.6
    monkeypatch.setattr(mongo_person_data, "READ_AT_ONCE", 2)
    for person_id in ("mia", "leo"):
        await MongoPreferences(database).put("harbour", person_id, Preferences(True, 40, "bell", "pulse", True, False))
        subscription = Subscription(f"https://push.example/{person_id}", person_id, "harbour", "k", "a", "b1", AT)
        await MongoSubscriptions(database).put(subscription)
        changes = [entry(person_id, Kind.PRESENCE, revision, AT, {"state": "online"}) for revision in range(1, 6)]
        await database.engineer_history.insert_many(changes)
        deliveries = [replace(ASKED, id=f"{number}{person_id}", person_id=person_id) for number in range(5)]
        await database.deliveries.insert_many([delivery_to_document(each) for each in deliveries])

    found = await parts(database)

    assert [part.preferences.volume for part in found if part.preferences] == [40]
    assert [each.person_id for part in found for each in part.subscriptions] == ["mia"]
    assert [(each.kind, each.at, each.value) for part in found for each in part.changes] == [("presence", AT, '{"state": "online"}')] * 5
    assert [each.id for part in found for each in part.deliveries] == [f"{number}mia" for number in range(5)]


async def test_nothing_is_given_of_a_person_of_whom_nothing_is_stored(database: Any) -> None:  # spec 10.6
    found = await parts(database, "nobody")
    assert [each for part in found for each in (part.preferences, *part.subscriptions, *part.changes, *part.deliveries) if each] == []
