"""The part of a session that decides about alerts."""

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
    """Why an engineer is alerted."""

    WAITING = "waiting"
    UNATTENDED = "unattended"
    INVITED = "invited"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who invited an engineer, and when."""

    engineer_id: str
    by_id: str
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """The session at `revision`. `push`: an engineer opened it to the customer."""

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
    creator_name: str = ""
    invitations: tuple[Invitation, ...] = ()

    def shown_to(self, person_id: str) -> bool:
        """An unanswered push chat is visible to its sender alone (spec 2.9)."""
        return not (self.push and self.status is Status.WAITING) or person_id == self.creator_id


def alerts_anyone(card: Card) -> bool:
    """Whether the session alerts engineers at all. A waiting push chat waits for its customer (spec 2.9)."""
    if card.status is Status.WAITING:
        return not card.push
    return card.status is Status.HANDLED and (card.unattended or bool(card.invited))


def reason_for(card: Card, person_id: str) -> Reason | None:
    """Why this engineer would be alerted (spec 3.9, 3.12, 5.1); None = not at all. An invitation takes precedence over UNATTENDED."""
    if not alerts_anyone(card):
        return None
    if card.status is Status.WAITING:
        return Reason.WAITING
    if person_id in card.invited:
        return Reason.INVITED
    return Reason.UNATTENDED if card.unattended and person_id not in card.participants else None
