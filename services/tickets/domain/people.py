"""Callers, and what they may see (spec 2.10, 9.4, 10.2)."""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    ENGINEER = "engineer"
    CUSTOMER = "customer"
    SERVICE = "service"


class Role(StrEnum):
    """An engineer's role; NONE for everybody else."""

    NONE = ""
    ENGINEER = "engineer"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Ref:
    """An id with the name that people read. An empty id is the system."""

    id: str
    name: str


SYSTEM = Ref("", "")


@dataclass(frozen=True, slots=True)
class Access:
    """What an engineer sees. A ticket is visible when both its company and its board are. None = all."""

    companies: frozenset[str] | None = None
    boards: frozenset[str] | None = None

    def company(self, id: str) -> bool:
        return self.companies is None or id in self.companies

    def board(self, id: str) -> bool:
        return self.boards is None or id in self.boards


NOTHING = Access(frozenset(), frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The caller. `desk_id` is empty only for a service account of all desks; only customers have a `company_id`."""

    id: str
    name: str
    side: Side
    desk_id: str
    role: Role = Role.NONE
    company_id: str = ""
    access: Access = NOTHING

    @property
    def ref(self) -> Ref:
        return Ref(self.id, self.name)

    def is_of(self, desk_id: str) -> bool:
        """Whether the desk is the caller's own. All are, for a service account without a desk."""
        return self.desk_id == desk_id or (self.side is Side.SERVICE and not self.desk_id)


# Who runs a command such as `python -m services.tickets.erase`.
OPERATOR = Actor(id="operator", name="operator", side=Side.SERVICE, desk_id="")
