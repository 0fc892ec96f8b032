"""Lists of tickets: visibility, search and pages (spec 9.1, 9.4, 9.7)."""

from dataclasses import dataclass, field
from datetime import datetime

from servicekit.text import folded, is_blank, one_line, words_of
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.people import Access
from services.tickets.domain.ticket import Priority, Ticket, TicketStatus
from services.tickets.domain.ticket_order import Cursor, Sort

MAX_SEARCH, MAX_SEARCH_WORDS = 200, 8
# A total beyond it would read tickets that nobody looks at.
MAX_COUNTED = 1_000


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
    """Each of `words` must be the beginning of a word of the ticket that the caller may see; a ticket with that `number` matches as well.
    `changed_before` is not included. `reversed`: the order of the sort from its end."""

    visibility: TicketVisibility
    words: tuple[str, ...] = ()
    number: int | None = None
    statuses: frozenset[TicketStatus] = frozenset()
    customer_id: str = ""
    board_id: str = ""
    assignee_id: str = ""
    unassigned: bool = False
    priorities: frozenset[Priority] = frozenset()
    changed_before: datetime | None = None
    sort: Sort = Sort.CHANGED
    reversed: bool = False
    size: int = 50
    after: Cursor | None = None

    @property
    def descending(self) -> bool:
        """Whether the values of the sort (`Cursor.value`) descend: times do, unless reversed."""
        return (self.sort is Sort.CHANGED) is not self.reversed


@dataclass(frozen=True, slots=True)
class TicketPage:
    """`total` counts the tickets of all pages, at most MAX_COUNTED; `more_than_total`: there are more."""

    tickets: tuple[Ticket, ...]
    total: int
    next: Cursor | None
    more_than_total: bool = False


def typed_words(search: str) -> tuple[str, ...]:
    """The folded words of a search, each once, with their punctuation. Raises InvalidValue."""
    if len(search) > MAX_SEARCH:
        raise InvalidValue("search", f"A search has at most {MAX_SEARCH} characters.")
    return tuple(dict.fromkeys(word for word in folded(one_line(search)).split() if not is_blank(word)))


def search_from(text: str) -> tuple[tuple[str, ...], int | None]:
    """The words of a search, the longest first, and its number when it is one ("12" or "#12"). Raises InvalidValue."""
    typed = typed_words(text)
    digits = typed[0].removeprefix("#") if len(typed) == 1 else ""
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
    words = sorted(set(words_of(" ".join(typed))), key=lambda word: (-len(word), word))[:MAX_SEARCH_WORDS]
    if not words or (number is not None and typed != (digits,)):
        # Finds nothing by words: no word of a ticket has such a character.
        return typed, number
    return tuple(words), number
