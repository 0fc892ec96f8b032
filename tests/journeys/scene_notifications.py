"""Good requests to DeliveryService and WebhookService, for the tests of all RPCs."""

from typing import TYPE_CHECKING

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from parley.notify.v1 import delivery_pb2 as v
from parley.notify.v1 import webhooks_pb2 as w
from parley.presence.v1 import presence_pb2 as p
from tests.journeys.team import INSIDE

if TYPE_CHECKING:
    from tests.journeys.scene import Scene

Good = tuple[str, Message]
# Of a browser's Web Push: an address that nobody subscribed, and a point of P-256.
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/parley-test"
IN_2100 = Timestamp(seconds=4102444800)
P256DH = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"


async def good_deliveries(scene: "Scene") -> dict[str, Good]:
    listed = p.ListPagesRequest(desk_id=scene.desk.id, person_ids=[scene.id("ava")])
    page = next(iter((await scene.do("PresenceService.ListPages", INSIDE, listed)).pages))
    tested = v.TestNotificationRequest(connection_id=page.connection_id)
    delivery_id = (await scene.do("DeliveryService.TestNotification", "ava", tested)).delivery_id
    subscribed = v.SubscribeRequest(endpoint=ENDPOINT, p256dh=P256DH, auth="A" * 22, browser_id="b1", sign_in_expires_at=IN_2100)
    preferences = v.Preferences(sound=True, volume=40, chat_sound="bell", message_sound="pulse", language="de")
    received = v.ReportDeliveryRequest(delivery_id=delivery_id, outcome=v.DELIVERY_OUTCOME_SOUND_BLOCKED, reason="Not allowed.")
    asked: dict[str, Good] = {
        "GetPreferences": ("ava", v.GetPreferencesRequest()),
        "UpdatePreferences": ("ava", v.UpdatePreferencesRequest(preferences=preferences)),
        "GetPushKey": ("ava", v.GetPushKeyRequest()),
        "Subscribe": ("leo", subscribed),
        "Unsubscribe": ("leo", v.UnsubscribeRequest(endpoint=ENDPOINT)),
        "TestNotification": ("ava", tested),
        "GetDelivery": ("ava", v.GetDeliveryRequest(delivery_id=delivery_id)),
        "ReportDelivery": ("ava", received),
        "GetPersonData": (INSIDE, v.GetPersonDataRequest(desk_id=scene.desk.id, person_id=scene.id("mia"))),
    }
    return {f"DeliveryService.{name}": good for name, good in asked.items()}


async def good_webhooks(scene: "Scene") -> dict[str, Good]:
    url, events = "https://hooks.invalid/parley", [w.WEBHOOK_EVENT_TYPE_SESSION_CREATED]
    made = w.CreateWebhookRequest(command_id="first", url=url, events=events)
    webhook_id = (await scene.do("WebhookService.CreateWebhook", "ava", made)).webhook.webhook_id
    asked: dict[str, Good] = {
        "ListWebhooks": ("ava", w.ListWebhooksRequest()),
        "CreateWebhook": ("ava", w.CreateWebhookRequest(url=url, events=events)),
        "UpdateWebhook": ("ava", w.UpdateWebhookRequest(webhook_id=webhook_id, url=url, events=events, enabled=True)),
        "DeleteWebhook": ("ava", w.DeleteWebhookRequest(webhook_id=webhook_id)),
        "TestWebhook": ("ava", w.TestWebhookRequest(webhook_id=webhook_id)),
        "ListWebhookEvents": ("ava", w.ListWebhookEventsRequest(webhook_id=webhook_id, page_size=10)),
        "ReplayWebhookEvents": ("ava", w.ReplayWebhookEventsRequest(webhook_id=webhook_id)),
    }
    return {f"WebhookService.{name}": with_command_id(good, name) for name, good in asked.items()}


def with_command_id(good: Good, name: str) -> Good:
    _, request = good
    if "command_id" in request.DESCRIPTOR.fields_by_name:
        request.command_id = f"good-{name}"  # type: ignore[attr-defined]
    return good
