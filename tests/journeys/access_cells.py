"""Decides whether a cell of docs/access.md is right."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.contract.access_page import Row
from tests.journeys.access_asks import Ask, id_of, with_missing

# The answers to callers who may see the object, and to nobody. In all other cells the answer must be that for a missing object.
OPEN = ("yes", "no", "409", "401")
# The answers to callers who may do it.
MAY = ("yes", "409")


@dataclass(frozen=True)
class Seen:
    """All that a caller can see of an answer. `status`: of HTTP, as text, "" for a success."""

    status: str
    text: str


Call = Callable[[Any], Awaitable[Seen]]


async def wrong_with(cell: str, ask: Ask, call: Call) -> str:
    """Why the cell is wrong; "" if it is right."""
    seen = await call(ask.request)
    found = seen.status or ("yes" if ask.shows in seen.text else "none")
    # A write that changes nothing has an empty answer.
    expected = {"no": "403", "none": "none" if ask.shows else "yes"}.get(cell, cell)
    if found != expected:
        return f"is {found}: {seen.text[:300]}"
    if ask.named_by and cell not in OPEN:
        id = id_of(ask)
        missing = await call(with_missing(ask))
        if seen.text.replace(id, "ID") != missing.text.replace(id[::-1], "ID"):
            return f"tells that it exists: {seen.text[:300]}, and of a missing one {missing.text[:300]}"
    return ""


def in_order(row: Row, columns: Iterable[str]) -> list[str]:
    """Those who may not do it first, so that what the others change does not decide their answer."""
    return sorted((column for column in columns if column in row.cells), key=lambda column: row.cells[column] in MAY)
