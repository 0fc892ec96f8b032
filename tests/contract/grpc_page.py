"""What docs/grpc.md says, as a test can check it."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "grpc.md"
PYTHON = re.compile(r"```python\n(# ([\w.]+).*?)```", re.DOTALL)
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def programs() -> dict[str, str]:
    """File name -> text of each Python example."""
    return {name: text for text, name in PYTHON.findall(PAGE.read_text())}


@dataclass
class HandMade:
    """A line of grpcurl. `what`: <service>/<rpc>, or a command such as list."""

    address: str
    what: str
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def by_hand() -> list[HandMade]:
    lines = [line for block in SHELL.findall(PAGE.read_text()) for line in block.splitlines()]
    return [_hand_made(shlex.split(line)) for line in lines if line.startswith("grpcurl")]


def _hand_made(words: list[str]) -> HandMade:
    rest, body, headers = list[str](), "", dict[str, str]()
    waiting = iter(words[1:])
    for word in waiting:
        if word == "-d":
            body = next(waiting)
        elif word == "-H":
            name, _, value = next(waiting).partition(": ")
            headers[name] = value
        elif word != "-plaintext":
            rest.append(word)
    return HandMade(rest[0], rest[-1] if "/" in rest[-1] else rest[1], body, headers)


def table(first: str) -> list[list[str]]:
    """The cells of the rows below the heading row that begins with `first`."""
    rows: list[list[str]] = []
    lines = PAGE.read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first} |"))
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def named(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)
