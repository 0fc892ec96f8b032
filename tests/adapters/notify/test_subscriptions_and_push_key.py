"""The store of Web Push: subscriptions (the adapter and its fake) and the key of all replicas."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.notify.domain.subscription import MAX_PER_PERSON, UNKNOWN
from services.notify.outbound.mongo_push_key import MongoPushKey
from services.notify.outbound.mongo_subscriptions import COLLECTION, INDEXES, MongoSubscriptions
from services.notify.ports import SubscriptionStore
from tests.fakes.clock import TurnedClock
from tests.fakes.push_service import from_base64url
from tests.unit.notify.push_world import FakeSubscriptions, subscription
from tests.unit.notify.world import START


@pytest.fixture(params=["store", "fake"])
async def store(request: pytest.FixtureRequest, database: Any) -> SubscriptionStore:
    if request.param == "fake":
        return FakeSubscriptions()
    await database[COLLECTION].create_indexes(INDEXES)
    return MongoSubscriptions(database)


async def test_an_endpoint_belongs_to_the_person_who_subscribed_last(store: SubscriptionStore) -> None:  # spec 5.8
    first = subscription("ava", "https://push/1")
    await store.put(first)
    await store.put(first)
    assert await store.of_people(["ava", "bo"]) == {"ava": [first]}

    second = replace(first, person_id="bo", browser_id="b2", created_at=START + timedelta(seconds=1))
    await store.put(second)
    assert await store.of_people(["ava", "bo"]) == {"bo": [second]}

    assert not await store.remove(first.endpoint, "ava")
    assert await store.remove(first.endpoint, "bo")
    assert not await store.remove(first.endpoint)
    assert await store.of_people(["ava", "bo"]) == {}


async def test_a_person_has_a_bounded_number_of_subscriptions_and_the_oldest_goes(store: SubscriptionStore) -> None:  # spec 5.8
    await store.put(subscription("bo", "https://push/bo"))
    every = [subscription("ava", f"https://push/{n}", START + timedelta(seconds=n)) for n in range(MAX_PER_PERSON + 2)]
    for one in every:
        await store.put(one)
    found = await store.of_people(["ava", "bo"])
    assert found["ava"] == every[:1:-1]
    assert len(found["bo"]) == 1


async def test_subscriptions_end_with_their_sign_in(store: SubscriptionStore) -> None:  # spec 1.15, 5.8
    second = replace(subscription("ava", "https://push/2"), sign_in_id="another")
    for one in (subscription("ava", "https://push/1"), second, subscription("bo", "https://push/3", expires_at=START)):
        await store.put(one)
    assert await store.remove_of_sign_in("bo", "another") == 0
    assert await store.remove_of_sign_in("ava", "sign-in-ava") == 1
    assert await store.of_people(["ava"]) == {"ava": [second]}
    assert await store.remove_expired(START) == 1
    assert (await store.of_people(["ava", "bo"])).keys() == {"ava"}


async def test_a_subscription_of_an_earlier_version_has_no_sign_in_and_has_expired(database: Any) -> None:
    store, one = MongoSubscriptions(database), subscription("ava", "https://push/1")
    await store.put(one)
    await database[COLLECTION].update_one({"person_id": "ava"}, {"$unset": {"sign_in_id": "", "sign_in_expires_at": ""}})
    assert await store.of_people(["ava"]) == {"ava": [replace(one, sign_in_id="", sign_in_expires_at=UNKNOWN)]}


async def test_all_replicas_sign_with_one_key_that_is_kept(database: Any) -> None:  # spec 5.8
    replicas = [MongoPushKey(database, TurnedClock()) for _ in range(5)]
    keys = set(await asyncio.gather(*(replica.public_key() for replica in replicas)))
    after_a_restart = await MongoPushKey(database, TurnedClock()).public_key()
    assert keys == {after_a_restart}
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(after_a_restart))
