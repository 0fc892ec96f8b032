"""Which browsers may subscribe to Web Push (spec 5.8)."""

from typing import Any, cast

import pytest

from parley.presence.v1.presence_pb2 import ConnectionsEnded
from servicekit.kafka_records import Received
from servicekit.kafka_topics import PRESENCE
from services.notify.domain.errors import NotAllowed, WrongArgument
from services.notify.inbound.events import Events
from tests.unit.notify.push_world import AUTH, FCM, P256DH, FakeSubscriptions, PushWorld, person, subscription

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
    await world.subscriptions.subscribe(MIA, endpoint, P256DH + "=", AUTH + "==", "b1")
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
        await world.subscriptions.subscribe(AVA, endpoint, P256DH, AUTH, "b1")
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
    ],
)
async def test_a_wrong_key_is_refused_with_the_name_of_its_field(field: str, value: str) -> None:  # spec 5.8
    world = PushWorld()
    values = {"endpoint": f"{FCM}1", "p256dh": P256DH, "auth": AUTH, "browser_id": "b1", field: value}
    with pytest.raises(WrongArgument) as refused:
        await world.subscriptions.subscribe(AVA, **values)
    assert refused.value.field == field
    assert world.store.stored == {}


async def test_only_people_subscribe_and_unsubscribe_their_own() -> None:  # spec 5.8
    world = PushWorld()
    with pytest.raises(NotAllowed):
        await world.subscriptions.subscribe(person("crm", "service"), f"{FCM}1", P256DH, AUTH, "b1")
    await world.subscriptions.subscribe(AVA, f"{FCM}1", P256DH, AUTH, "b1")

    for _ in range(2):
        await world.subscriptions.unsubscribe(MIA, f"{FCM}1")
    assert list(world.store.stored) == [f"{FCM}1"]
    for _ in range(2):
        await world.subscriptions.unsubscribe(AVA, f"{FCM}1")
    assert world.store.stored == {}
    assert await world.subscriptions.public_key() == P256DH


async def test_ended_connections_end_the_persons_subscriptions() -> None:  # spec 1.15, 5.8
    store, unused = FakeSubscriptions(), cast(Any, None)
    for person_id in ("ava", "bo"):
        await store.put(subscription(person_id))
    events = Events(unused, unused, unused, unused, unused, unused, store, unused)
    ended = ConnectionsEnded(person_id="ava", desk_id="harbour", connection_ids=["c1"])

    await events.consume(Received(PRESENCE.name, 0, 1, "ended:ava", ended.SerializeToString(), {"kind": "connections_ended"}))

    assert (await store.of_people(["ava", "bo"])).keys() == {"bo"}
