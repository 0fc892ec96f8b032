"""Queues an event for each endpoint of a desk when a session begins or its status changes (spec 5.13).

An event is stored before the offset of its record is committed. A record that is consumed again finds its event by the event's id.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from servicekit.clock import Clock
from servicekit.desk_settings import CachedSettings
from servicekit.metrics import Metrics
from services.notify.domain.webhook import EventType, Webhook, WebhookEvent, event_id_of
from services.notify.webhook_ports import LastMessages, WebhookEvents, Webhooks


@dataclass(frozen=True, slots=True)
class SessionStep:
    """A revision of a session at which it began, its status changed or someone wrote a message.

    `type` is None when it only has a message, and `message_id` is "" without one. `body` makes the body of its requests from the id of the
    session's last message.
    """

    desk_id: str
    session_id: str
    revision: int
    type: EventType | None
    at: datetime
    message_id: str
    body: Callable[[str], str]
    title: str
    customer_name: str


class WebhookQueue:
    """`send` is called when an event was queued; it does not wait. A change by another replica is seen within CACHED_FOR."""

    def __init__(
        self,
        webhooks: Webhooks,
        events: WebhookEvents,
        last_messages: LastMessages,
        send: Callable[[], None],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._events, self._last_messages, self._send = events, last_messages, send
        self._endpoints = CachedSettings[list[Webhook]](webhooks.of_desk, clock)
        self._queued = metrics.counter("webhook_events_total", "Webhook events queued, by type", ["type"])
        for type in EventType:
            self._queued.labels(type.value)

    def forget(self, desk_id: str) -> None:
        """An endpoint of the desk was changed by this replica."""
        self._endpoints.forget(desk_id)

    async def has_endpoints(self, desk_id: str) -> bool:
        """Whether `session_stepped` has anything to do for the desk's sessions."""
        return any(webhook.enabled for webhook in await self._endpoints.of(desk_id))

    async def session_stepped(self, step: SessionStep) -> None:
        """An endpoint that is off, or was added after the step, gets no event."""
        switched_on = [webhook for webhook in await self._endpoints.of(step.desk_id) if webhook.enabled]
        if switched_on and step.message_id:
            await self._last_messages.put(step.session_id, step.revision, step.message_id, step.at)
        wanting = [webhook for webhook in switched_on if step.type in webhook.events and step.at >= webhook.created_at]
        if not wanting or step.type is None:
            return
        body = step.body(step.message_id or await self._last_messages.of(step.session_id))
        for webhook in wanting:
            id = event_id_of(webhook.id, step.session_id, step.revision)
            event = WebhookEvent(id, webhook.id, step.session_id, step.type, step.at, body)
            await self.put(replace(event, title=step.title, customer_name=step.customer_name))

    async def put(self, event: WebhookEvent) -> None:
        if await self._events.add(event):
            self._queued.labels(event.type.value).inc()
        self._send()
