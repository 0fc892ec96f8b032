"""Records which queries go to the store, in this process and in the service processes of a stack.

pymongo calls the listener for every command of every client of the process, so the product needs no hook. A service process gets it through
`sitecustomize.py` beside this file and appends its queries to the file that QUERY_LOG names. A query is recorded once, without its values.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymongo import monitoring

FOLDER = Path(__file__).parent
LOG_VARIABLE = "QUERY_LOG"
# The most distinct queries that are kept; a test run has a few hundred.
MAX_QUERIES = 10_000

Query = str


class Recorder(monitoring.CommandListener):
    """`queries`: each query as JSON [database, collection, filter, sort], values replaced, in the order of their first appearance."""

    def __init__(self, file: Path | None = None) -> None:
        self.queries: dict[Query, None] = {}
        self._commands: set[tuple[str, str]] = set()
        self._file = file

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self._file is not None and (command := (event.database_name, event.command_name)) not in self._commands:
            self._commands.add(command)
            with commands_file(self._file).open("a") as lines:
                lines.write(json.dumps([service_name(), *command]) + "\n")
        for condition, sort in _conditions(event.command_name, event.command):
            query = json.dumps([event.database_name, event.command.get(event.command_name), shape(condition), [list(key) for key in sort]])
            if query not in self.queries and len(self.queries) < MAX_QUERIES:
                self.queries[query] = None
                if self._file is not None:
                    # One short write per line, so that processes don't mix their lines.
                    with self._file.open("a") as lines:
                        lines.write(query + "\n")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


def commands_file(file: Path) -> Path:
    """Where service processes record each command's [service, database, name] once, beside the file of their queries."""
    return file.with_suffix(".commands")


def service_name() -> str:
    """`chat` in a process that was started as `python -m services.chat`."""
    return next((word.removeprefix("services.") for word in sys.orig_argv if word.startswith("services.")), "")


def environment(file: Path) -> dict[str, str]:
    """The variables that make a service process record into `file`."""
    return {"PYTHONPATH": f"{FOLDER}{os.pathsep}{FOLDER.parents[1]}", LOG_VARIABLE: str(file)}


def _conditions(name: str, command: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[tuple[str, int]]]]:
    match name:
        case "find":
            return [(command.get("filter", {}), list(command.get("sort", {}).items()))]
        case "findAndModify":
            return [(command.get("query", {}), list(command.get("sort", {}).items()))]
        case "count" | "distinct":
            return [(command.get("query", {}), [])]
        case "aggregate":
            return [(next((stage["$match"] for stage in command["pipeline"] if "$match" in stage), {}), [])]
        case "update":
            return [(update["q"], []) for update in command["updates"]]
        case "delete":
            return [(delete["q"], []) for delete in command["deletes"]]
    return []


def shape(condition: Any) -> Any:
    """The condition without its values: a field that is compared for equality becomes "="."""
    if not isinstance(condition, Mapping):
        return "="
    shaped: dict[str, Any] = {}
    for field, value in condition.items():
        if field in ("$and", "$or"):
            parts = {json.dumps(shape(part)): None for part in value}
            shaped[field] = [json.loads(part) for part in parts]
        elif isinstance(value, Mapping) and value and all(operator.startswith("$") for operator in value):
            shaped[field] = sorted(value)
        else:
            shaped[field] = "="
    return shaped
