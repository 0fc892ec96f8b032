"""What admins do with their desk's endpoints (spec 5.13). Each change is audited in the same write (spec 10.5)."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from servicekit.clock import Clock
from servicekit.identity import Caller
from servicekit.logs import log
from services.notify.domain.access import must_be_admin
from services.notify.domain.errors import Busy, CommandIdReused, NoSuchWebhook, TooManyWebhooks, WebhookIsOff, WrongArgument
from services.notify.domain.webhook import (
    MAX_PER_DESK,
    EventType,
    Webhook,
    WebhookEvent,
    checked_command_id,
    checked_events,
    digest_of,
)
from services.notify.handlers.webhook_queue import WebhookQueue
from services.notify.webhook_ports import Audit, WebhookEvents, WebhookHttp, Webhooks

MAX_RACES = 20
USUAL_PAGE, LARGEST_PAGE = 50, 100
MAX_REPLAYED_BY_ID = 100
MAX_DIGITS = 16


class Endpoint(NamedTuple):
    """`waiting` and `dead` count its events."""

    webhook: Webhook
    waiting: int
    dead: int


class WebhookAdmin:
    """Every method raises NotAllowed for anyone but an admin, and NoSuchWebhook for another desk's endpoint."""

    def __init__(
        self, webhooks: Webhooks, events: WebhookEvents, http: WebhookHttp, queue: WebhookQueue, test_body: Callable[[], str], clock: Clock
    ) -> None:
        self._webhooks, self._events, self._http, self._queue = webhooks, events, http, queue
        self._test_body, self._clock = test_body, clock

    async def endpoints(self, by: Caller) -> list[Endpoint]:
        """The desk's endpoints, oldest first."""
        must_be_admin(by, "manage webhooks")
        webhooks = await self._webhooks.of_desk(by.desk_id)
        counts = await self._events.counts([webhook.id for webhook in webhooks])
        return [Endpoint(webhook, *counts[webhook.id]) for webhook in webhooks]

    async def create(self, by: Caller, command_id: str, url: str, events: Sequence[EventType | None]) -> Endpoint:
        """Raises WrongArgument, TooManyWebhooks or CommandIdReused. A repeat returns the endpoint that the first call added."""
        must_be_admin(by, "manage webhooks")
        id = digest_of(by.desk_id, by.id, checked_command_id(command_id))
        chosen, request = checked_events(events), digest_of(url, *sorted(event for event in events if event))
        first = await self._webhooks.one(by.desk_id, id)
        if first is None:
            await self._check_url(url)
            first = await self._add(by, id, url, chosen, request)
        if first.request != request:
            raise CommandIdReused("This command id was used for something else", field="command_id")
        return await self._endpoint(first)

    async def update(self, by: Caller, webhook_id: str, url: str, events: Sequence[EventType | None], enabled: bool) -> Endpoint:
        """Enabling also ends a pause. Raises WrongArgument or Busy."""
        must_be_admin(by, "manage webhooks")
        before, chosen = await self._one(by, webhook_id), checked_events(events)
        if url != before.url:
            await self._check_url(url)
        for _ in range(MAX_RACES):
            now = self._clock.now()
            after = replace(before, url=url, events=chosen, enabled=enabled, failures=0, not_before=now, paused_until=None)
            if await self._webhooks.change(after, Audit("updated", by, now), resume=enabled):
                self._changed(by, after, "updated")
                return await self._endpoint(await self._one(by, webhook_id))
            before = await self._one(by, webhook_id)
        raise Busy(f"Others keep changing {webhook_id}")

    async def delete(self, by: Caller, webhook_id: str) -> None:
        """Also removes the endpoint's events. A repeat changes nothing."""
        must_be_admin(by, "manage webhooks")
        webhook = await self._webhooks.one(by.desk_id, webhook_id)
        if webhook is None:
            return
        await self._webhooks.delete(webhook, Audit("deleted", by, self._clock.now()))
        await self._events.delete_of(webhook_id)
        self._changed(by, webhook, "deleted")

    async def test(self, by: Caller, command_id: str, webhook_id: str) -> WebhookEvent:
        """Queues a test event behind those that wait. Raises WebhookIsOff. A repeat returns the first event."""
        webhook = await self._one(by, webhook_id)
        id = f"{webhook.id}:test:{digest_of(by.id, checked_command_id(command_id))}"
        if first := await self._events.one(id):
            return first
        if not webhook.enabled:
            raise WebhookIsOff("Switch the endpoint on first", field="webhook_id")
        event = WebhookEvent(id, webhook.id, "", EventType.TEST, self._clock.now(), self._test_body())
        await self._queue.put(event)
        return await self._events.one(id) or event

    async def events(self, by: Caller, webhook_id: str, page_size: int, page_token: str) -> tuple[list[WebhookEvent], str]:
        """The endpoint's events, newest first, and the token of the next page. Raises WrongArgument."""
        webhook = await self._one(by, webhook_id)
        if page_size > LARGEST_PAGE:
            raise WrongArgument(f"A page has at most {LARGEST_PAGE} events", field="page_size")
        size = page_size or USUAL_PAGE
        found = await self._events.page(webhook.id, _number_from(page_token), size + 1)
        return found[:size], str(found[size - 1].number) if len(found) > size else ""

    async def replay(self, by: Caller, webhook_id: str, event_ids: Sequence[str]) -> int:
        """Queues dead events again, in their old order and with their ids; all when `event_ids` is empty. Raises WrongArgument."""
        webhook = await self._one(by, webhook_id)
        if len(event_ids) > MAX_REPLAYED_BY_ID:
            raise WrongArgument(f"At most {MAX_REPLAYED_BY_ID} events are named at once", field="event_ids")
        queued = await self._events.replay(webhook.id, event_ids)
        for _ in range(MAX_RACES):
            if await self._webhooks.change(webhook, Audit("replayed", by, self._clock.now()), resume=False):
                self._changed(by, webhook, "replayed")
                return queued
            webhook = await self._one(by, webhook_id)
        raise Busy(f"Others keep changing {webhook_id}")

    async def _add(self, by: Caller, id: str, url: str, chosen: frozenset[EventType], request: str) -> Webhook:
        too_many = TooManyWebhooks(f"A desk has at most {MAX_PER_DESK} endpoints")
        if len(await self._webhooks.of_desk(by.desk_id)) >= MAX_PER_DESK:
            raise too_many
        now = self._clock.now()
        new = Webhook(id, by.desk_id, url, secrets.token_urlsafe(32), chosen, True, now, request, now)
        added = await self._webhooks.add(new, Audit("created", by, now))
        if added is None:
            raise CommandIdReused("The endpoint that this command added was deleted", field="command_id")
        # Others may have been added at the same time; then each of them may be refused.
        if len(await self._webhooks.of_desk(by.desk_id)) > MAX_PER_DESK:
            await self._webhooks.delete(new, Audit("deleted", by, now))
            raise too_many
        self._changed(by, new, "created")
        return added

    async def _check_url(self, url: str) -> None:
        if refusal := await self._http.refusal(url):
            raise WrongArgument(refusal, field="url")

    async def _one(self, by: Caller, webhook_id: str) -> Webhook:
        must_be_admin(by, "manage webhooks")
        webhook = await self._webhooks.one(by.desk_id, webhook_id)
        if webhook is None:
            raise NoSuchWebhook("There is no such endpoint", field="webhook_id")
        return webhook

    async def _endpoint(self, webhook: Webhook) -> Endpoint:
        return Endpoint(webhook, *(await self._events.counts([webhook.id]))[webhook.id])

    def _changed(self, by: Caller, webhook: Webhook, action: str) -> None:
        self._queue.forget(by.desk_id)
        log.info("webhook_changed", action=action, webhook=webhook.id, desk=by.desk_id, by=by.id)


def _number_from(page_token: str) -> int:
    """The number of the last event of the page before; 0 for the first page. Raises WrongArgument."""
    if not page_token:
        return 0
    # The length comes first, because Python reads no number of thousands of digits.
    if len(page_token) <= MAX_DIGITS and page_token.isascii() and page_token.isdigit() and (number := int(page_token)):
        return number
    raise WrongArgument("This is not the token of a page", field="page_token")
