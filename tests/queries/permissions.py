"""A fixture: a test fails when a service sent its store a command that its documented permissions do not allow."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.queries.recording import commands_file

# Commands that MongoDB's role `readWrite` allows on a database. Those of a connection or session need no privilege.
READ_WRITE = {
    "aggregate",
    "count",
    "createIndexes",
    "delete",
    "distinct",
    "find",
    "findAndModify",
    "getMore",
    "insert",
    "listIndexes",
    "update",
}
READ_WRITE |= {"dropIndexes", "listCollections", "killCursors"}
CONNECTION = {"endSessions", "hello", "ismaster", "ping"}


@pytest.fixture(autouse=True)
def every_command_is_permitted(query_log: Path) -> Iterator[None]:
    yield
    file = commands_file(query_log)
    lines = file.read_text().splitlines() if file.exists() else []
    assert [line for line in lines if not permitted(*json.loads(line))] == []


def permitted(service: str, database: str, command: str) -> bool:
    """docs/operate/permissions.md: each service has `readWrite` on its own database, the gateway has none."""
    return command in CONNECTION or (command in READ_WRITE and service != "gateway" and database.rpartition("_")[2] == service)
