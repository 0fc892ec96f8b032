"""WebhookService: translation only."""

from typing import Any

from parley.notify.v1 import webhooks_pb2 as pb
from parley.notify.v1 import webhooks_pb2_grpc as rpc
from servicekit.grpc_server import caller_of
from services.notify.handlers.webhook_admin import WebhookAdmin
from services.notify.webhook_contract import TYPE_OF, endpoint_to_proto, event_to_proto

# Only people, who must be admins, manage webhooks; service accounts may call none of these RPCs.
SCOPES: dict[str, str] = {}


class WebhookApi(rpc.WebhookServiceServicer):
    def __init__(self, webhooks: WebhookAdmin) -> None:
        self._webhooks = webhooks

    async def ListWebhooks(self, request: pb.ListWebhooksRequest, context: Any) -> pb.ListWebhooksResponse:
        return pb.ListWebhooksResponse(webhooks=map(endpoint_to_proto, await self._webhooks.endpoints(caller_of(context))))

    async def CreateWebhook(self, request: pb.CreateWebhookRequest, context: Any) -> pb.CreateWebhookResponse:
        events = [TYPE_OF.get(number) for number in request.events]
        endpoint = await self._webhooks.create(caller_of(context), request.command_id, request.url, events)
        return pb.CreateWebhookResponse(webhook=endpoint_to_proto(endpoint), secret=endpoint.webhook.secret)

    async def UpdateWebhook(self, request: pb.UpdateWebhookRequest, context: Any) -> pb.UpdateWebhookResponse:
        events = [TYPE_OF.get(number) for number in request.events]
        endpoint = await self._webhooks.update(caller_of(context), request.webhook_id, request.url, events, request.enabled)
        return pb.UpdateWebhookResponse(webhook=endpoint_to_proto(endpoint))

    async def DeleteWebhook(self, request: pb.DeleteWebhookRequest, context: Any) -> pb.DeleteWebhookResponse:
        await self._webhooks.delete(caller_of(context), request.webhook_id)
        return pb.DeleteWebhookResponse()

    async def TestWebhook(self, request: pb.TestWebhookRequest, context: Any) -> pb.TestWebhookResponse:
        return pb.TestWebhookResponse(
            event=event_to_proto(await self._webhooks.test(caller_of(context), request.command_id, request.webhook_id))
        )

    async def ListWebhookEvents(self, request: pb.ListWebhookEventsRequest, context: Any) -> pb.ListWebhookEventsResponse:
        events, more = await self._webhooks.events(caller_of(context), request.webhook_id, request.page_size, request.page_token)
        return pb.ListWebhookEventsResponse(events=map(event_to_proto, events), next_page_token=more)

    async def ReplayWebhookEvents(self, request: pb.ReplayWebhookEventsRequest, context: Any) -> pb.ReplayWebhookEventsResponse:
        queued = await self._webhooks.replay(caller_of(context), request.webhook_id, list(request.event_ids))
        return pb.ReplayWebhookEventsResponse(queued=queued)
