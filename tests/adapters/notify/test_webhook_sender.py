"""Webhooks over real connections: order, no loss, no forged target, and no event twice under a new id."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notify.domain.webhook import EventState, Webhook, WebhookEvent, signature_of
from services.notify.domain.webhook_delivery import Answer
from tests.adapters.notify.certificates import trusted_by
from tests.adapters.notify.receiver import Receiver, receiving
from tests.adapters.notify.webhook_world import ADA, STATUS_CHANGED, WebhookWorld
from tests.fakes.clock import START
from tests.fakes.waiting import until


@pytest.fixture
async def world(database: Any) -> WebhookWorld:
    return await WebhookWorld(database).prepare()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def test_events_arrive_in_order_with_signed_bodies(world: WebhookWorld, receiver: Receiver) -> None:  # spec 5.13
    hook = await world.add(receiver.url("/hook?key=1"))
    made = await world.step("s1", "s2", "s1")
    async with world.sending(replicas=2):
        made += await world.step("s2", "s3")
        await world.all_delivered(hook)

    assert receiver.ids == [f"{hook}:{event}" for event in made]
    request, secret = receiver.received[0], (await world.endpoint(hook)).webhook.secret
    assert (request.path, request.headers["content-type"]) == ("/hook?key=1", "application/json")
    assert (request.headers["parley-event-type"], request.headers["user-agent"]) == ("session_status_changed", "Parley-Webhooks/1")
    assert request.headers["parley-signature"] == signature_of(secret, request.headers["parley-timestamp"], request.body)
    assert request.headers["parley-timestamp"] == str(int(world.clock.now().timestamp()))


async def test_a_failed_event_is_sent_again_before_the_next_one(world: WebhookWorld, receiver: Receiver) -> None:  # spec 5.13
    hook = await world.add(receiver.url())
    made = await world.step("s1", "s2")
    answers = ["500 Oops", "503 Busy\r\nRetry-After: 60", "200 OK", "200 OK"]
    receiver.answer = lambda request: answers[len(receiver.received) - 1]
    async with world.sending():
        await world.tried(hook, 1)
        world.clock.set_forward(5)
        event = await world.tried(hook, 2)
        assert (event.status, event.failure) == (503, "Status 503")
        assert event.next_try_at == world.clock.now() + timedelta(seconds=60)
        world.clock.set_forward(60)
        await world.all_delivered(hook)

    assert receiver.ids == [f"{hook}:{made[0]}"] * 3 + [f"{hook}:{made[1]}"]


async def test_an_endpoint_that_hangs_delays_no_other(world: WebhookWorld, receiver: Receiver) -> None:  # spec 5.13
    async with receiving() as hanging:
        hanging.answer = lambda request: None
        slow, quick = await world.add(hanging.url()), await world.add(receiver.url())
        made = await world.step("s1", "s1", "s1")
        async with world.sending(world.http(timeout=30)):
            await until(lambda: len(hanging.received) == 1)
            await world.all_delivered(quick)
            assert [event.tries for event in await world.log(slow)] == [0, 0, 0]
        assert receiver.ids == [f"{quick}:{event}" for event in made]

        async with world.sending(world.http(timeout=0.1)):
            assert (await world.tried(slow, 1)).failure == "No answer within 0 s"


@pytest.mark.parametrize("ended", ["stopped", "killed"])
async def test_an_event_in_progress_is_sent_again_after_a_restart(world: WebhookWorld, receiver: Receiver, ended: str) -> None:  # spec 5.13
    hook = await world.add(receiver.url())
    made = await world.step("s1", "s2")
    receiver.answer = lambda request: None
    async with world.sending(world.http(timeout=30)):
        await until(lambda: len(receiver.received) == 1)
        if ended == "killed":
            leases = await world.database["webhooks"].find({}, {"lease_owner": 1, "lease_until": 1}).to_list(None)
    if ended == "killed":
        # A killed process does not give up its lease.
        await world.database["webhooks"].update_one({"_id": hook}, {"$set": leases[0]})
        world.clock.set_forward(30)

    receiver.answer = lambda request: "200 OK"
    async with world.sending():
        await world.all_delivered(hook)
    assert receiver.ids == [f"{hook}:{made[0]}"] + [f"{hook}:{event}" for event in made]


async def test_one_replica_at_a_time_sends_to_an_endpoint(world: WebhookWorld, receiver: Receiver) -> None:  # spec 5.13
    hook = await world.add(receiver.url())
    for _ in range(10):
        await world.step("s1", "s2", "s3")
    async with world.sending(replicas=3):
        await world.all_delivered(hook)
    assert len(receiver.ids) == len(set(receiver.ids)) == 30


async def test_a_failing_endpoint_is_paused_and_tried_again(world: WebhookWorld, receiver: Receiver) -> None:  # spec 5.13
    hook = await world.add(receiver.url())
    await world.step("s1")
    receiver.answer = lambda request: ""
    async with world.sending():
        for failures in range(1, 11):
            await world.tried(hook, failures)
            world.clock.set_forward(300)
        paused = (await world.endpoint(hook)).webhook
        assert paused.paused_until == world.clock.now() + timedelta(minutes=25)
        assert paused.failure == "It did not answer in HTTP"
        world.clock.set_forward(1500)
        await world.tried(hook, 11)
        receiver.answer = lambda request: "200 OK"

        # Switching it on ends the pause.
        await world.admin.update(ADA, hook, receiver.url(), list(paused.events), True)
        await world.all_delivered(hook)
    assert (await world.endpoint(hook)).webhook.paused_until is None
    assert len(set(receiver.ids)) == 1


async def test_dead_events_can_be_replayed_in_their_old_order(world: WebhookWorld, receiver: Receiver) -> None:  # spec 5.13
    hook = await world.add(receiver.url())
    made = await world.step("s1", "s2", "s3")
    receiver.answer = lambda request: "410 Gone"

    async def dead() -> bool:
        world.clock.set_forward(300)
        return [event.state for event in await world.log(hook)] == [EventState.DEAD] * 3

    async with world.sending():
        await until(dead)
        receiver.answer = lambda request: "200 OK"
        receiver.received.clear()
        ids = [f"{hook}:{event}" for event in made]
        assert await world.admin.replay(ADA, hook, [ids[1]]) == 1
        world.clock.set_forward(300)
        await until(lambda: receiver.ids == [ids[1]])
        assert await world.admin.replay(ADA, hook, []) == 2
        await until(lambda: receiver.ids == [ids[1], ids[0], ids[2]])
        assert await world.admin.replay(ADA, hook, []) == 0
        await world.all_delivered(hook)


async def test_redirects_are_not_followed(world: WebhookWorld, receiver: Receiver) -> None:  # spec 5.13
    async with receiving() as inside:
        receiver.answer = lambda request: f"307 Elsewhere\r\nLocation: {inside.url()}"
        hook = await world.add(receiver.url())
        await world.step("s1")
        async with world.sending():
            event = await world.tried(hook, 1)
    assert (event.status, event.failure) == (307, "It redirects (status 307); redirects are not followed")
    assert inside.received == []


EVENT = WebhookEvent("w:s:1", "w", "s", STATUS_CHANGED, START, "[]", 1)


def hook_at(url: str) -> Webhook:
    return Webhook("w", "harbour", url, "secret", frozenset(), True, START, "", START)


PUBLIC, PRIVATE = "93.184.216.34", "127.0.0.1"


@pytest.mark.parametrize("addresses", [[PRIVATE], [PUBLIC, PRIVATE], ["::ffff:127.0.0.1"], ["169.254.169.254"]])
async def test_a_host_with_any_private_address_gets_no_request(world: WebhookWorld, addresses: list[str]) -> None:  # spec 5.13
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    http = world.http(resolve=resolve)
    refusal = f"The host evil.example has the address {addresses[-1]}, which is not public"
    assert await http.refusal("https://evil.example/") == refusal
    assert await http.send(hook_at("https://evil.example/"), EVENT) == Answer(failure=refusal)


async def test_a_name_that_resolves_elsewhere_the_second_time_leads_nowhere_else(
    world: WebhookWorld, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 5.13
    names, connected = [PUBLIC, PRIVATE, PRIVATE], list[str]()

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [names.pop(0)]

    async def connect(self: Any, host: str, *more: Any) -> Any:
        connected.append(host)
        raise ConnectionRefusedError

    monkeypatch.setattr("httpcore.AnyIOBackend.connect_tcp", connect)
    http = world.http(resolve=resolve)
    assert (await http.send(hook_at("https://evil.example/"), EVENT)).failure == "Connection refused"
    assert connected == [PUBLIC]
    assert "is not public" in (await http.send(hook_at("https://evil.example/"), EVENT)).failure
    assert connected == [PUBLIC]


async def test_tls_uses_the_name_and_the_environment_no_proxy(
    world: WebhookWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 5.13
    async def resolve(host: str, port: int) -> Sequence[str]:
        return [PRIVATE]

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server, client = trusted_by(tmp_path, "hooks.example")
    names: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: names.append(name)
    world.allow = ["hooks.example", "other.example"]
    async with receiving(server) as receiver:
        port = receiver.address.partition(":")[2]
        http = world.http(resolve=resolve, tls=client, timeout=5)
        assert await http.send(hook_at(f"https://hooks.example:{port}/"), EVENT) == Answer(200)
        wrong = await http.send(hook_at(f"https://other.example:{port}/"), EVENT)
        strict = await world.http(resolve=resolve, tls=ssl.create_default_context(), timeout=5).send(
            hook_at(f"https://hooks.example:{port}/"), EVENT
        )
    assert wrong.failure == strict.failure == "Its certificate is not valid for this host"
    assert names[0] == "hooks.example"
    assert [request.headers["host"] for request in receiver.received] == [f"hooks.example:{port}"]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("", "It did not answer in HTTP"),
        ("garbage", "It did not answer in HTTP"),
        ("200 OK\r\nX: " + "y" * 200_000, "It did not answer in HTTP"),
    ],
)
async def test_a_useless_answer_is_a_failure(world: WebhookWorld, receiver: Receiver, answer: str, failure: str) -> None:  # spec 5.13
    receiver.answer = lambda request: answer
    assert (await world.http().send(hook_at(receiver.url()), EVENT)).failure == failure


async def test_a_host_that_is_not_found_or_not_there_is_a_failure(world: WebhookWorld, free_port: int) -> None:  # spec 5.13
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    assert (await world.http().send(hook_at(f"http://127.0.0.1:{free_port}/"), EVENT)).failure == "Connection refused"
    http = world.http(resolve=resolve)
    assert (await http.send(hook_at("https://nowhere.example/"), EVENT)).failure == "The host nowhere.example was not found"
    assert await http.refusal("https://nowhere.example/") == ""


async def test_a_bug_is_a_failure_of_one_try(world: WebhookWorld, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notify.outbound.webhook_http.signature_of", lambda *parts: 1 / 0)
    assert await world.http().send(hook_at(receiver.url()), EVENT) == Answer(failure="The request could not be made")
    assert receiver.received == []


async def test_a_name_server_that_hangs_ends_with_the_timeout(world: WebhookWorld) -> None:  # spec 5.13
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    http = world.http(resolve=resolve, timeout=0.05)
    assert (await http.send(hook_at("https://slow.example/"), EVENT)).failure == "No answer within 0 s"


async def test_a_test_event_is_sent_like_the_others(world: WebhookWorld, receiver: Receiver) -> None:  # spec 5.13
    hook = await world.add(receiver.url())
    event = await world.admin.test(ADA, "t1", hook)
    assert await world.admin.test(ADA, "t1", hook) == event
    async with world.sending():
        await world.all_delivered(hook)
    (request,) = receiver.received
    assert (request.headers["parley-event-type"], request.session["id"], request.session["name"]) == ("test", "test", "Test from Parley")
