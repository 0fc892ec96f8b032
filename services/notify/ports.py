"""What the handlers need from outside. Every method may raise Unavailable."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from services.notify.domain.card import Card, Reason
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.domain.desk_settings import AlertSettings
from services.notify.domain.page import Page
from services.notify.domain.preferences import Preferences
from services.notify.domain.push import Attempt, Push
from services.notify.domain.session_alert import AlertEvent, AlertOf, EngineerWithPresence, SessionAlert
from services.notify.domain.subscription import Subscription


class SessionAlerts(Protocol):
    """Alerts by session, for each session that ever alerted anyone. One save is atomic and includes the events to publish."""

    async def load(self, session_id: str) -> SessionAlert | None: ...

    async def save(self, session_alert: SessionAlert, events: Sequence[AlertEvent], before: SessionAlert | None = None) -> bool:
        """False when another save came first. A save adds one to the version. With what was loaded `before`, a change of one engineer's
        part writes that part alone."""

    async def open(self, desk_id: str) -> set[str]:
        """Ids of the desk's sessions whose alerts may still change: at most its waiting and handled sessions, and those whose end was not
        consumed."""

    async def open_to(self, engineer: Engineer) -> list[Card]:
        """The cards of the desk's sessions that alert somebody, that do not alert this engineer, and whose company they may see."""

    async def active(self, session_ids: Sequence[str]) -> set[tuple[str, str, Reason]]:
        """The active alerts of these sessions: session, person and reason."""

    async def cards(self, session_ids: Sequence[str]) -> dict[str, Card]:
        """The cards of those of these sessions that ever alerted anyone."""

    async def alerting(self, person_id: str) -> list[AlertOf]:
        """This engineer's part of those that hold an active alert of theirs."""

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Sessions with a notification that is due, those that are due first in front."""

    async def next_due(self) -> datetime | None:
        """When the next notification of any session is due."""

    async def forget(self, before: datetime) -> None:
        """Deletes those that are no longer open and were last changed before that moment."""


class Engineers(Protocol):
    """A copy of engineers and their presence, and what both were before. A write with an older revision changes nothing."""

    def held(self, card: Card) -> list[EngineerWithPresence] | None:
        """Those of the desk who may see the card's company and were online when they were read last, without a call. It may lack some, and
        have some who have just changed. None when it has nobody of the desk."""

    async def reachable(self, card: Card, others: Sequence[str]) -> list[EngineerWithPresence]:
        """The engineers of the card's desk who can be alerted now and may see its company, and `others` by their ids.

        It reads no other engineers: its cost does not depend on those who are offline.
        """

    async def of_ids(self, person_ids: Sequence[str]) -> dict[str, EngineerWithPresence]:
        """Those of these people who are engineers."""

    async def one(self, person_id: str) -> EngineerWithPresence | None: ...

    async def put(self, engineers: Sequence[Engineer]) -> None: ...

    async def put_presence(self, person_id: str, presence: PresenceFact) -> bool:
        """False when no such engineer is stored."""

    async def put_push(self, person_id: str, push_when_away: bool, at: datetime) -> None:
        """Changes nothing for people who are not engineers."""

    async def as_of(self, person_id: str, moment: datetime) -> EngineerWithPresence | None:
        """The engineer right before that moment. The access and presence recorded first count for earlier moments, and before the first
        change of `push_when_away` it was the opposite. None for an unknown engineer."""

    async def forget(self, before: datetime) -> None:
        """Deletes what was replaced before that moment; what still applied then stays."""


class PreferencesStore(Protocol):
    """What people want of notifications, for those who changed it."""

    async def of_people(self, person_ids: Sequence[str]) -> dict[str, Preferences]: ...

    async def put(self, desk_id: str, person_id: str, preferences: Preferences) -> None:
        """Leaves `disabled` as it is, and the saved language if there is none in `preferences`."""

    async def put_disabled(self, desk_id: str, person_id: str, disabled: bool) -> None:
        """Whether the person may sign in, as the directory published it."""


class SettingsStore(Protocol):
    """The alert settings of desks."""

    async def of(self, desk_id: str) -> AlertSettings: ...

    async def version_of(self, desk_id: str) -> int: ...

    async def update(self, desk_id: str, settings: AlertSettings, version: int, by: Any, at: datetime) -> int:
        """Returns the new version, also for a repeat. Raises VersionConflict, and changes nothing, for an outdated `version`."""


class SubscribedPeople(Protocol):
    """Who has a browser with Web Push."""

    async def of_people(self, person_ids: Sequence[str]) -> Mapping[str, Sequence[Any]]:
        """The subscriptions, by person. People without any are left out."""


class Owners(Protocol):
    """The services that own what notify copies."""

    def engineers(self) -> AsyncIterator[list[Engineer]]:
        """Of all desks, disabled ones included, page by page."""

    async def presences(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        """The current presence, by person. People without any are left out."""

    async def pages(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, list[Page]]:
        """The open pages of up to 1000 people."""

    def active_sessions(self, desk_id: str) -> AsyncIterator[list[Card]]:
        """The desk's waiting and handled sessions, page by page."""

    async def session(self, desk_id: str, session_id: str) -> Card | None:
        """None when the desk has no such session."""


class SubscriptionStore(Protocol):
    """Web Push subscriptions, at most MAX_PER_PERSON (domain/subscription.py) a person."""

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
