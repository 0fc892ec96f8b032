"""What the handlers need of the store of deliveries. Every method may raise Unavailable."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from services.notify.domain.delivery import Delivery


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
