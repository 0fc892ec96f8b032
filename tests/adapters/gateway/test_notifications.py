"""Page states to presence, notifications to one page, and reports of deliveries to notify."""

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from parley.notify.v1 import delivery_pb2 as delivery
from parley.notify.v1 import notify_pb2 as notify
from parley.notify.v1 import webhooks_pb2 as webhooks
from parley.presence.v1 import presence_pb2 as presence
from servicekit import kafka_topics as topics
from servicekit.errors import Kind, TypedError
from servicekit.identity import new_id
from servicekit.kafka_records import Record
from tests.adapters.gateway.browser import Socket
from tests.adapters.gateway.conftest import until
from tests.adapters.gateway.peers import SIGN_INS_EXPIRE, Peers
from tests.adapters.gateway.published import Open, Publish, tags_until

STATE: dict[str, Any] = {
    "t": "pageState",
    "visible": True,
    "focused": True,
    "installed": False,
    "permission": "NOTIFICATION_PERMISSION_GRANTED",
    "soundAllowed": True,
    "sessionIds": ["s2", "s1"],
    "browserId": "b1",
}
EXPECTED = presence.PageState(
    visible=True,
    focused=True,
    permission=presence.NOTIFICATION_PERMISSION_GRANTED,
    sound_allowed=True,
    session_ids=["s1", "s2"],
    browser_id="b1",
)


def states(peers: Peers) -> list[presence.PageState]:
    """The states that presence received of Mia's pages, one for each report of a connection that has one."""
    return [fact.page for fact in peers.presence.facts() if fact.person_id == "mia" and fact.HasField("page")]


async def answered(page: Socket) -> None:
    """Returns when the gateway has handled the frames that the page sent before."""
    await page.send({"t": "watchPeople", "personIds": ["mia"]})
    await page.receive("presence")


async def test_a_page_state_is_reported_when_it_changes_and_again_in_a_full_report(browser_of: Open, peers: Peers) -> None:  # spec 5.4
    page = await browser_of("mia").page()
    await page.send(STATE)
    await until(lambda: bool(states(peers)))
    assert states(peers) == [EXPECTED]

    # The same windows in another order, then the page is hidden.
    await page.send({**STATE, "sessionIds": ["s1", "s2", "s1"]})
    await answered(page)
    await page.send({**STATE, "visible": False})
    await until(lambda: len(states(peers)) > 1)
    assert [state.visible for state in states(peers)] == [True, False]

    peers.presence.want_full = True
    await page.send({"t": "activity"})
    await until(lambda: peers.presence.reports[-1].full and len(peers.presence.reports) > 1)
    assert not states(peers)[-1].visible and states(peers)[-1].browser_id == "b1"


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({**STATE, "sessionIds": ["s"] * 51}, "sessionIds"),
        ({**STATE, "sessionIds": ["s" * 65]}, "sessionIds[0]"),
        ({**STATE, "browserId": "b" * 65}, "browserId"),
        ({**STATE, "browserId": ""}, "browserId"),
        ({**STATE, "permission": "granted"}, "permission"),
        ({**STATE, "visible": "yes"}, "visible"),
        ({"t": "delivery", "deliveryId": "d1", "outcome": "DELIVERY_OUTCOME_UNSPECIFIED"}, "outcome"),
        ({"t": "delivery", "deliveryId": "d1", "outcome": "DELIVERY_OUTCOME_FAILED", "reason": "x" * 201}, "reason"),
        ({"t": "delivery", "outcome": "DELIVERY_OUTCOME_FAILED"}, "deliveryId"),
    ],
)
async def test_a_bad_field_is_refused_and_changes_nothing(
    browser_of: Open, peers: Peers, frame: dict[str, Any], field: str
) -> None:  # spec 11.1
    page = await browser_of("mia").page()
    await page.send(frame)
    refusal = (await page.receive("refused"))["refusal"]
    assert (refusal["kind"], refusal["code"], refusal["field"]) == ("invalid_argument", "bad_frame", field)
    await answered(page)
    assert (states(peers), peers.notify.calls) == ([], [])


async def test_a_notification_is_sent_to_the_page_that_notify_chose(browser_of: Open, publish: Publish, peers: Peers) -> None:  # spec 5.4
    browser = browser_of("mia")
    chosen, other, ava = await browser.page(), await browser.page(), await browser_of("ava").page()

    def sent(connection_id: str, id: str, event_id: str = "") -> Record:
        what = notify.NotificationSent(connection_id=connection_id, notification=delivery.Notification(delivery_id=id, show=True))
        value = notify.NotifyEvent(event_id=event_id or new_id(), notification_sent=what).SerializeToString()
        return Record(topics.NOTIFY.name, "mia", value, {"desk": peers.desk_id, "people": "mia", "kind": "notification_sent"})

    changed = notify.NotifyEvent(event_id=new_id(), settings_changed=notify.AlertSettingsChanged(desk_id=peers.desk_id, version=1))
    headers = {"desk": peers.desk_id, "people": "", "kind": "settings_changed"}
    first = chosen.frames[0]["connectionId"]
    await publish(
        Record(topics.NOTIFY.name, f"settings:{peers.desk_id}", changed.SerializeToString(), headers),
        sent(ava.frames[0]["connectionId"], "of another person"),
        sent(first, "d1", "once"),
        sent(first, "d1", "once"),
        sent(first, "d2"),
        sent(other.frames[0]["connectionId"], "d3"),
    )

    assert await tags_until(chosen, "notification", deliveryId="d2") == ["notification", "notification"]
    assert [frame["deliveryId"] for frame in chosen.frames if frame["t"] == "notification"] == ["d1", "d2"]
    assert await tags_until(other, "notification", deliveryId="d3") == ["notification"]
    await ava.send({"t": "watchPeople", "personIds": ["ava"]})
    assert "notification" not in await tags_until(ava, "presence")


async def test_what_a_page_did_with_a_notification_is_passed_on_as_its_person(browser_of: Open, peers: Peers) -> None:  # spec 5.9
    page = await browser_of("mia").page()
    peers.refuses["ReportDelivery"] = TypedError.of(Kind.NOT_FOUND, "no_such_delivery", "There is no such delivery.")
    await page.send({"t": "delivery", "deliveryId": "gone", "outcome": "DELIVERY_OUTCOME_RECEIVED"})
    await answered(page)
    del peers.refuses["ReportDelivery"]
    await page.send({"t": "delivery", "deliveryId": "d1", "outcome": "DELIVERY_OUTCOME_RECEIVED"})
    await page.send({"t": "delivery", "deliveryId": "d1", "outcome": "DELIVERY_OUTCOME_CLICKED", "reason": "accept"})
    await until(lambda: len(peers.notify.requests("ReportDelivery")) >= 2)

    reported = [(request.outcome, request.reason) for request in peers.notify.requests("ReportDelivery") if request.delivery_id == "d1"]
    assert reported == [(delivery.DELIVERY_OUTCOME_RECEIVED, ""), (delivery.DELIVERY_OUTCOME_CLICKED, "accept")]
    assert {caller.id for _, caller, _ in peers.notify.calls} == {"mia"}
    assert "refused" not in [frame["t"] for frame in page.frames]


SUBSCRIBED = delivery.SubscribeRequest(endpoint="https://x", sign_in_expires_at=Timestamp(seconds=SIGN_INS_EXPIRE))
# Verb, path, body, method, request. Both apps have the first ones, TECH also the others.
OF_BOTH: list[tuple[str, str, Any, str, Any]] = [
    ("GET", "/preferences", None, "GetPreferences", delivery.GetPreferencesRequest()),
    (
        "PUT",
        "/preferences",
        {"preferences": {"volume": 40}},
        "UpdatePreferences",
        delivery.UpdatePreferencesRequest(preferences=delivery.Preferences(volume=40)),
    ),
    ("GET", "/push-key", None, "GetPushKey", delivery.GetPushKeyRequest()),
    # Until the sign-in expires, whatever the page says.
    ("POST", "/subscriptions", {"endpoint": "https://x", "signInExpiresAt": "2200-01-01T00:00:00Z"}, "Subscribe", SUBSCRIBED),
    ("POST", "/subscriptions/remove", {"endpoint": "https://x"}, "Unsubscribe", delivery.UnsubscribeRequest(endpoint="https://x")),
    ("POST", "/test-notification", {"connectionId": "c"}, "TestNotification", delivery.TestNotificationRequest(connection_id="c")),
    ("GET", "/deliveries/s1:waiting:ava:0", None, "GetDelivery", delivery.GetDeliveryRequest(delivery_id="s1:waiting:ava:0")),
    (
        "POST",
        "/deliveries/s1%3Awaiting%3Aava%3A0",
        {"outcome": "DELIVERY_OUTCOME_SHOWN"},
        "ReportDelivery",
        delivery.ReportDeliveryRequest(delivery_id="s1:waiting:ava:0", outcome=delivery.DELIVERY_OUTCOME_SHOWN),
    ),
]
OF_TECH: list[tuple[str, str, Any, str, Any]] = [
    ("GET", "/settings/alerts", None, "GetSettings", notify.GetSettingsRequest()),
    ("PUT", "/settings/alerts", {"version": 3}, "UpdateSettings", notify.UpdateSettingsRequest(version=3)),
    ("GET", "/sessions/s1/explanation?person=bo", None, "ExplainAlert", notify.ExplainAlertRequest(session_id="s1", person_id="bo")),
    ("GET", "/webhooks", None, "ListWebhooks", webhooks.ListWebhooksRequest()),
    ("POST", "/webhooks", {"commandId": "c"}, "CreateWebhook", webhooks.CreateWebhookRequest(command_id="c")),
    ("PUT", "/webhooks/w1", {"enabled": True}, "UpdateWebhook", webhooks.UpdateWebhookRequest(webhook_id="w1", enabled=True)),
    ("DELETE", "/webhooks/w1", None, "DeleteWebhook", webhooks.DeleteWebhookRequest(webhook_id="w1")),
    ("POST", "/webhooks/w1/test", {"commandId": "c"}, "TestWebhook", webhooks.TestWebhookRequest(webhook_id="w1", command_id="c")),
    ("GET", "/webhooks/w1/events?page=p2", None, "ListWebhookEvents", webhooks.ListWebhookEventsRequest(webhook_id="w1", page_token="p2")),
    (
        "POST",
        "/webhooks/w1/replay",
        {"eventIds": ["e"]},
        "ReplayWebhookEvents",
        webhooks.ReplayWebhookEventsRequest(webhook_id="w1", event_ids=["e"]),
    ),
]


async def test_each_route_of_notify_is_one_call_as_the_signed_in_person(browser_of: Open, peers: Peers) -> None:  # spec 10.2, 10.3
    for person, routes in (("ava", [*OF_BOTH, *OF_TECH]), ("mia", OF_BOTH)):
        browser = browser_of(person)
        for verb, path, body, method, request in routes:
            answer = await browser.api(verb, path, json=body)
            assert answer.status_code == 200, (path, answer.text)
            name, caller, received = peers.notify.calls[-1]
            assert (name, caller.id, received) == (method, person, request)


async def test_the_portal_has_no_routes_of_tech(browser_of: Open, peers: Peers) -> None:  # spec 10.2
    mia = browser_of("mia")
    for verb, path, body, _, _ in OF_TECH:
        assert (await mia.api(verb, path, json=body)).status_code in (404, 405), path
    assert peers.notify.calls == []


async def test_a_write_needs_the_origin_and_the_sign_in_of_its_page(browser_of: Open, peers: Peers) -> None:  # spec 10.7, 10.8
    ava = browser_of("ava")
    for verb, path, body, _, _ in (*OF_BOTH, *OF_TECH):
        if verb != "GET":
            elsewhere = await ava.api(verb, path, json=body, headers={"Origin": "https://evil.example"})
            assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (403, "wrong_origin"), path
            unnamed = await ava.api(verb, path, json=body, headers={"Parley-Sign-In": ""})
            assert (unnamed.status_code, unnamed.json()["error"]["code"]) == (400, "sign_in_not_named"), path
    assert peers.notify.calls == []


async def test_a_role_that_may_not_call_gets_the_error_of_the_service(browser_of: Open, peers: Peers) -> None:  # spec 10.3
    peers.refuses["DeleteWebhook"] = TypedError.of(Kind.PERMISSION_DENIED, "admins_only", "Only admins change webhooks.")
    answer = await browser_of("bo").api("DELETE", "/webhooks/w1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "admins_only")
