"""What the handlers need from outside. Every method may raise Unavailable."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from services.notify.domain.card import Card
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.domain.session_alert import AlertEvent, SessionAlert


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
