"""What the handlers need of the world, in words of the domain."""

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
    """One document for each session that ever called anybody. One save is one atomic change, what must be said included."""

    async def load(self, session_id: str) -> SessionAlert | None: ...

    async def save(self, session_alert: SessionAlert, events: Sequence[AlertEvent]) -> bool:
        """False when another save came first. The version grows by one."""
        ...

    async def open(self, desk_id: str = "") -> dict[str, str]:
        """Sessions that call somebody now, and their desks; of all desks when none is named."""
        ...

    async def alerting(self, person_id: str) -> list[SessionAlert]:
        """Calls in which an alert of this engineer stands."""
        ...

    async def forget(self, before: datetime) -> None:
        """Drops those that are over and were not changed since."""
        ...


class Engineers(Protocol):
    """A copy of what directory and presence say of engineers. Older news change nothing."""

    async def of_desk(self, desk_id: str) -> list[EngineerWithPresence]: ...

    async def one(self, person_id: str) -> EngineerWithPresence | None: ...

    async def put(self, engineers: Sequence[Engineer]) -> None: ...

    async def put_presence(self, person_id: str, presence: PresenceFact) -> bool:
        """False when the person is no engineer that we know."""
        ...


class Directory(Protocol):
    async def engineers(self) -> list[Engineer]:
        """Of all desks, those who are gone too."""
        ...


class Presences(Protocol):
    async def of(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        """As presence computes them at this moment; who was never there is left out."""
        ...


class Sessions(Protocol):
    """The owner of sessions."""

    async def living(self) -> list[Card]:
        """Every waiting and every handled session of all desks."""
        ...

    async def card(self, desk_id: str, session_id: str) -> Card | None:
        """None when the desk has no such session."""
        ...


class Relay(Protocol):
    """Publishes the events that were saved."""

    def wake(self) -> None:
        """There are events to publish. Does not wait."""
        ...
