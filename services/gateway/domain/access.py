"""Who may see and receive what on a page: sessions and their cards, tickets, alerts, people and read positions, decided here and nowhere
else in gateway. The other services decide the same for what they answer.

What customers are not shown of a session is marked in the contract (servicekit/visibility.py).
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Protocol

from services.gateway.domain.site import App


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
    def companies(self) -> frozenset[str] | None:
        """Those to which an engineer is limited; None = all."""
        ...

    @property
    def whole_desk(self) -> bool:
        """Whether an engineer's access is not limited."""
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


def is_engineer(viewer: Viewer) -> bool:
    return viewer.kind == "engineer"


def is_customer(viewer: Viewer) -> bool:
    return viewer.kind == "customer"


def may_use(viewer: Viewer, app: App) -> bool:
    """Engineers use TECH, customers the Portal."""
    return viewer.kind == app.kind


def may_be_notified(viewer: Viewer, company_id: str, board_id: str) -> bool:
    """Whether the restrictions of an engineer allow an alert or notification about this company and board. True for customers, and without
    a company: a test notification, or one from a notify of an earlier version."""
    return viewer.kind == "customer" or not company_id or viewer.may_see(company_id, board_id)


def may_see_tickets(engineer: Viewer, company_id: str, board_id: str) -> bool:
    """Whether the engineer may see tickets of this company on this board (spec 2.10)."""
    return engineer.may_see(company_id, board_id)


def may_see_ticket(viewer: Viewer, customer_id: str, *, shared: bool) -> bool:
    """Of an engineer who may see tickets of its company and board, or a customer of that company: whether they may see this customer's
    ticket. Customers see their own, and those of colleagues where the company shares its tickets (spec 9.4)."""
    return viewer.kind == "engineer" or viewer.id == customer_id or shared


def sees_everybody(engineer: Viewer) -> bool:
    """Whether the engineer may see every person of the desk, without a look at the directory."""
    return engineer.whole_desk


def may_see_person(engineer: Viewer, desk_id: str, company_id: str, *, colleague: bool) -> bool:
    """The directory's rule: colleagues, and customers of companies within the engineer's restrictions (spec 2.10)."""
    return engineer.desk_id == desk_id and (colleague or engineer.companies is None or company_id in engineer.companies)


def people_met(customer: Viewer, own: Iterable[CardFacts]) -> frozenset[str]:
    """Those whose presence a customer sees: the people of their own sessions, and nobody else (spec 10.2)."""
    return frozenset(id for card in own for id in (*card.participants, card.creator_id)) | {customer.id}


def may_learn_position(viewer: Viewer, reader_id: str, people: Container[str]) -> bool:
    """Of a viewer who may see the session: whether they are sent how far the reader has read it, whose own pages have it already. `people`:
    those in the session who may know it."""
    return viewer.id != reader_id and (viewer.kind == "engineer" or viewer.id in people)
