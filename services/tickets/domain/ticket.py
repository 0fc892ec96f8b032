"""A ticket (spec 9.1). Who may see and change it is decided in access/tickets.py."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from services.tickets.domain.people import Ref


class TicketStatus(StrEnum):
    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_CUSTOMER = "waiting_customer"
    CLOSED = "closed"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Priority(IntEnum):
    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4

    @property
    def words(self) -> str:
        return self.name.capitalize()


class Source(StrEnum):
    CHAT = "chat"
    PORTAL = "portal"
    ENGINEER = "engineer"


NOBODY = Ref("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket at `revision`, which is 0 before its first commit. Names are as they were when they were written.

    `public_revision` and `public_modified_at` are those of its last entry that customers may see.
    """

    id: str
    desk_id: str
    number: int
    revision: int = 0
    summary: str
    status: TicketStatus
    priority: Priority
    board: Ref
    customer: Ref
    company: Ref
    assignee: Ref | None = None
    source: Source
    created_at: datetime
    modified_at: datetime
    public_revision: int = 0
    public_modified_at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """One changed field. `before` and `after` are texts for people; `before_id` is "" unless the field names a person, company or board."""

    field: str
    value: object
    before: str
    after: str
    before_id: str = ""


def apply(ticket: Ticket, changed: Changed) -> Ticket:
    fields: dict[str, Any] = {changed.field: changed.value}
    return replace(ticket, **fields)
