"""What the handlers need for deliveries. Every method may raise Unavailable."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from services.notify.domain.delivery import Delivery
from services.notify.domain.delivery_report import DeliveryReport
from services.notify.domain.notification import Kind
from services.notify.domain.preferences import Preferences
from services.notify.domain.push import PushOutcome
from services.notify.domain.subscription import Subscription


class Deliveries(Protocol):
    """The records of notifications."""

    async def add(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Returns those that were added, as stored; an existing id changes nothing."""

    async def of_ids(self, delivery_ids: Sequence[str]) -> list[Delivery]:
        """In any order. Unknown ids are left out."""

    async def save(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Returns those that were saved, as stored. Of the others another save came first, and they are unchanged."""

    async def report(self, desk_id: str, person_id: str, delivery_id: str, report: DeliveryReport, now: datetime) -> bool:
        """Records a report in the usual order (domain/delivery_report.py) with one update. False when it changed nothing."""

    async def mark_sent(self, delivery_ids: Sequence[str], at: datetime) -> None:
        """These were published to their pages. Does not make a concurrent save fail."""

    async def of_session(self, session_id: str, person_ids: Sequence[str]) -> list[Delivery]:
        """The deliveries of a session to these people, oldest first, without those of messages."""

    async def pushed_of_session(self, session_id: str, person_ids: Sequence[str]) -> list[Delivery]:
        """The ones of `of_session` that are on Web Push. It does not load the others."""

    async def unconfirmed(self, now: datetime, limit: int) -> list[str]:
        """Ids of those whose page did not confirm in time, the oldest first."""

    async def next_unconfirmed(self) -> datetime | None:
        """When the next confirmation is due."""

    async def forget(self, before: datetime) -> None:
        """Deletes those that were asked for before that moment."""


class NotificationSender(Protocol):
    """Publishes notifications to the gateways that hold the pages."""

    async def send(self, deliveries: Sequence[Delivery]) -> None:
        """All in one batch. After a repeat the page ignores a delivery that it has handled."""


class PushTask(NamedTuple):
    """A delivery to send by Web Push to all subscriptions of the person, to those with the ids `to`, or to `endpoint` alone.

    `tries` counts earlier claims.
    """

    delivery_id: str
    person_id: str
    desk_id: str
    session_id: str
    kind: Kind
    payload: bytes
    urgency: str
    ttl_seconds: int
    tag: str
    asked_at: datetime
    tries: int
    endpoint: str = ""
    to: tuple[str, ...] = ()
    engineer: bool = True
    close: bool = False


class PushDeliveries(Protocol):
    """The deliveries to send by Web Push. Several replicas claim them."""

    async def claim_pushes(self, now: datetime, until: datetime, limit: int) -> list[PushTask]:
        """Up to `limit` due ones that nobody has claimed. They are due again at `until`, unless `pushed` comes first."""

    async def pushed(self, delivery_id: str, outcome: PushOutcome, now: datetime) -> None:
        """Records the outcome and ends the claim."""

    async def next_push_at(self) -> datetime | None:
        """When the next one is due, claimed ones included; None while there is none."""


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What an engineer was from that moment on; `value` is JSON."""

    kind: str
    at: datetime
    value: str


@dataclass(frozen=True, slots=True)
class PersonPart:
    """A part of what is stored of a person. `preferences`: in the first part, None = never changed."""

    preferences: Preferences | None = None
    subscriptions: Sequence[Subscription] = ()
    changes: Sequence[PersonChange] = ()
    deliveries: Sequence[Delivery] = ()


class PersonData(Protocol):
    def parts(self, desk_id: str, person_id: str) -> AsyncIterator[PersonPart]:
        """What is stored of the person, in parts that bound the memory. Raises Unavailable."""
