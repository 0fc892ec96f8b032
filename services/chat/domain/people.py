"""Who acts in a session and where it belongs."""

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
    """A person as a session names them; the name is the one they had then."""

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
class Viewer:
    """Who asks, with what they may see (spec 10.2). None = every company, or every board."""

    person: Person
    desk_id: str
    role: str = ""
    company_id: str = ""
    companies: frozenset[str] | None = frozenset()
    boards: frozenset[str] | None = frozenset()

    def covers(self, company_id: str, board_id: str) -> bool:
        """Whether an engineer's restrictions allow what lies there (spec 2.10)."""
        company = self.companies is None or company_id in self.companies
        return company and (self.boards is None or board_id in self.boards)


@dataclass(frozen=True, slots=True)
class PresenceFact:
    """`state`: online, away, busy or offline; `since` when (None = not known, such as of someone who never connected)."""

    state: str
    since: datetime | None = None


OFFLINE = PresenceFact("offline")
