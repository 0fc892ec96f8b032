"""Who may see a session, who lists its card, and who hears its entries. The other services decide the same for what they answer."""

from dataclasses import dataclass
from typing import Protocol


class Viewer(Protocol):
    """A person as far as access is concerned."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def desk_id(self) -> str: ...
    @property
    def company_id(self) -> str:
        """A customer's; empty for engineers."""
        ...

    def may_see(self, company_id: str, board_id: str) -> bool:
        """Whether an engineer's restrictions allow both."""
        ...


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What access needs to know of a session, as of `revision`. Status and type are the contract's words, such as `waiting`, `push`."""

    session_id: str
    desk_id: str
    revision: int
    type: str
    status: str
    company_id: str
    board_id: str
    customer_id: str
    creator_id: str
    ticket_id: str
    participants: frozenset[str]

    @property
    def completed(self) -> bool:
        return self.status == "completed"

    @property
    def unanswered_push(self) -> bool:
        return self.type == "push" and self.status == "waiting"

    @property
    def ordinary(self) -> bool:
        """Listed by every engineer with access: no question of who in particular looks."""
        return not self.completed and not self.unanswered_push


def may_see(viewer: Viewer, card: CardFacts) -> bool:
    """Spec 2.9, 2.10, 10.2: customers their own, engineers what their restrictions allow, an unanswered push chat its sender alone.

    A customer's ended chat that is on no ticket is out of their sight once they have left it (spec 8.3).
    """
    if viewer.desk_id != card.desk_id:
        return False
    if viewer.kind == "customer":
        return viewer.id == card.customer_id and (not card.completed or bool(card.ticket_id) or viewer.id in card.participants)
    if card.unanswered_push and viewer.id != card.creator_id:
        return False
    return viewer.kind == "engineer" and viewer.may_see(card.company_id, card.board_id)


def lists(viewer: Viewer, card: CardFacts) -> bool:
    """Whether the card belongs on the viewer's page: seen, and not over, or not yet left."""
    return may_see(viewer, card) and (not card.completed or viewer.id in card.participants)


def is_in(viewer: Viewer, card: CardFacts) -> bool:
    """Whether the session is the viewer's own conversation: hears its entries without asking."""
    if not lists(viewer, card):
        return False
    return viewer.kind == "customer" or viewer.id in card.participants or (card.unanswered_push and viewer.id == card.creator_id)
