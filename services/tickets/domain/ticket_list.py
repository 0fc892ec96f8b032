"""Lists of tickets: who sees which, what is searched for, and where a page ends (spec 9.1, 9.4)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from servicekit.moments import from_ms, to_ms
from servicekit.text import is_blank, one_line
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.people import Access, Actor, Side
from services.tickets.domain.ticket import Ticket, TicketStatus

SEARCH_MAX = 200


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last ticket of a page. The next page goes on below it, whatever was added above meanwhile.

    `modified_at` is the moment by which its list is sorted: a customer's the public one.
    """

    modified_at: datetime
    id: str

    @classmethod
    def of(cls, ticket: Ticket, *, public: bool) -> Self:
        return cls(ticket.public_modified_at if public else ticket.modified_at, ticket.id)

    @classmethod
    def parse(cls, token: str) -> Self | None:
        """None for the first page; raises InvalidValue for what never was a token."""
        if not token:
            return None
        try:
            milliseconds, id = json.loads(urlsafe_b64decode(token))
            return cls(from_ms(int(milliseconds)), str(id))
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise InvalidValue("page_token", "This page token is none of ours.") from None

    def token(self) -> str:
        return urlsafe_b64encode(json.dumps([to_ms(self.modified_at), self.id]).encode()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketVisibility:
    """Which tickets somebody sees: by access (engineers), or only the own ones and those of a company that shares (customers)."""

    desk_id: str
    access: Access = field(default_factory=Access)
    own_id: str = ""
    shared_company_id: str = ""

    @property
    def public(self) -> bool:
        """Whether a customer looks, for whom internal lines move nothing."""
        return bool(self.own_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQuery:
    """Newest change first. `words` must all be in the summary; a `number` finds that ticket as well."""

    visibility: TicketVisibility
    words: tuple[str, ...] = ()
    number: int | None = None
    statuses: frozenset[TicketStatus] = frozenset()
    customer_id: str = ""
    board_id: str = ""
    size: int = 50
    below: Cursor | None = None


@dataclass(frozen=True, slots=True)
class TicketPage:
    """`total` counts all that the query finds, on whatever page."""

    tickets: tuple[Ticket, ...]
    total: int
    next: Cursor | None


def visibility_of(actor: Actor, *, shared: bool) -> TicketVisibility:
    """The list's side of `may_see`: a ticket is listed exactly when it may be opened."""
    if actor.side is Side.CUSTOMER:
        return TicketVisibility(desk_id=actor.desk_id, own_id=actor.id, shared_company_id=actor.company_id if shared else "")
    return TicketVisibility(desk_id=actor.desk_id, access=actor.access)


def search_from(text: str) -> tuple[tuple[str, ...], int | None]:
    """Words to find, folded, and the number that they are when they are one ("12" or "#12"); raises InvalidValue."""
    if len(text) > SEARCH_MAX:
        raise InvalidValue("search", f"A search has at most {SEARCH_MAX} characters.")
    words = tuple(word for word in one_line(text).casefold().split() if not is_blank(word))
    digits = words[0].removeprefix("#") if len(words) == 1 else ""
    return words, int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
