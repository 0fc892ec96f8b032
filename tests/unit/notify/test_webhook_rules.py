"""The rules of webhooks: addresses, back-off, pause and death of events, and the body."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from parley.chat.v1 import chat_pb2 as chat
from services.notify.domain.errors import WrongArgument
from services.notify.domain.public_address import is_public
from services.notify.domain.webhook import EventState, EventType, Webhook, WebhookEvent, checked_events
from services.notify.domain.webhook_delivery import Answer, after_try, answer_of, resumed
from services.notify.domain.webhook_target import Target, is_listed, target_of
from services.notify.outbound.webhook_http import WebhookHttpClient
from services.notify.webhook_contract import body_of, step_in
from tests.fakes.clock import TurnedClock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CREATED = frozenset({EventType.SESSION_CREATED})
HOOK = Webhook("w", "harbour", "https://example.com/", "secret", CREATED, True, START, "", START)
EVENT = WebhookEvent("w:s:1", "w", "s", EventType.SESSION_CREATED, START, "[]", 1)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1"),
        *("224.0.1.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "203.0.113.9", "192.88.99.1"),
        *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1"),
        *("ff02::1", "ff0e::1", "2001:db8::1", "2001::1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:  # spec 5.8, 5.13
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_is_accepted(address: str) -> None:  # spec 5.13
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "target", "allowed"),
    [
        ("https://example.com", Target("https", "example.com", 443, "/"), False),
        ("HTTPS://Example.COM:8443/a/b?c=d&e=%20", Target("https", "example.com", 8443, "/a/b?c=d&e=%20"), False),
        ("https://bücher.example/ü", Target("https", "xn--bcher-kva.example", 443, "/%C3%BC"), False),
        ("https://[2606:4700::1111]/x", Target("https", "2606:4700::1111", 443, "/x"), False),
        ("http://inside.example:9000/", Target("http", "inside.example", 9000, "/"), True),
        ("https://inside.example:9001/", Target("https", "inside.example", 9001, "/"), False),
        ("http://erp.example./", Target("http", "erp.example", 80, "/"), True),
        ("http://[::1]:8080/", Target("http", "::1", 8080, "/"), True),
    ],
)
def test_an_address_is_read_once(url: str, target: Target, allowed: bool) -> None:  # spec 5.13
    allow = ["inside.example:9000", "ERP.example", "[::1]:8080"]
    assert target_of(url, allow) == target
    assert is_listed(target.host, target.port, allow) is allowed


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "//example.com", "ftp://example.com", "file:///etc/passwd", "http://example.com/", "https://", "https:///x"),
        *("https://a b/", "https://example.com/\r\nX: y", "https://example.com\\@10.0.0.1/", "https://user@example.com/", "https://u:p@h/"),
        *("https://example.com/#part", "https://example.com:99999/", "https://example.com:x/", "https://[::1", "https://a..b/"),
        *("https://" + "a" * 64 + ".example/", "https://example.com/" + "x" * 1000, "https://exa%6dple.com/", "https://ex\u00adample\x7f/"),
    ],
)
def test_an_invalid_address_is_refused_with_its_field(url: str) -> None:  # spec 5.13
    with pytest.raises(WrongArgument) as raised:
        target_of(url, ["inside.example"])
    assert raised.value.field == "url"


HOSTS = ["hooks.example", "erp.example:8443", "[2606:4700::1111]"]


@pytest.mark.parametrize(
    "url",
    [
        "https://HOOKS.example./a",
        "https://hooks.example:9/",
        "https://erp.example:8443/",
        "https://[2606:4700::1111]/",
        "http://inside.example/",
    ],
)
def test_a_listed_host_may_be_sent_to(url: str) -> None:  # spec 5.13
    assert target_of(url, ["inside.example"], HOSTS) == target_of(url, ["inside.example"])


@pytest.mark.parametrize("url", ["https://example.com/", "https://a.hooks.example/", "https://erp.example/", "http://hooks.example/"])
def test_no_other_host_may_be_sent_to_where_hosts_are_listed(url: str) -> None:  # spec 5.13
    with pytest.raises(WrongArgument) as raised:
        target_of(url, ["inside.example"], HOSTS)
    assert raised.value.field == "url"


async def test_an_endpoint_that_is_not_listed_gets_no_request() -> None:  # spec 5.13
    http = WebhookHttpClient([], TurnedClock(), hosts=HOSTS)
    refusal = "Webhooks are only sent to the hosts that the operator of Parley has listed"
    assert await http.refusal("https://example.com/") == refusal
    assert await http.send(replace(HOOK, url="https://example.com/"), EVENT) == Answer(failure=refusal)


@pytest.mark.parametrize("events", [[], [EventType.TEST], [None], [EventType.SESSION_CREATED, None]])
def test_only_events_of_sessions_can_be_chosen(events: list[EventType | None]) -> None:  # spec 5.13
    with pytest.raises(WrongArgument) as raised:
        checked_events(events)
    assert raised.value.field == "events"


@pytest.mark.parametrize(
    ("status", "retry_after", "failure", "wait"),
    [
        (200, "", "", 0),
        (204, "9", "", 0),
        (302, "", "It redirects (status 302); redirects are not followed", 0),
        (404, "", "Status 404", 0),
        (500, "x", "Status 500", 0),
        (503, "120", "Status 503", 120),
        (503, "-5", "Status 503", 0),
        (429, "9" * 400, "Status 429", 3600),
        (429, "Mon, 02 Mar 2026 09:00:30 GMT", "Status 429", 30),
        (429, "Mon, 02 Mar 2026 08:00:00 GMT", "Status 429", 0),
    ],
)
def test_only_a_status_from_200_to_299_accepts_an_event(status: int, retry_after: str, failure: str, wait: int) -> None:  # spec 5.13
    assert answer_of(status, retry_after, START) == Answer(status, failure, timedelta(seconds=wait))


def test_retries_wait_longer_and_after_ten_failures_the_endpoint_is_paused() -> None:  # spec 5.13
    hook, event, at, waits = HOOK, EVENT, START, []
    for _ in range(12):
        hook, event = after_try(hook, event, Answer(500, "Status 500"), at)
        waits.append((hook.not_before - at).total_seconds())
        assert (event.next_try_at, hook.paused_until) == (hook.not_before, hook.not_before if hook.failures >= 10 else None)
        at = hook.not_before
    assert waits == [5, 15, 60, *[300] * 6, *[1800] * 3]
    assert (event.state, event.tries, event.failure, hook.failure) == (EventState.QUEUED, 12, "Status 500", "Status 500")

    ended = resumed(hook, at)
    assert (ended.failures, ended.paused_until, ended.not_before) == (0, None, at)
    hook, event = after_try(hook, event, Answer(200), at)
    assert (hook.failures, hook.paused_until, hook.delivered_at) == (0, None, at)
    assert (event.state, event.failure, event.ended_at) == (EventState.DELIVERED, "", at)


@pytest.mark.parametrize(("asked", "wait"), [(2, 5), (90, 90), (7200, 3600)])
def test_retry_after_delays_the_next_try_for_an_hour_at_most(asked: int, wait: int) -> None:  # spec 5.13
    hook, _ = after_try(HOOK, EVENT, Answer(503, "Status 503", timedelta(seconds=asked)), START)
    assert hook.not_before == START + timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("status", "failing_for", "state"),
    [(500, timedelta(hours=23, minutes=59), EventState.QUEUED), (500, timedelta(hours=24), EventState.DEAD), (410, None, EventState.DEAD)],
)
def test_an_event_dies_after_a_day_or_when_the_endpoint_is_gone(
    status: int, failing_for: timedelta | None, state: EventState
) -> None:  # spec 5.13
    before = replace(EVENT, failing_since=START - failing_for if failing_for else None)
    hook, event = after_try(HOOK, before, Answer(status, f"Status {status}"), START)
    assert (event.state, event.ended_at) == (state, START if state is EventState.DEAD else None)
    assert hook.not_before > START


def changed(*events: str, **card: object) -> chat.SessionChanged:
    mia, ava = chat.Person(id="mia", name="Mia", side=chat.SIDE_CUSTOMER), chat.Person(id="ava", name="Ava", side=chat.SIDE_ENGINEER)
    entry = chat.SessionEntry(session_id="s", revision=2)
    entry.at.FromDatetime(START)
    for kind in events:
        event = entry.events.add()
        getattr(event, kind).SetInParent()
        if kind == "message_posted":
            event.message_posted.MergeFrom(chat.MessagePosted(message_id="m1", text="my password is hunter2"))
    facts = {"session_id": "s", "desk_id": "harbour", "revision": 2, "title": "Printer is on fire", "customer": mia, "creator": mia, **card}
    found = chat.SessionChanged(entry=entry, card=chat.SessionCard(**{"participants": [mia, ava], **facts}))  # type: ignore[arg-type]
    found.card.opened_at.FromDatetime(START)
    return found


@pytest.mark.parametrize(
    ("events", "type"),
    [
        (("session_opened", "message_posted"), EventType.SESSION_CREATED),
        (("participant_joined", "status_changed"), EventType.SESSION_STATUS_CHANGED),
        (("session_voided",), None),
        (("participant_joined",), None),
        (("note_written",), None),
    ],
)
def test_a_new_session_and_a_new_status_are_events(events: tuple[str, ...], type: EventType | None) -> None:  # spec 5.13
    step = step_in(changed(*events))
    assert (step.type if step else None) == type


def test_a_message_alone_is_no_event() -> None:  # spec 5.13
    step = step_in(changed("message_posted"))
    assert step is not None
    assert (step.type, step.message_id) == (None, "m1")


def test_the_body_has_the_documented_fields_and_no_text_of_a_message() -> None:  # spec 3.1 5.13
    statuses = {"status": chat.CHAT_STATUS_ABANDONED, "past_statuses": [chat.CHAT_STATUS_WAITING], "type": chat.CHAT_TYPE_REQUEST}
    step = step_in(changed("session_opened", "message_posted", **statuses))
    assert step is not None
    body = step.body(step.message_id)
    (session,) = json.loads(body)
    assert list(session) == [
        *("id", "name", "type", "status", "pastStatus", "report", "reference", "creator", "callback", "targetUsers", "closeRecord"),
        *("closedDateTime", "users", "participants", "lastMessageId", "createdDateTime", "lastModifiedDateTime"),
    ]
    assert (session["type"], session["status"], session["pastStatus"]) == ("request", "missed", ["created"])
    assert (session["report"], session["callback"], session["closedDateTime"]) == (None, None, None)
    assert [person["id"] for person in session["users"]] == ["mia", "ava"]
    assert session["creator"] == {"id": "mia", "name": "Mia", "side": "customer"}
    assert (session["lastMessageId"], session["createdDateTime"]) == ("m1", "2026-03-02T09:00:00.000Z")
    assert "hunter2" not in body


def test_a_push_chat_is_for_its_customer_and_a_request_for_the_invited() -> None:  # spec 5.13
    sam = chat.Person(id="sam", name="Sam", side=chat.SIDE_ENGINEER)
    for type, target in ((chat.CHAT_TYPE_PUSH, "mia"), (chat.CHAT_TYPE_REQUEST, "sam")):
        (session,) = json.loads(body_of(changed("status_changed", type=type, invited=[sam]).card, ""))
        assert [person["id"] for person in session["targetUsers"]] == [target]
