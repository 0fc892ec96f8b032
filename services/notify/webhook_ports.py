"""What the handlers of webhooks need from outside. Every method may raise Unavailable."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from servicekit.identity import Caller
from services.notify.domain.webhook import Webhook, WebhookEvent
from services.notify.domain.webhook_delivery import Answer


class Audit(NamedTuple):
    """Who changed an endpoint; `action` is created, updated, replayed or deleted."""

    action: str
    by: Caller
    at: datetime


class Webhooks(Protocol):
    """A desk's endpoints. A change by an admin and its audit entry are one write."""

    async def of_desk(self, desk_id: str) -> list[Webhook]:
        """Oldest first."""

    async def one(self, desk_id: str, webhook_id: str) -> Webhook | None: ...

    async def add(self, webhook: Webhook, audit: Audit) -> Webhook | None:
        """Returns the endpoint that has this id, which may be an earlier one. None when that one was deleted."""

    async def change(self, webhook: Webhook, audit: Audit, *, resume: bool) -> bool:
        """Saves address, events and state over the previous version, with `resume` also the end of a back-off or pause.

        The sender then looks whether an event waits. False when another change came first.
        """

    async def delete(self, webhook: Webhook, audit: Audit) -> None:
        """Removes the endpoint's secret and address; its audit entries are kept until `forget`."""

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Ids of endpoints with events to send."""

    async def lease(self, webhook_id: str, owner: str, now: datetime, until: datetime) -> Webhook | None:
        """The endpoint if it is due and no other owner has it leased. Until then only `owner` sends to it."""

    async def save_try(self, webhook: Webhook, owner: str, *, keep: bool) -> None:
        """Saves what a try led to, if `owner` still has the lease; ends the lease unless `keep`."""

    async def idle(self, webhook: Webhook, owner: str) -> bool:
        """No event of the endpoint waits. False when one was queued after the endpoint was leased; the lease then continues."""

    async def release(self, owner: str) -> None:
        """Ends all leases of this owner."""

    async def forget(self, before: datetime) -> None:
        """Deletes what is left of endpoints that were deleted before that moment."""


class WebhookEvents(Protocol):
    """The events of endpoints, each endpoint's in its own order."""

    async def add(self, event: WebhookEvent) -> bool:
        """Queues the event as the endpoint's last. False, and nothing changes, for an existing id or a deleted endpoint.

        Beyond MAX_WAITING the oldest waiting events die; that is checked at every hundredth event. Raises Busy.
        """

    async def one(self, event_id: str) -> WebhookEvent | None: ...

    async def next(self, webhook_id: str) -> WebhookEvent | None:
        """The first event that waits."""

    async def save_try(self, event: WebhookEvent) -> None: ...

    async def page(self, webhook_id: str, before: int, limit: int) -> list[WebhookEvent]:
        """Newest first, with numbers below `before`, or the newest ones when it is 0. Without bodies."""

    async def counts(self, webhook_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """How many wait and how many are dead, by endpoint."""

    async def replay(self, webhook_id: str, event_ids: Sequence[str]) -> int:
        """Queues these dead events again, or all when there are none, oldest first and as many as may wait. Returns how many."""

    async def delete_of(self, webhook_id: str) -> None: ...

    async def forget(self, before: datetime) -> None:
        """Deletes events that were delivered or died before that moment."""


class LastMessages(Protocol):
    """The id of the last message of sessions."""

    async def put(self, session_id: str, revision: int, message_id: str, at: datetime) -> None:
        """A message with an older revision changes nothing."""

    async def of(self, session_id: str) -> str:
        """ "" for a session without any."""

    async def forget(self, before: datetime) -> None:
        """Deletes those from before that moment."""


class WebhookHttp(Protocol):
    async def refusal(self, url: str) -> str:
        """Why the address is not allowed, now that its host is resolved; "" when it is, or when the host cannot be resolved."""

    async def send(self, webhook: Webhook, event: WebhookEvent) -> Answer:
        """One request. Never raises for what the endpoint does."""
