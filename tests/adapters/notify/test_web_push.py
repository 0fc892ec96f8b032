"""Sending Web Push to a push service on loopback that checks signature and encryption, and misbehaves."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from services.notify.domain.push import MAX_PAYLOAD_BYTES, Attempt, Push, Verdict
from services.notify.domain.subscription import PushHosts, Subscription, new_subscription
from services.notify.outbound import web_push
from services.notify.outbound.mongo_push_key import MongoPushKey
from services.notify.outbound.web_push import WebPush
from tests.fakes.clock import START, TurnedClock
from tests.fakes.push_service import ENDLESS, GARBAGE, HANG, Browser, PushService

CONTACT = "mailto:help@example.com"
PUSH = Push(b'{"title":"Mia Torres"}', "high", 60, "s1:waiting")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(START)


@pytest.fixture
def key(database: Any, clock: TurnedClock) -> MongoPushKey:
    return MongoPushKey(database, clock)


@pytest.fixture
async def service(clock: TurnedClock) -> AsyncIterator[PushService]:
    async with PushService(clock) as service:
        yield service


@pytest.fixture
async def sender(key: MongoPushKey, service: PushService, clock: TurnedClock) -> AsyncIterator[WebPush]:
    sender = WebPush(key, PushHosts(frozenset({service.host})), CONTACT, clock)
    await sender.start()
    yield sender
    await sender.stop()


def subscription_of(browser: Browser) -> Subscription:
    host = browser.endpoint.split("/")[2]
    hosts = PushHosts(frozenset({host}))
    more: dict[str, Any] = {**browser.keys, "browser_id": "b1", "sign_in_id": "s1", "sign_in_expires_at": START + timedelta(days=1)}
    return new_subscription("ava", "harbour", endpoint=browser.endpoint, **more, hosts=hosts, at=START)


async def test_a_push_is_signed_and_reaches_its_browser_encrypted(
    sender: WebPush, key: MongoPushKey, service: PushService
) -> None:  # spec 5.8
    browser = service.subscribe(await key.public_key())
    largest = Push(b"x" * MAX_PAYLOAD_BYTES, "no such", 0, "")

    assert await sender.send(subscription_of(browser), PUSH) == Attempt(Verdict.ACCEPTED, answered=True)
    assert (await sender.send(subscription_of(browser), largest)).verdict is Verdict.ACCEPTED

    assert browser.received == [PUSH.payload, largest.payload]
    assert [(h["ttl"], h["urgency"], h.get("topic")) for h in browser.headers] == [("60", "high", PUSH.topic), ("1", "normal", None)]
    assert browser.claims[0] == {"aud": service.url, "sub": CONTACT, "exp": int(START.timestamp()) + 12 * 3600}
    assert service.connections == 1


async def test_a_push_that_is_too_large_is_not_sent(sender: WebPush, service: PushService) -> None:  # spec 5.8
    attempt = await sender.send(subscription_of(service.subscribe()), Push(b"x" * (MAX_PAYLOAD_BYTES + 1), "high", 60, ""))
    assert attempt == Attempt(Verdict.REFUSED, "The payload has more than 3072 bytes")
    assert service.requests == 0


@pytest.mark.parametrize(
    ("answer", "verdict", "wait", "reason"),
    [
        ("404", Verdict.GONE, 0, "answered 404"),
        ("410", Verdict.GONE, 0, "answered 410"),
        ("429 Retry-After: 7", Verdict.LATER, 7, "answered 429"),
        (f"503 Retry-After: {format_datetime(START + timedelta(minutes=2), usegmt=True)}", Verdict.LATER, 120, "answered 503"),
        (f"503 Retry-After: {format_datetime(START - timedelta(minutes=2), usegmt=True)}", Verdict.LATER, 0, "answered 503"),
        ("429 Retry-After: soon", Verdict.LATER, 0, "answered 429"),
        ("500", Verdict.LATER, 0, "answered 500"),
        ("400", Verdict.REFUSED, 0, "answered 400"),
        (ENDLESS, Verdict.REFUSED, 0, "answered 400"),
        (GARBAGE, Verdict.LATER, 0, "gave no valid answer"),
    ],
)
async def test_an_answer_that_is_no_success_is_understood(
    sender: WebPush, service: PushService, answer: str, verdict: Verdict, wait: float, reason: str
) -> None:  # spec 5.8
    browser = service.subscribe()
    browser.answers.append(answer)

    attempt = await sender.send(subscription_of(browser), PUSH)

    assert (attempt.verdict, attempt.wait_seconds, attempt.answered) == (verdict, wait, "answered" in reason)
    assert reason in attempt.reason
    assert browser.endpoint.rsplit("/", 1)[1] not in attempt.reason
    assert browser.received == []
    assert (await sender.send(subscription_of(browser), PUSH)).verdict is Verdict.ACCEPTED


async def test_a_redirect_is_not_followed(sender: WebPush, service: PushService) -> None:  # spec 5.8
    browser, other = service.subscribe(), service.subscribe()
    browser.answers.append(f"307 Location: {other.endpoint}")
    assert (await sender.send(subscription_of(browser), PUSH)).verdict is Verdict.REFUSED
    assert (service.requests, other.received) == (1, [])


async def test_a_subscription_of_another_key_is_refused_with_the_reason(sender: WebPush, service: PushService) -> None:  # spec 5.8
    attempt = await sender.send(subscription_of(service.subscribe("another key")), PUSH)
    assert attempt == Attempt(Verdict.REFUSED, f"{service.host} answered 403", answered=True)


async def test_a_push_service_that_is_down_is_tried_later(sender: WebPush, service: PushService) -> None:  # spec 5.8
    subscription = subscription_of(service.subscribe())
    await service.__aexit__()
    assert await sender.send(subscription, PUSH) == Attempt(Verdict.LATER, f"{service.host} cannot be reached")


async def test_a_push_service_that_does_not_answer_is_given_up(
    key: MongoPushKey, service: PushService, clock: TurnedClock
) -> None:  # spec 5.8
    assert web_push.SEND_SECONDS == 10
    impatient = WebPush(key, PushHosts(frozenset({service.host})), CONTACT, clock, seconds=0.1)
    await impatient.start()
    browser = service.subscribe()
    browser.answers.append(HANG)
    assert await impatient.send(subscription_of(browser), PUSH) == Attempt(Verdict.LATER, f"{service.host} did not answer within 0.1 s")
    await impatient.stop()


async def send_to_name(name: str, own: str, addresses: list[str], key: MongoPushKey, service: PushService) -> tuple[Attempt, int]:
    """Sends to this name on the port of the double. Also returns how often the name was looked up."""
    looked_up: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return addresses

    sender, browser, port = (
        WebPush(key, PushHosts(frozenset({own})), CONTACT, TurnedClock(START), resolve),
        service.subscribe(),
        service.host[10:],
    )
    browser.subscription["endpoint"] = browser.endpoint.replace(service.host, f"{name}:{port}")
    service.url = f"http://{name}:{port}"
    await sender.start()
    attempt = await sender.send(
        Subscription(browser.endpoint, "ava", "harbour", browser.keys["p256dh"], browser.keys["auth"], "b1", START), PUSH
    )
    await sender.stop()
    return attempt, len(looked_up)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"]])
async def test_a_known_host_with_a_private_address_gets_no_connection(
    key: MongoPushKey, service: PushService, addresses: list[str]
) -> None:  # spec 5.8
    attempt, _ = await send_to_name("web.push.apple.com", "other", addresses, key, service)
    assert (attempt.verdict, attempt.reason.endswith(" has a private address")) == (Verdict.LATER, True)
    assert service.connections == 0


async def test_a_host_of_the_setting_may_have_a_private_address_and_is_looked_up_once(
    key: MongoPushKey, service: PushService
) -> None:  # spec 5.8
    own = f"push.internal:{service.host[10:]}"
    assert await send_to_name("push.internal", own, ["127.0.0.1"], key, service) == (Attempt(Verdict.ACCEPTED, answered=True), 1)
