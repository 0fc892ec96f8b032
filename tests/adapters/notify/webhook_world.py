"""A desk with webhooks on a real store: the queue, the admin's calls and senders on connections to receivers of the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from servicekit.identity import Caller
from servicekit.metrics import Metrics
from services.notify.domain.webhook import EventState, EventType, WebhookEvent
from services.notify.handlers.webhook_admin import Endpoint, WebhookAdmin
from services.notify.handlers.webhook_queue import SessionStep, WebhookQueue
from services.notify.handlers.webhook_sender import WebhookSender
from services.notify.outbound import mongo_last_messages, mongo_webhook_events, mongo_webhooks
from services.notify.outbound.mongo_last_messages import MongoLastMessages
from services.notify.outbound.mongo_webhook_events import MongoWebhookEvents
from services.notify.outbound.mongo_webhooks import MongoWebhooks
from services.notify.outbound.webhook_http import WebhookHttpClient
from services.notify.webhook_contract import sample_body
from tests.fakes.clock import TurnedClock
from tests.fakes.waiting import until

ADA = Caller(kind="engineer", id="ada", name="Ada", desk_id="harbour", role="admin")
STATUS_CHANGED = EventType.SESSION_STATUS_CHANGED


class WebhookWorld:
    def __init__(self, database: Any) -> None:
        self.clock, self.metrics, self.database = TurnedClock(), Metrics("notify"), database
        self.webhooks, self.events = MongoWebhooks(database), MongoWebhookEvents(database, self.clock)
        self.allow: Sequence[str] = ["127.0.0.1"]
        self.last_messages = MongoLastMessages(database)
        self.queue = WebhookQueue(self.webhooks, self.events, self.last_messages, self._wake, self.clock, self.metrics)
        self.admin = WebhookAdmin(self.webhooks, self.events, self.http(), self.queue, lambda: sample_body(self.clock.now()), self.clock)
        self.senders: list[WebhookSender] = []
        self.revisions: dict[str, int] = {}

    async def prepare(self) -> "WebhookWorld":
        for store in (mongo_webhooks, mongo_webhook_events, mongo_last_messages):
            await self.database[store.COLLECTION].create_indexes(store.INDEXES)
        return self

    def http(self, **more: Any) -> WebhookHttpClient:
        return WebhookHttpClient(self.allow, self.clock, **{"timeout": 0.5, **more})

    async def add(self, url: str, command_id: str = "") -> str:
        """Returns the endpoint's id."""
        events = [EventType.SESSION_CREATED, STATUS_CHANGED]
        return (await self.admin.create(ADA, command_id or url, url, events)).webhook.id

    async def step(self, *sessions: str, desk_id: str = "harbour", type: EventType = STATUS_CHANGED) -> list[str]:
        """The next revision of each session. Returns `session:revision` of each."""
        made = []
        for session in sessions:
            revision = self.revisions[session] = self.revisions.get(session, 0) + 1
            at, title = self.clock.now(), f"Title {session}"
            step = SessionStep(desk_id, session, revision, type, at, "", lambda last: json.dumps([{"last": last}]), title, "Mia")
            await self.queue.session_stepped(step)
            made.append(f"{session}:{revision}")
        return made

    async def endpoint(self, webhook_id: str) -> Endpoint:
        return next(endpoint for endpoint in await self.admin.endpoints(ADA) if endpoint.webhook.id == webhook_id)

    async def log(self, webhook_id: str) -> list[WebhookEvent]:
        """Oldest first."""
        return (await self.admin.events(ADA, webhook_id, 100, ""))[0][::-1]

    async def tried(self, webhook_id: str, times: int) -> WebhookEvent:
        """The oldest event once it was tried so often."""
        found: list[WebhookEvent] = []

        async def enough() -> bool:
            found[:] = await self.log(webhook_id)
            return bool(found) and found[0].tries >= times

        await until(enough)
        return found[0]

    async def all_delivered(self, webhook_id: str) -> None:
        async def ended() -> bool:
            return all(event.state is EventState.DELIVERED for event in await self.log(webhook_id))

        await until(ended)

    @asynccontextmanager
    async def sending(self, http: WebhookHttpClient | None = None, replicas: int = 1) -> AsyncIterator[None]:
        senders = [
            WebhookSender(self.webhooks, self.events, self.last_messages, http or self.http(), self.clock, self.metrics, sweep_seconds=0.02)
            for _ in range(replicas)
        ]
        self.senders += senders
        tasks = [asyncio.create_task(sender.run()) for sender in senders]
        yield
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)
        self.senders = [sender for sender in self.senders if sender not in senders]

    def _wake(self) -> None:
        for sender in self.senders:
            sender.wake()
