"""The endpoints and events of webhooks on each store, and what admins may do with them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from servicekit.identity import Caller
from services.notify.domain.errors import (
    CommandIdReused,
    NoSuchWebhook,
    NotAllowed,
    NotifyError,
    TooManyWebhooks,
    WebhookIsOff,
    WrongArgument,
)
from services.notify.domain.webhook import EventState, EventType, WebhookEvent
from services.notify.handlers.webhook_queue import SessionStep
from services.notify.outbound import mongo_webhook_events
from tests.adapters.notify.webhook_world import ADA, STATUS_CHANGED, WebhookWorld

EVENTS = [EventType.SESSION_CREATED, STATUS_CHANGED]
URL = "http://127.0.0.1:9/hook"


@pytest.fixture
async def world(database: Any) -> WebhookWorld:
    return await WebhookWorld(database).prepare()


async def test_a_record_that_is_consumed_again_adds_no_event(world: WebhookWorld) -> None:  # spec 5.13
    hook = await world.add(URL)
    await world.step("s1", "s2")
    world.revisions.clear()
    await world.step("s2", "s1")
    assert [(event.session_id, event.title, event.customer_name) for event in await world.log(hook)] == [
        ("s1", "Title s1", "Mia"),
        ("s2", "Title s2", "Mia"),
    ]
    assert (await world.endpoint(hook)).waiting == 2


async def test_events_of_several_replicas_get_one_order_without_gaps(world: WebhookWorld) -> None:  # spec 5.13
    hook = await world.add(URL)
    await asyncio.gather(*(world.step(session) for session in "bcdefgh"), world.step(*"aaaa"))
    log = await world.log(hook)
    assert [event.number for event in log] == list(range(1, 12))
    assert [event.id for event in log if event.session_id == "a"] == [f"{hook}:a:{n}" for n in (1, 2, 3, 4)]


async def test_a_crash_between_the_writes_of_an_event_leaves_it_to_be_sent(world: WebhookWorld) -> None:  # spec 5.13
    hook = await world.add(URL)
    await world.step("s1")
    # As it is before the second write.
    await world.database["webhooks"].update_one({"_id": hook}, {"$set": {"sequence": 0}, "$unset": {"waiting": ""}})
    assert await world.webhooks.due(world.clock.now(), 10) == []
    world.revisions.clear()
    await world.step("s1")
    assert await world.webhooks.due(world.clock.now(), 10) == [hook]
    await world.step("s2")
    assert [event.number for event in await world.log(hook)] == [1, 2]


async def test_an_event_that_is_queued_meanwhile_keeps_the_endpoint_waiting(world: WebhookWorld) -> None:
    hook, now = await world.add(URL), world.clock.now()
    await world.step("s1")
    leased = await world.webhooks.lease(hook, "one", now, now + timedelta(seconds=30))
    assert leased is not None
    assert await world.webhooks.lease(hook, "two", now, now + timedelta(seconds=30)) is None
    await world.step("s1")
    assert not await world.webhooks.idle(leased, "one")
    second = await world.webhooks.lease(hook, "one", now, now + timedelta(seconds=30))
    assert second is not None
    assert await world.webhooks.idle(second, "one")
    assert await world.webhooks.due(now, 10) == []


async def test_who_gets_events(world: WebhookWorld) -> None:  # spec 5.13
    off, other, late = await world.add(URL, "1"), await world.add(URL, "2"), await world.add(URL, "3")
    await world.admin.update(ADA, off, URL, EVENTS, False)
    await world.admin.update(ADA, other, URL, [EventType.SESSION_CREATED], True)
    await world.step("s1")
    await world.step("elsewhere", desk_id="other")
    await world.step("s2", type=EventType.SESSION_CREATED)
    found = {hook: [event.session_id for event in await world.log(hook)] for hook in (off, other, late)}
    assert found == {off: [], other: ["s2"], late: ["s1", "s2"]}


async def test_beyond_the_limit_the_oldest_events_die(world: WebhookWorld, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 5.13
    monkeypatch.setattr(mongo_webhook_events, "MAX_WAITING", 3)
    monkeypatch.setattr(mongo_webhook_events, "TRIMMED_EVERY", 5)
    hook = await world.add(URL)
    await world.step(*"abcde")
    log = await world.log(hook)
    assert [event.state for event in log] == [EventState.DEAD] * 2 + [EventState.QUEUED] * 3
    assert (log[0].failure, log[0].ended_at) == ("More than 10,000 events waited for this endpoint", world.clock.now())
    assert await world.admin.replay(ADA, hook, []) == 0
    await world.database["webhook_events"].delete_one({"_id": log[-1].id})
    assert await world.admin.replay(ADA, hook, []) == 1
    assert [event.state for event in await world.log(hook)] == [EventState.QUEUED, EventState.DEAD] + [EventState.QUEUED] * 2


async def test_ended_events_and_deleted_endpoints_are_forgotten(world: WebhookWorld) -> None:  # spec 5.13
    hook, gone = await world.add(URL, "1"), await world.add(URL, "2")
    await world.step("s1", "s2")
    first = (await world.log(hook))[0]
    await world.events.save_try(replace(first, state=EventState.DELIVERED, ended_at=world.clock.now()))
    await world.admin.delete(ADA, gone)
    await world.admin.delete(ADA, gone)
    assert [endpoint.webhook.id for endpoint in await world.admin.endpoints(ADA)] == [hook]
    stored = await world.database["webhooks"].find_one({"_id": gone})
    assert not {"desk_id", "url", "secret"} & stored.keys()
    assert [json.loads(entry)["action"] for entry in stored["audit"]] == ["created", "deleted"]
    assert not await world.events.add(WebhookEvent(f"{gone}:s:9", gone, "s", STATUS_CHANGED, world.clock.now()))

    await world.events.forget(world.clock.now())
    assert len(await world.log(hook)) == 2
    await world.events.forget(world.clock.now() + timedelta(seconds=1))
    await world.webhooks.forget(world.clock.now() + timedelta(seconds=1))
    assert [event.session_id for event in await world.log(hook)] == ["s2"]
    assert await world.database["webhook_events"].count_documents({"webhook_id": gone}) == 0
    assert await world.database["webhooks"].count_documents({}) == 1


async def test_an_endpoint_is_added_once_and_each_change_is_audited(world: WebhookWorld) -> None:  # spec 5.13 10.5
    first = await world.admin.create(ADA, "c1", URL, EVENTS)
    assert await world.admin.create(ADA, "c1", URL, EVENTS) == first
    assert len(first.webhook.secret) >= 32
    with pytest.raises(CommandIdReused):
        await world.admin.create(ADA, "c1", URL + "2", EVENTS)
    changed = await world.admin.update(ADA, first.webhook.id, URL + "3", EVENTS[:1], False)
    assert (changed.webhook.url, changed.webhook.enabled, changed.webhook.events) == (URL + "3", False, frozenset(EVENTS[:1]))
    assert (changed.webhook.secret, changed.webhook.version) == (first.webhook.secret, 2)
    stored = await world.database["webhooks"].find_one({"_id": first.webhook.id})
    entries = [json.loads(entry) for entry in stored["audit"]]
    assert [(entry["action"], entry["by"], entry["url"], entry["enabled"]) for entry in entries] == [
        ("created", "ada", URL, True),
        ("updated", "ada", URL + "3", False),
    ]
    assert first.webhook.secret not in "".join(stored["audit"])


async def test_a_desk_has_a_limited_number_of_endpoints(world: WebhookWorld) -> None:  # spec 5.13
    for number in range(18):
        await world.add(URL, str(number))
    outcomes = await asyncio.gather(*(world.add(URL, f"x{number}") for number in range(5)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} <= {str, TooManyWebhooks}
    assert len(await world.admin.endpoints(ADA)) <= 20
    with pytest.raises(TooManyWebhooks):
        for number in range(3):
            await world.add(URL, f"y{number}")


async def test_a_body_has_the_id_of_the_sessions_last_message(world: WebhookWorld) -> None:  # spec 5.13
    async def message(revision: int, id: str) -> None:
        step = SessionStep("harbour", "s1", revision, None, world.clock.now(), id, lambda last: "", "", "")
        await world.queue.session_stepped(step)

    await message(1, "before the endpoint")
    assert await world.last_messages.of("s1") == ""
    hook = await world.add(URL)
    await message(4, "m2")
    await message(3, "m1")
    await world.step("s1", "s2")
    assert [json.loads((await world.events.one(event.id)).body)[0]["last"] for event in await world.log(hook)] == ["m2", ""]  # type: ignore[union-attr]
    await world.last_messages.forget(world.clock.now() + timedelta(seconds=1))
    assert await world.last_messages.of("s1") == ""


async def test_events_are_listed_in_pages(world: WebhookWorld) -> None:  # spec 5.13
    hook = await world.add(URL)
    await world.step(*"abcde")
    pages, token = [], ""
    for _ in range(3):
        page, token = await world.admin.events(ADA, hook, 2, token)
        pages.append([event.session_id for event in page])
    assert (pages, token) == ([["e", "d"], ["c", "b"], ["a"]], "")


Act = Callable[[WebhookWorld, Caller, str], Awaitable[object]]
ACTS: dict[str, Act] = {
    "list": lambda world, by, hook: world.admin.endpoints(by),
    "create": lambda world, by, hook: world.admin.create(by, "c9", URL, EVENTS),
    "update": lambda world, by, hook: world.admin.update(by, hook, URL, EVENTS, True),
    "delete": lambda world, by, hook: world.admin.delete(by, hook),
    "test": lambda world, by, hook: world.admin.test(by, "t", hook),
    "events": lambda world, by, hook: world.admin.events(by, hook, 0, ""),
    "replay": lambda world, by, hook: world.admin.replay(by, hook, []),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_only_admins_manage_endpoints_and_only_their_own(world: WebhookWorld, act: Act) -> None:  # spec 5.13 10.2
    hook = await world.add(URL)
    limited = [replace(ADA, companies=frozenset({"acme"})), replace(ADA, boards=frozenset({"projects"}))]
    others = [replace(ADA, role="supervisor"), replace(ADA, role=""), replace(ADA, kind="customer"), replace(ADA, kind="service")]
    for by in (*limited, *others):
        with pytest.raises(NotAllowed):
            await act(world, by, hook)
    stranger = replace(ADA, desk_id="other")
    if act not in (ACTS["list"], ACTS["create"], ACTS["delete"]):
        with pytest.raises(NoSuchWebhook):
            await act(world, stranger, hook)
    else:
        await act(world, stranger, hook)
    assert (await world.endpoint(hook)).webhook.version == 1


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (lambda world, hook: world.admin.create(ADA, "", URL, EVENTS), "command_id"),
        (lambda world, hook: world.admin.create(ADA, "c" * 65, URL, EVENTS), "command_id"),
        (lambda world, hook: world.admin.create(ADA, "c", "http://10.0.0.1/", EVENTS), "url"),
        (lambda world, hook: world.admin.create(ADA, "c", "https://10.0.0.1/", EVENTS), "url"),
        (lambda world, hook: world.admin.create(ADA, "c", "https://2130706433/", EVENTS), "url"),
        (lambda world, hook: world.admin.create(ADA, "c", URL, []), "events"),
        (lambda world, hook: world.admin.update(ADA, hook, "https://[::1]/", EVENTS, True), "url"),
        (lambda world, hook: world.admin.test(ADA, "", hook), "command_id"),
        (lambda world, hook: world.admin.events(ADA, hook, 101, ""), "page_size"),
        (lambda world, hook: world.admin.events(ADA, hook, 0, "next"), "page_token"),
        (lambda world, hook: world.admin.events(ADA, hook, 0, "9" * 40), "page_token"),
        (lambda world, hook: world.admin.events(ADA, hook, 0, "1" * 5000), "page_token"),
        (lambda world, hook: world.admin.replay(ADA, hook, ["e"] * 101), "event_ids"),
    ],
)
async def test_a_wrong_argument_is_named_and_changes_nothing(
    world: WebhookWorld, act: Callable[[WebhookWorld, str], Awaitable[object]], field: str
) -> None:  # spec 5.13
    hook = await world.add(URL)
    with pytest.raises(WrongArgument) as raised:
        await act(world, hook)
    assert raised.value.field == field
    (endpoint,) = await world.admin.endpoints(ADA)
    assert (endpoint.webhook.version, endpoint.waiting) == (1, 0)


async def test_an_endpoint_that_is_off_cannot_be_tested(world: WebhookWorld) -> None:  # spec 5.13
    hook = await world.add(URL)
    await world.admin.update(ADA, hook, URL, EVENTS, False)
    with pytest.raises(WebhookIsOff) as raised:
        await world.admin.test(ADA, "t", hook)
    assert isinstance(raised.value, NotifyError)


async def test_a_desk_without_endpoints_costs_one_read_in_two_seconds(world: WebhookWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []

    async def of_desk(desk_id: str) -> list[Any]:
        reads.append(desk_id)
        return []

    monkeypatch.setattr(world.queue._endpoints, "_read", of_desk)
    await world.step(*"abc")
    assert reads == ["harbour"]
    world.clock.set_forward(2)
    await world.step("a")
    assert reads == ["harbour"] * 2
