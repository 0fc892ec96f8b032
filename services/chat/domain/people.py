"""The people of a session, and the caller."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Side(StrEnum):
    """Which side of the desk a person is on; the system has none."""

    NONE = ""
    ENGINEER = "engineer"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Person:
    """A person as an entry names them, with the name of that time."""

    id: str
    name: str
    side: Side


SYSTEM = Person("", "", Side.NONE)


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach a customer outside the chat; empty where unknown. `phone` is E.164."""

    phone: str = ""
    email: str = ""


NO_CONTACT = Contact()


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """A customer as the directory has them now. `disabled`: may not sign in any more."""

    person: Person
    company_id: str
    board_id: str
    contact: Contact
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Viewer:
    """The caller. `companies`, `boards`: those to which an engineer is limited; None = all. What they may see is decided in access.py."""

    person: Person
    desk_id: str
    role: str = ""
    company_id: str = ""
    companies: frozenset[str] | None = frozenset()
    boards: frozenset[str] | None = frozenset()


@dataclass(frozen=True, slots=True)
class PresenceFact:
    """`state`: online, away, busy or offline; `since` None = not known, such as for someone who never connected."""

    state: str
    since: datetime | None = None


OFFLINE = PresenceFact("offline")
