"""Lists of tickets: visibility, search and pages (spec 9.1, 9.4)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from servicekit.moments import from_ms, to_ms
from servicekit.text import folded, is_blank, one_line
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.people import Access, Actor, Side
from services.tickets.domain.ticket import Priority, Ticket, TicketStatus

# The store looks for each word in the text of each ticket that the caller may see.
MAX_SEARCH, MAX_SEARCH_WORDS = 200, 8


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last ticket of a page. The next page begins below it, also when tickets were added above.

    `modified_at` is the time by which the list is sorted, for customers the public one.
    """

    modified_at: datetime
    id: str

    @classmethod
    def of(cls, ticket: Ticket, *, public: bool) -> Self:
        return cls(ticket.public_modified_at if public else ticket.modified_at, ticket.id)

    @classmethod
    def parse(cls, token: str) -> Self | None:
        """None for the first page. Raises InvalidValue for an invalid token."""
        if not token:
            return None
        try:
            milliseconds, id = json.loads(urlsafe_b64decode(token))
            return cls(from_ms(int(milliseconds)), str(id))
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise InvalidValue("page_token", "The page token is not valid.") from None

    def token(self) -> str:
        return urlsafe_b64encode(json.dumps([to_ms(self.modified_at), self.id]).encode()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketVisibility:
    """The tickets a caller sees: by access for engineers; for customers their own and those of a company that shares its tickets."""

    desk_id: str
    access: Access = field(default_factory=Access)
    own_id: str = ""
    shared_company_id: str = ""

    @property
    def public(self) -> bool:
        """Whether the caller is a customer, for whom internal entries do not count."""
        return bool(self.own_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQuery:
    """Latest change first. All `words` must be in the ticket's searched text; a ticket with that `number` matches as well."""

    visibility: TicketVisibility
    words: tuple[str, ...] = ()
    number: int | None = None
    statuses: frozenset[TicketStatus] = frozenset()
    customer_id: str = ""
    board_id: str = ""
    assignee_id: str = ""
    priorities: frozenset[Priority] = frozenset()
    size: int = 50
    below: Cursor | None = None


@dataclass(frozen=True, slots=True)
class TicketPage:
    """`total` counts the tickets of all pages."""

    tickets: tuple[Ticket, ...]
    total: int
    next: Cursor | None


def visibility_of(actor: Actor, *, shared: bool) -> TicketVisibility:
    """`may_see` for lists: a ticket is listed exactly when it may be opened."""
    if actor.side is Side.CUSTOMER:
        return TicketVisibility(desk_id=actor.desk_id, own_id=actor.id, shared_company_id=actor.company_id if shared else "")
    return TicketVisibility(desk_id=actor.desk_id, access=actor.access)


def searched_text(summary: str, customer: str, company: str) -> str:
    """What the words of a search are looked for in: summary, customer and company, folded, on one line."""
    return folded(one_line(f"{summary} {customer} {company}"))


def search_from(text: str) -> tuple[tuple[str, ...], int | None]:
    """The folded words of a search, the MAX_SEARCH_WORDS longest, and its number when it is one ("12" or "#12"). Raises InvalidValue."""
    if len(text) > MAX_SEARCH:
        raise InvalidValue("search", f"A search has at most {MAX_SEARCH} characters.")
    found = {word for word in folded(one_line(text)).split() if not is_blank(word)}
    words = tuple(sorted(found, key=lambda word: (-len(word), word))[:MAX_SEARCH_WORDS])
    digits = words[0].removeprefix("#") if len(words) == 1 else ""
    return words, int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
