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
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who invited an engineer, and when."""

    engineer_id: str
    by_id: str
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """A request to take the session over (spec 13.2): who asks whom, and until when. `board_id`: the board that the session then has."""

    asked: frozenset[str]
    by_id: str
    by_name: str
    at: datetime
    expires_at: datetime
    board_id: str


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
    transfer: Transfer | None = None

    def shown_to(self, person_id: str) -> bool:
        """An unanswered push chat is visible to its sender alone (spec 2.9)."""
        return not (self.push and self.status is Status.WAITING) or person_id == self.creator_id

    def asks(self, person_id: str) -> bool:
        """Whether this engineer is asked to take it over."""
        return self.transfer is not None and person_id in self.transfer.asked

    def board_for(self, person_id: str) -> str:
        """The board that decides whether this engineer may see it: for those who are asked to take it over, the one that it then has."""
        return self.transfer.board_id if self.transfer is not None and self.asks(person_id) else self.board_id


def alerts_anyone(card: Card) -> bool:
    """Whether the session alerts engineers at all. A waiting push chat waits for its customer (spec 2.9)."""
    if card.status is Status.WAITING:
        return not card.push
    return card.status is Status.HANDLED and (card.unattended or bool(card.invited) or card.transfer is not None)


def reason_for(card: Card, person_id: str) -> Reason | None:
    """Why this engineer would be alerted (spec 3.9, 3.12, 5.1, 13.2); None = not at all. A transfer and an invitation take precedence
    over UNATTENDED."""
    if not alerts_anyone(card):
        return None
    if card.status is Status.WAITING:
        return Reason.WAITING
    if card.asks(person_id):
        return Reason.TRANSFER
    if person_id in card.invited:
        return Reason.INVITED
    return Reason.UNATTENDED if card.unattended and person_id not in card.participants else None
