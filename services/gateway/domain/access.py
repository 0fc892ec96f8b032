"""Who may see a session, who lists its card, and who receives its entries. The other services decide the same for what they answer.

What customers are not shown of a session is marked in the contract (servicekit/visibility.py).
"""

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
        """A customer's company; empty for engineers."""
        ...

    @property
    def sign_in_id(self) -> str: ...
    def may_see(self, company_id: str, board_id: str) -> bool:
        """Whether an engineer's restrictions allow both."""
        ...


@dataclass(frozen=True)
class CardFacts:
    """What access depends on in a session, as of `revision`. Status and type are the contract's names, such as `waiting`, `push`.
    `older`: no live list has it. `asked`: the engineers who are asked to take it over, and `asked_board_id` the board that it then has
    (spec 13.2)."""

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
    older: bool = False
    asked: frozenset[str] = frozenset()
    asked_board_id: str = ""

    def at(self, revision: int) -> "CardFacts":
        """The same facts after one more message."""
        # dataclasses.replace takes four times as long, and each message needs this.
        card = object.__new__(CardFacts)
        card.__dict__.update(self.__dict__, revision=revision)
        return card

    @property
    def completed(self) -> bool:
        return self.status == "completed"

    @property
    def unanswered_push(self) -> bool:
        return self.type == "push" and self.status == "waiting"

    @property
    def ordinary(self) -> bool:
        """Every engineer with access lists it, whether or not they participate."""
        return not self.older and not self.completed and not self.unanswered_push


def may_see(viewer: Viewer, card: CardFacts) -> bool:
    """Spec 2.9, 2.10, 10.2, 13.2: customers see their own sessions, engineers those that their restrictions allow; only its sender sees an
    unanswered push chat. Engineers of the board to which a session would move see it while they are asked to take it over.

    A customer does not see a completed session without a ticket once they have left it (spec 8.3).
    """
    return _covers(viewer, card) or is_asked(viewer, card)


def is_asked(viewer: Viewer, card: CardFacts) -> bool:
    """Whether the viewer is asked to take the session over and may see the board that it then has."""
    by_engineer = viewer.kind == "engineer" and viewer.desk_id == card.desk_id
    return by_engineer and viewer.id in card.asked and viewer.may_see(card.company_id, card.asked_board_id)


def _covers(viewer: Viewer, card: CardFacts) -> bool:
    """Whether the viewer sees the session without being asked to take it over."""
    if viewer.desk_id != card.desk_id:
        return False
    if viewer.kind == "customer":
        return viewer.id == card.customer_id and (not card.completed or bool(card.ticket_id) or viewer.id in card.participants)
    if card.unanswered_push and viewer.id != card.creator_id:
        return False
    return viewer.kind == "engineer" and viewer.may_see(card.company_id, card.board_id)


def lists(viewer: Viewer, card: CardFacts) -> bool:
    """Whether the card is on the viewer's page: the viewer may see it, and it is not completed or the viewer has not left. Older ones are
    not: pages fetch them page by page. Nor are sessions that the viewer sees only while asked: chat's lists lack them, and the alert shows
    the request."""
    return not card.older and _covers(viewer, card) and (not card.completed or viewer.id in card.participants)


def is_in(viewer: Viewer, card: CardFacts) -> bool:
    """Whether the session is the viewer's own conversation: the viewer receives its entries without following it."""
    if not lists(viewer, card):
        return False
    return viewer.kind == "customer" or viewer.id in card.participants or (card.unanswered_push and viewer.id == card.creator_id)
