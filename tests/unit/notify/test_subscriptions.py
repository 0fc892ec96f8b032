"""Which browsers may subscribe to Web Push (spec 5.8)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from parley.tickets.v1.directory_pb2 import DirectoryEntry, SignInEnded
from servicekit.kafka_records import Received
from servicekit.kafka_topics import DIRECTORY
from services.notify.domain.errors import NotAllowed, WrongArgument
from services.notify.domain.subscription import UNKNOWN
from services.notify.handlers.subscriptions import FORGET_EVERY_SECONDS
from services.notify.inbound.events import Events
from tests.fakes.clock import START
from tests.unit.notify.push_world import AUTH, EXPIRES, FCM, P256DH, PushWorld, person, subscription

AVA, MIA = person("ava"), person("mia", "customer")


@pytest.mark.parametrize(
    "endpoint",
    [
        f"{FCM}abc:APA91b_-",
        "https://fcm.googleapis.com:443/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://eu.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://wns2-bl2p.notify.windows.com/w/?token=BQYAAA%3d%3d",
        "https://web.push.apple.com/QNv",
        "https://api.push.apple.com/3/device/abc",
        "http://127.0.0.1:9/push/abc",
        "https://127.0.0.1:9/push/abc",
        FCM + "x" * (1000 - len(FCM)),
    ],
)
async def test_a_browser_subscribes_with_the_endpoint_of_a_known_or_allowed_push_service(endpoint: str) -> None:  # spec 5.8
    world = PushWorld()
    await world.subscriptions.subscribe(MIA, endpoint, P256DH + "=", AUTH + "==", "b1", EXPIRES)
    (stored,) = (await world.subscriptions.of_people(["mia", "ava"]))["mia"]
    assert (stored.endpoint, stored.p256dh, stored.auth, stored.desk_id) == (endpoint, P256DH, AUTH, "harbour")
    assert endpoint not in repr(stored)
    assert AUTH not in repr(stored)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "fcm.googleapis.com/fcm/send/abc",
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:8443/fcm/send/abc",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com:99999/x",
        "https://fcm.googleapis.com./x",
        "https://FCM.googleapis.com/x",
        "HTTPS://fcm.googleapis.com/x",
        "https://evil.example.com/fcm.googleapis.com",
        "https://fcm.googleapis.com.evil.example.com/x",
        "https://evilfcm.googleapis.com/x",
        "https://notify.windows.com/x",
        "https://evilnotify.windows.com/x",
        "https://user:password@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@evil.example.com/x",
        "https://evil.example.com#@fcm.googleapis.com/x",
        "https://evil.example.com\\@fcm.googleapis.com/x",
        "https://evil.example.com?.notify.windows.com/x",
        "https://evil.example.com/.notify.windows.com",
        "https://evil.example.com%2f.notify.windows.com/x",
        "https://fcm.googleapis.com/x#part",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\r\nHost: evil",
        "https://fcm.googleapis.com/x\n",
        " https://fcm.googleapis.com/x",
        "https://fcm.googleapis.com/ü",
        "https://fcm.googleapіs.com/x",
        "https://127.0.0.1/x",
        "https://127.0.0.1:10/x",
        "http://127.0.0.1/x",
        "http://localhost:9/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "javascript:alert(1)",
        FCM + "x" * (1001 - len(FCM)),
    ],
)
async def test_a_forged_endpoint_is_refused_and_changes_nothing(endpoint: str) -> None:  # spec 5.8
    world = PushWorld()
    with pytest.raises(WrongArgument) as refused:
        await world.subscriptions.subscribe(AVA, endpoint, P256DH, AUTH, "b1", EXPIRES)
    assert refused.value.field == "endpoint"
    assert world.store.stored == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("p256dh", ""),
        ("p256dh", P256DH[:-2]),
        ("p256dh", P256DH + "AA"),
        ("p256dh", P256DH.replace("-", "+")),
        ("p256dh", "C" + P256DH[1:]),
        ("p256dh", P256DH[:-8] + "AAAAAAAA"),
        ("p256dh", "BP" + "_" * 84 + "8"),
        ("p256dh", "ü" * 87),
        ("auth", ""),
        ("auth", AUTH[:-1]),
        ("auth", AUTH + "A"),
        ("auth", "!" * 22),
        ("auth", "=" + AUTH),
        ("browser_id", ""),
        ("browser_id", "x" * 65),
        ("sign_in_expires_at", START),
    ],
)
async def test_a_wrong_value_is_refused_with_the_name_of_its_field(field: str, value: Any) -> None:  # spec 5.8
    world = PushWorld()
    good = {"endpoint": f"{FCM}1", "p256dh": P256DH, "auth": AUTH, "browser_id": "b1", "sign_in_expires_at": EXPIRES}
    with pytest.raises(WrongArgument) as refused:
        await world.subscriptions.subscribe(AVA, **{**good, field: value})
    assert refused.value.field == field
    assert world.store.stored == {}


async def test_only_people_subscribe_and_unsubscribe_their_own() -> None:  # spec 5.8
    world = PushWorld()
    with pytest.raises(NotAllowed):
        await world.subscriptions.subscribe(person("crm", "service"), f"{FCM}1", P256DH, AUTH, "b1", EXPIRES)
    await world.subscriptions.subscribe(AVA, f"{FCM}1", P256DH, AUTH, "b1", EXPIRES)

    for _ in range(2):
        await world.subscriptions.unsubscribe(MIA, f"{FCM}1")
    assert list(world.store.stored) == [f"{FCM}1"]
    for _ in range(2):
        await world.subscriptions.unsubscribe(AVA, f"{FCM}1")
    assert world.store.stored == {}
    assert await world.subscriptions.public_key() == P256DH


async def test_a_subscription_ends_with_its_sign_in() -> None:  # spec 1.15, 5.8
    world, unused = PushWorld(), cast(Any, None)
    for id, device in (("ava", "phone"), ("ava", "laptop"), ("bo", "phone")):
        by = replace(person(id), sign_in_id=f"{id}-{device}")
        await world.subscriptions.subscribe(by, f"{FCM}{id}-{device}", P256DH, AUTH, "b1", EXPIRES)
    events = Events(unused, unused, unused, unused, unused, unused, world.subscriptions, world.clock)
    ended = DirectoryEntry(revision=1, sign_in_ended=SignInEnded(sign_in_id="ava-laptop", person_id="ava"))

    for _ in range(2):
        await events.consume(Received(DIRECTORY.name, 0, 1, "sign_in:ava", ended.SerializeToString(), {"kind": "sign_in"}))

    assert sorted(world.store.stored) == [f"{FCM}ava-phone", f"{FCM}bo-phone"]


async def test_nothing_is_sent_to_a_subscription_of_an_expired_sign_in_and_it_is_deleted() -> None:  # spec 5.8
    world = PushWorld()
    expires = {"ava": EXPIRES, "bo": EXPIRES + timedelta(seconds=1)}
    for id, expires_at in expires.items():
        await world.store.put(subscription(id, expires_at=expires_at))
    # Stored by a version that did not know sign-ins.
    await world.store.put(subscription("cy", expires_at=UNKNOWN))
    world.clock.set_forward((EXPIRES - START).total_seconds())

    assert (await world.subscriptions.of_people(["ava", "bo", "cy"])).keys() == {"bo"}
    forgetting = asyncio.create_task(world.subscriptions.keep_forgetting())
    await world.clock.advance(FORGET_EVERY_SECONDS)
    assert world.store.stored == {}
    forgetting.cancel()
