"""What the handlers need from outside. Every method may raise Unavailable."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from servicekit.identity import Caller
from services.notify.domain.card import Card
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.domain.session_alert import AlertEvent, SessionAlert
from services.notify.domain.webhook import Webhook, WebhookEvent
from services.notify.domain.webhook_delivery import Answer


class EngineerWithPresence(NamedTuple):
    """`presence` is None while none was announced."""

    engineer: Engineer
    presence: PresenceFact | None


class SessionAlerts(Protocol):
    """Alerts by session, for each session that ever alerted anyone. One save is atomic and includes the events to publish."""

    async def load(self, session_id: str) -> SessionAlert | None: ...

    async def save(self, session_alert: SessionAlert, events: Sequence[AlertEvent]) -> bool:
        """False when another save came first. A save adds one to the version."""

    async def open(self, desk_id: str = "") -> dict[str, str]:
        """Ids of sessions whose alerts may still change, each with its desk. Of all desks when `desk_id` is empty."""

    async def alerting(self, person_id: str) -> list[SessionAlert]:
        """Those that hold an active alert of this engineer."""

    async def forget(self, before: datetime) -> None:
        """Deletes those that are no longer open and were last changed before that moment."""


class Engineers(Protocol):
    """A copy of engineers and their presence. A write with an older revision changes nothing."""

    async def of_desk(self, desk_id: str) -> list[EngineerWithPresence]: ...

    async def one(self, person_id: str) -> EngineerWithPresence | None: ...

    async def put(self, engineers: Sequence[Engineer]) -> None: ...

    async def put_presence(self, person_id: str, presence: PresenceFact) -> bool:
        """False when no such engineer is stored."""


class Owners(Protocol):
    """The services that own what notify copies."""

    async def engineers(self) -> list[Engineer]:
        """Of all desks, disabled ones included."""

    async def presences(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        """The current presence, by person. People without any are left out."""

    async def active_sessions(self) -> list[Card]:
        """The waiting and handled sessions of all desks."""

    async def session(self, desk_id: str, session_id: str) -> Card | None:
        """None when the desk has no such session."""


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

        Beyond MOST_WAITING the oldest waiting events die; that is checked at every hundredth event. Raises Busy.
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
