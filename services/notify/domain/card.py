"""A session as far as calling engineers is concerned."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    WAITING = "waiting"
    HANDLED = "handled"
    ABANDONED = "abandoned"
    CALLBACK = "callback"
    COMPLETED = "completed"


class Reason(StrEnum):
    """Why an engineer is called."""

    WAITING = "waiting"
    UNATTENDED = "unattended"
    INVITED = "invited"


@dataclass(frozen=True, slots=True)
class Card:
    """True up to `revision` of the session. `push`: opened by an engineer toward its customer."""

    session_id: str
    desk_id: str
    revision: int
    status: Status
    push: bool
    unattended: bool
    title: str
    customer_id: str
    customer_name: str
    company_id: str
    company_name: str
    board_id: str
    invited: frozenset[str]
    participants: frozenset[str]
    waiting_since: datetime
    modified_at: datetime
    creator_id: str = ""

    def shown_to(self, person_id: str) -> bool:
        """An unanswered push chat is its sender's alone (spec 2.9)."""
        return not (self.push and self.status is Status.WAITING) or person_id == self.creator_id


def alerts_anyone(card: Card) -> bool:
    """Whether the session calls anybody at all. A push chat that waits, waits for its customer (spec 2.9)."""
    if card.status is Status.WAITING:
        return not card.push
    return card.status is Status.HANDLED and (card.unattended or bool(card.invited))


def reason_for(card: Card, person_id: str) -> Reason | None:
    """Why this engineer would be called (spec 3.9, 3.12, 5.1); None = not at all. An invitation is meant for one person and goes first."""
    if not alerts_anyone(card):
        return None
    if card.status is Status.WAITING:
        return Reason.WAITING
    if person_id in card.invited:
        return Reason.INVITED
    return Reason.UNATTENDED if card.unattended and person_id not in card.participants else None
