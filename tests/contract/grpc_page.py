"""Parses docs/grpc.md and the tables of other pages, so that tests can check them."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "grpc.md"
PYTHON = re.compile(r"```python\n(# ([\w.]+).*?)```", re.DOTALL)
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def programs() -> dict[str, str]:
    """Returns the file name and text of each Python example."""
    return {name: text for text, name in PYTHON.findall(PAGE.read_text())}


@dataclass
class GrpcurlCommand:
    """A grpcurl command. `what`: <service>/<rpc>, or a command such as list."""

    address: str
    what: str
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def grpcurl_commands() -> list[GrpcurlCommand]:
    lines = [line for block in SHELL.findall(PAGE.read_text()) for line in block.splitlines()]
    return [_grpcurl_command(shlex.split(line)) for line in lines if line.startswith("grpcurl")]


def _grpcurl_command(words: list[str]) -> GrpcurlCommand:
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
    return GrpcurlCommand(rest[0], rest[-1] if "/" in rest[-1] else rest[1], body, headers)


def table(first: str, page: Path = PAGE) -> list[list[str]]:
    """Returns the cells of the table whose heading row begins with `first`, without that row."""
    rows: list[list[str]] = []
    lines = page.read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first} |"))
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def named(cell: str) -> list[str]:
    """Returns the words in backticks."""
    return re.findall(r"`([^`]+)`", cell)
