"""Who may call what, and which sessions a caller sees (spec 2.9, 2.10, 10.2)."""

from typing import Protocol

from services.notify.domain.card import Card
from services.notify.domain.errors import NoSuchSession, NotAllowed

SEES_OTHERS = frozenset({"supervisor", "admin"})


class Caller(Protocol):
    """`kind`: engineer, customer or service."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def desk_id(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def whole_desk(self) -> bool:
        """Whether the caller's access is not limited."""
        ...

    def may_see(self, company_id: str, board_id: str) -> bool:
        """Whether an engineer's restrictions allow both."""
        ...


class Engineer(Protocol):
    """An engineer of the directory. `companies` and `boards`: None = all."""

    @property
    def id(self) -> str: ...
    @property
    def desk_id(self) -> str: ...
    @property
    def companies(self) -> frozenset[str] | None: ...
    @property
    def boards(self) -> frozenset[str] | None: ...
    @property
    def disabled(self) -> bool: ...


def is_engineer(caller: Caller) -> bool:
    return caller.kind == "engineer"


def must_be_person(caller: Caller, words: str) -> None:
    """Raises NotAllowed with `words`, such as "have preferences"."""
    if caller.kind == "service":
        raise NotAllowed(f"Only people {words}")


def must_be_engineer(caller: Caller, words: str) -> None:
    """Raises NotAllowed with `words`."""
    if caller.kind != "engineer":
        raise NotAllowed(f"Only engineers {words}")


def must_be_admin(caller: Caller, words: str) -> None:
    """For what concerns the whole desk, so admins with limited access may not do it. Raises NotAllowed with `words`."""
    if caller.kind != "engineer" or caller.role != "admin":
        raise NotAllowed(f"Only admins {words}")
    if not caller.whole_desk:
        raise NotAllowed(f"Only admins with access to the whole desk {words}")


def must_ask_about(caller: Caller, person_id: str) -> None:
    """For the alerts of that engineer. Raises NotAllowed."""
    must_be_engineer(caller, "are alerted")
    if person_id != caller.id and caller.role not in SEES_OTHERS:
        raise NotAllowed("Only supervisors and admins may ask about others")


def may_see(caller: Caller, card: Card) -> bool:
    """By the caller's token, which may be newer than the copy of the directory that decided about an alert."""
    return card.desk_id == caller.desk_id and caller.may_see(card.company_id, card.board_for(caller.id)) and card.shown_to(caller.id)


def visible(caller: Caller, card: Card | None) -> Card:
    """Raises NoSuchSession for a session that is missing or hidden from the caller."""
    if card is None or not may_see(caller, card):
        raise NoSuchSession("There is no such session.", field="session_id")
    return card


def sees_company(engineer: Engineer, card: Card) -> bool:
    """Whether the card's company is one to which the engineer is limited, or the engineer is not limited."""
    return engineer.companies is None or card.company_id in engineer.companies


def engineer_sees(engineer: Engineer, card: Card) -> bool:
    """A chat is visible when both its company and its board are. By the copy of the directory, for what is sent without a call."""
    return sees_company(engineer, card) and (engineer.boards is None or card.board_for(engineer.id) in engineer.boards)


def has_access(engineer: Engineer, card: Card) -> bool:
    """Whether an engineer of the session's desk, who is not disabled, sees it."""
    return not engineer.disabled and engineer.desk_id == card.desk_id and engineer_sees(engineer, card)
