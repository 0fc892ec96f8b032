"""Parses docs/access.md, the table of who may do what."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.contract.grpc_page import PAGE as GRPC_PAGE
from tests.contract.grpc_page import named, table

PAGE: Path = GRPC_PAGE.with_name("access.md")


@dataclass(frozen=True)
class Row:
    """`name`: the RPC, such as ChatService.GetSession. `part`: which of its requests, "" if it has one row. `cells`: caller -> cell."""

    name: str
    part: str
    cells: Mapping[str, str]


def rows(first: str) -> list[Row]:
    """The rows of the table whose heading row begins with `first`."""
    callers = heading(first)[2:]
    return [Row(named(cells[0])[0], cells[1], dict(zip(callers, cells[2:], strict=True))) for cells in table(first, PAGE)]


def heading(first: str) -> list[str]:
    line = next(line for line in PAGE.read_text().splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def may(first: str, name: str) -> list[str]:
    """The callers with `yes` in that row, of several with that name in the one without a part."""
    (row,) = [row for row in rows(first) if row.name == name and not row.part]
    return [caller for caller, cell in row.cells.items() if cell == "yes"]
