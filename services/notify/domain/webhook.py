"""Outbound webhooks: a desk's endpoints, and the events that wait for each of them (spec 5.13)."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.notify.domain.errors import WrongArgument

MAX_PER_DESK = 20
MAX_COMMAND_ID = 64
SIGNATURE_VERSION = "v1"


class EventType(StrEnum):
    SESSION_CREATED = "session_created"
    SESSION_STATUS_CHANGED = "session_status_changed"
    TEST = "test"


class EventState(StrEnum):
    QUEUED = "queued"
    DELIVERED = "delivered"
    DEAD = "dead"


# What an endpoint may subscribe to. A test is sent to any endpoint.
SUBSCRIBED = frozenset({EventType.SESSION_CREATED, EventType.SESSION_STATUS_CHANGED})


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint. `version` counts the changes by admins, `sequence` the events that were queued for it.

    `failures` are the failed tries since an event was last accepted. Nothing is sent before `not_before`; it is also `paused_until` while
    the endpoint is paused. `request` is a hash of what the admin asked for when it was created.
    """

    id: str
    desk_id: str
    url: str
    secret: str
    events: frozenset[EventType]
    enabled: bool
    created_at: datetime
    request: str
    not_before: datetime
    version: int = 1
    sequence: int = 0
    failures: int = 0
    paused_until: datetime | None = None
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event for one endpoint. `number` is its place in the endpoint's order; the store sets it.

    `title` and `customer_name` are the session's, for the delivery log; empty for a test and in events of earlier versions.
    `failing_since` is when it first failed, since it was queued or replayed. `ended_at` is when it was delivered or died.
    """

    id: str
    webhook_id: str
    session_id: str
    type: EventType
    at: datetime
    body: str = ""
    number: int = 0
    state: EventState = EventState.QUEUED
    tries: int = 0
    tried_at: datetime | None = None
    status: int = 0
    failure: str = ""
    failing_since: datetime | None = None
    next_try_at: datetime | None = None
    ended_at: datetime | None = None
    title: str = ""
    customer_name: str = ""


def checked_events(events: Sequence[EventType | None]) -> frozenset[EventType]:
    """What an endpoint subscribes to. Raises WrongArgument for none, and for a type that cannot be subscribed to."""
    chosen = frozenset(events)
    if not chosen:
        raise WrongArgument("Choose at least one event", field="events")
    if not chosen <= SUBSCRIBED:
        raise WrongArgument("An endpoint can receive new sessions and changes of status", field="events")
    return frozenset(event for event in chosen if event)


def checked_command_id(command_id: str) -> str:
    """Raises WrongArgument."""
    if not 1 <= len(command_id) <= MAX_COMMAND_ID:
        raise WrongArgument(f"A command id has 1 to {MAX_COMMAND_ID} characters", field="command_id")
    return command_id


def digest_of(*parts: str) -> str:
    """24 hex digits, the same for the same parts: an id that a repeated command finds again."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def event_id_of(webhook_id: str, session_id: str, revision: int) -> str:
    """One event for each endpoint and revision of a session, however often its record is consumed."""
    return f"{webhook_id}:{session_id}:{revision}"


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """The header Parley-Signature. `timestamp` is the header Parley-Timestamp; it is signed, so an old request cannot be sent again."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"{SIGNATURE_VERSION}={digest.hexdigest()}"
