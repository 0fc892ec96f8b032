"""The orders of a list of tickets, and the positions in it (spec 9.7)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from servicekit.moments import from_ms, to_ms
from servicekit.text import folded, one_line
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.ticket import Ticket, TicketStatus


class Sort(StrEnum):
    """What comes first: the latest change; the newest ticket; A of summaries, customers and assignees, after tickets of nobody; the status
    New, then in the order of work; the priority Urgent. Within equal values the newest ticket comes first."""

    CHANGED = "changed"
    NUMBER = "number"
    SUMMARY = "summary"
    CUSTOMER = "customer"
    STATUS = "status"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"


# The sorts by a text that is computed for each ticket.
BY_KEY = tuple(sort for sort in Sort if sort is not Sort.CHANGED)
# Longer texts are sorted by their beginning.
SORTED_CHARACTERS = 60
MOST_NUMBERS = 10**10
STEPS = tuple(TicketStatus)


def sort_keys(ticket: Ticket) -> dict[str, str]:
    """Sort of BY_KEY -> the text by which it sorts the ticket. Texts in ascending order give the order of the sort."""
    newest_first = f"{MOST_NUMBERS - ticket.number:011d}"
    values = {
        Sort.NUMBER: "",
        Sort.SUMMARY: _beginning(ticket.summary),
        Sort.CUSTOMER: _beginning(ticket.customer.name),
        Sort.STATUS: str(STEPS.index(ticket.status)),
        Sort.PRIORITY: str(9 - ticket.priority),
        Sort.ASSIGNEE: _beginning(ticket.assignee.name) if ticket.assignee else "",
    }
    # A line break sorts before every character of a line, so that "Ann" is before "Ann Lee".
    return {sort.value: f"{value}\n{newest_first}" for sort, value in values.items()}


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position of the last ticket of a page. The next page begins after it, also when tickets were added or moved.

    `value`: for Sort.CHANGED the time of the last change in milliseconds, for customers of the last public one; else the sort's key.
    """

    value: int | str
    id: str
    sort: Sort = Sort.CHANGED

    @classmethod
    def parse(cls, token: str, sort: Sort) -> Self | None:
        """None for the first page. Raises InvalidValue for an invalid token, and for one of another sort."""
        if not token:
            return None
        try:
            value, id, *named = json.loads(urlsafe_b64decode(token))
            f"{value}{id}".encode()  # refuses half characters, which the store cannot take
            if named != ([] if sort is Sort.CHANGED else [sort.value]):
                raise ValueError(token)
            # The call refuses a number that is no moment.
            return cls(to_ms(from_ms(int(value))) if sort is Sort.CHANGED else str(value), str(id), sort)
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise InvalidValue("page_token", "The page token is not valid.") from None

    def token(self) -> str:
        named = [] if self.sort is Sort.CHANGED else [self.sort.value]
        return urlsafe_b64encode(json.dumps([self.value, self.id, *named]).encode()).decode()


def _beginning(text: str) -> str:
    return folded(one_line(text))[:SORTED_CHARACTERS]
