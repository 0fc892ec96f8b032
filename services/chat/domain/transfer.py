"""The events and the state of a transfer: a request to take over a session, until it is accepted or over (spec 13.2).

The rules are in transferring.py.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.chat.domain.people import Person

if TYPE_CHECKING:
    from services.chat.domain.events import Entry
    from services.chat.domain.session import ChatSession


@dataclass(frozen=True, slots=True)
class TransferAsked:
    """Engineers were asked to take the session over: one, or those of a board."""

    engineers: tuple[Person, ...]
    expires_at: datetime
    board_id: str = ""
    board_name: str = ""


@dataclass(frozen=True, slots=True)
class TransferAccepted:
    """The entry also has the join of `engineer` and the leave of `asked_by`."""

    asked_by: Person
    engineer: Person


@dataclass(frozen=True, slots=True)
class TransferDeclined:
    engineer: Person


@dataclass(frozen=True, slots=True)
class TransferExpired:
    pass


@dataclass(frozen=True, slots=True)
class TransferWithdrawn:
    pass


TransferEvent = TransferAsked | TransferAccepted | TransferDeclined | TransferExpired | TransferWithdrawn


@dataclass(frozen=True, slots=True)
class Transfer:
    """`by`: who asks, and is in the session until somebody accepts. `asked`: the engineers who were asked and have not declined.
    `board_id`, `board_name`: the board whose engineers were asked; empty for one engineer."""

    by: Person
    asked: tuple[Person, ...]
    at: datetime
    expires_at: datetime
    board_id: str = ""
    board_name: str = ""

    def asks(self, person_id: str) -> bool:
        return any(person.id == person_id for person in self.asked)

    def board_of(self, session: "ChatSession") -> str:
        """The board that the session has when somebody accepts. A session on a ticket keeps the ticket's (spec 2.10)."""
        return self.board_id if self.board_id and not session.ticket_id else session.board_id


def changed(session: "ChatSession", event: TransferEvent, entry: "Entry") -> dict[str, Any]:
    """The fields of the session that the event changes."""
    match event:
        case TransferAsked(engineers, expires_at, board_id, board_name):
            return {"transfer": Transfer(entry.by, engineers, entry.at, expires_at, board_id, board_name)}
        case TransferAccepted(_, engineer):
            return {"transfer": None, "taken_by": engineer}
        case TransferDeclined(engineer):
            return {"transfer": without_asked(session.transfer, engineer)}
        case TransferExpired() | TransferWithdrawn():
            return {"transfer": None}


def without_asked(transfer: Transfer | None, person: Person) -> Transfer | None:
    """Without an engineer who declined, or joined in another way. It is over when nobody is left who was asked."""
    if transfer is None:
        return None
    asked = tuple(each for each in transfer.asked if each.id != person.id)
    return replace(transfer, asked=asked) if asked else None


def after_leaving(transfer: Transfer | None, person: Person) -> Transfer | None:
    """It is over when the person who asked has left."""
    return None if transfer is None or transfer.by.id == person.id else transfer
