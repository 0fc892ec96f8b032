"""What the handlers need from outside. Every method may raise Unavailable."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from services.notify.domain.card import Card, Reason
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.domain.delivery import Delivery
from services.notify.domain.ladder import AlertSettings
from services.notify.domain.page import Page
from services.notify.domain.preferences import Preferences
from services.notify.domain.push import Attempt, Push
from services.notify.domain.session_alert import AlertEvent, EngineerWithPresence, SessionAlert
from services.notify.domain.subscription import Subscription


class SessionAlerts(Protocol):
    """Alerts by session, for each session that ever alerted anyone. One save is atomic and includes the events to publish."""

    async def load(self, session_id: str) -> SessionAlert | None: ...

    async def save(self, session_alert: SessionAlert, events: Sequence[AlertEvent]) -> bool:
        """False when another save came first. A save adds one to the version."""

    async def open(self) -> dict[str, str]:
        """Ids of sessions whose alerts may still change, each with its desk. Of all desks."""

    async def open_of_desk(self, desk_id: str) -> list[SessionAlert]:
        """The desk's session alerts that may still change."""

    async def alerts_person(self, session_id: str, person_id: str, reason: Reason) -> bool:
        """Whether the session has an active alert of this person with this reason. It does not load the session's other people."""

    async def alerting(self, person_id: str) -> list[SessionAlert]:
        """Those that hold an active alert of this engineer."""

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Sessions with a notification that is due, those that are due first in front."""

    async def next_due(self) -> datetime | None:
        """When the next notification of any session is due."""

    async def forget(self, before: datetime) -> None:
        """Deletes those that are no longer open and were last changed before that moment."""


class Engineers(Protocol):
    """A copy of engineers and their presence, and what both were before. A write with an older revision changes nothing."""

    async def who_may_see(self, card: Card, others: Sequence[str]) -> list[EngineerWithPresence]:
        """The engineers of the card's desk who may see its company, and `others` by their ids."""

    async def of_ids(self, person_ids: Sequence[str]) -> dict[str, EngineerWithPresence]:
        """Those of these people who are engineers."""

    async def one(self, person_id: str) -> EngineerWithPresence | None: ...

    async def put(self, engineers: Sequence[Engineer]) -> None: ...

    async def put_presence(self, person_id: str, presence: PresenceFact) -> bool:
        """False when no such engineer is stored."""

    async def put_push(self, person_id: str, push_when_away: bool) -> None:
        """Changes nothing for people who are not engineers."""

    async def as_of(self, person_id: str, moment: datetime) -> EngineerWithPresence | None:
        """The engineer right before that moment. What was recorded first counts for earlier moments. None for an unknown engineer."""

    async def forget(self, before: datetime) -> None:
        """Deletes what was recorded before that moment."""


class Deliveries(Protocol):
    """The records of notifications. One save is atomic and includes what is published to the page."""

    async def add(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Returns those that were added; an existing id changes nothing."""

    async def load(self, delivery_id: str) -> Delivery | None: ...

    async def save(self, delivery: Delivery, *, send: bool = False) -> bool:
        """False when another save came first. `send` publishes the notification to the delivery's page."""

    async def of_session(self, session_id: str, person_ids: Sequence[str]) -> list[Delivery]:
        """Those about a session to these people, oldest first. Without those of its messages, of which there may be any number."""

    async def unconfirmed(self, now: datetime, limit: int) -> list[str]:
        """Ids of those whose page did not confirm in time, the oldest first."""

    async def next_unconfirmed(self) -> datetime | None:
        """When the next confirmation is due."""

    async def forget(self, before: datetime) -> None:
        """Deletes those that were asked for before that moment."""


class PreferencesStore(Protocol):
    """What people want of notifications, for those who changed it."""

    async def of_people(self, person_ids: Sequence[str]) -> dict[str, Preferences]: ...

    async def put(self, desk_id: str, person_id: str, preferences: Preferences) -> None:
        """Leaves `disabled` as it is."""

    async def put_disabled(self, desk_id: str, person_id: str, disabled: bool) -> None:
        """Whether the person may sign in, as the directory published it."""


class SettingsStore(Protocol):
    """The alert settings of desks."""

    async def of(self, desk_id: str) -> AlertSettings: ...

    async def version_of(self, desk_id: str) -> int: ...

    async def update(self, desk_id: str, settings: AlertSettings, version: int, by: Any, at: datetime) -> int:
        """Returns the new version. Raises VersionConflict, and changes nothing, when `version` is not the current one."""


class SubscribedPeople(Protocol):
    """Who has a browser with Web Push."""

    async def of_people(self, person_ids: Sequence[str]) -> Mapping[str, Sequence[Any]]:
        """The subscriptions, by person. People without any are left out."""


class PushTask(NamedTuple):
    """A delivery to send by Web Push to all subscriptions of the person, or to `endpoint` alone. `tries` counts earlier claims."""

    delivery_id: str
    person_id: str
    desk_id: str
    payload: bytes
    urgency: str
    ttl_seconds: int
    tag: str
    asked_at: datetime
    tries: int
    endpoint: str = ""


class PushOutcome(NamedTuple):
    """`accepted`: by how many push services. With `retry_at` the delivery is due again then; with neither it has failed."""

    accepted: int
    failure: str = ""
    retry_at: datetime | None = None


class PushDeliveries(Protocol):
    """The deliveries to send by Web Push. Several replicas claim them."""

    async def claim_pushes(self, now: datetime, until: datetime, limit: int) -> list[PushTask]:
        """Up to `limit` due ones that nobody has claimed. They are due again at `until`, unless `pushed` comes first."""

    async def pushed(self, delivery_id: str, outcome: PushOutcome, now: datetime) -> None:
        """Records the outcome and ends the claim."""

    async def next_push_at(self) -> datetime | None:
        """When the next one is due, claimed ones included; None while there is none."""


class Owners(Protocol):
    """The services that own what notify copies."""

    async def engineers(self) -> list[Engineer]:
        """Of all desks, disabled ones included."""

    async def presences(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        """The current presence, by person. People without any are left out."""

    async def pages(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, list[Page]]:
        """The open pages of up to 1000 people."""

    async def active_sessions(self) -> list[Card]:
        """The waiting and handled sessions of all desks."""

    async def session(self, desk_id: str, session_id: str) -> Card | None:
        """None when the desk has no such session."""


class SubscriptionStore(Protocol):
    """Web Push subscriptions, at most MOST_A_PERSON (domain/subscription.py) a person."""

    async def put(self, subscription: Subscription) -> None:
        """Replaces one with the same endpoint, also another person's. Deletes the person's oldest ones beyond the bound."""

    async def of_people(self, person_ids: Sequence[str]) -> dict[str, list[Subscription]]:
        """By person, newest first. People without any are left out."""

    async def remove_of_sign_in(self, person_id: str, sign_in_id: str) -> int:
        """Those that the person's browser stored under this sign-in. Returns how many."""

    async def remove_expired(self, now: datetime) -> int:
        """Those whose sign-in has expired. Returns how many."""

    async def remove(self, endpoint: str, person_id: str = "") -> bool:
        """Only if it is this person's, unless `person_id` is empty. False when there was none."""


class PushKey(Protocol):
    """The key pair with which all replicas sign pushes (VAPID)."""

    async def public_key(self) -> str:
        """An uncompressed point of P-256, base64url without padding. The first call of all replicas makes the key."""


class PushService(Protocol):
    """Sends to the push services of browsers."""

    async def send(self, subscription: Subscription, push: Push) -> Attempt:
        """Takes at most 10 s. Raises only Unavailable, when the store with the key does not answer."""
