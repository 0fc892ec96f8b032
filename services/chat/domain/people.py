"""The people of a session and what they may see."""

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


# The roles that look after the chats of others.
SUPERVISING = frozenset({"supervisor", "admin"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """The caller and what they may see (spec 10.2). None = every company, or every board."""

    person: Person
    desk_id: str
    role: str = ""
    company_id: str = ""
    companies: frozenset[str] | None = frozenset()
    boards: frozenset[str] | None = frozenset()

    @property
    def supervises(self) -> bool:
        return self.person.side is Side.ENGINEER and self.role in SUPERVISING

    @property
    def whole_desk(self) -> bool:
        """Whether the viewer's access is limited to no companies and no boards."""
        return self.companies is None and self.boards is None

    def covers(self, company_id: str, board_id: str) -> bool:
        """Whether an engineer's restrictions allow this company and board (spec 2.10)."""
        company = self.companies is None or company_id in self.companies
        return company and (self.boards is None or board_id in self.boards)


@dataclass(frozen=True, slots=True)
class PresenceFact:
    """`state`: online, away, busy or offline; `since` None = not known, such as for someone who never connected."""

    state: str
    since: datetime | None = None


OFFLINE = PresenceFact("offline")
