"""The fixtures of the suites that use a store: a test fails when a query that no index serves was first sent while it ran."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import monitoring

from tests.queries.recording import Query, Recorder
from tests.queries.serving import INDEXES, scanned, unserved

# One for all tests of the process: pymongo has no way to remove a listener.
_recorder = Recorder()
_checked: set[Query] = set()
monitoring.register(_recorder)


@pytest.fixture(scope="session")
def query_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where service processes record their queries."""
    file = tmp_path_factory.mktemp("queries") / "queries.jsonl"
    file.touch()
    return file


@pytest.fixture(autouse=True)
def every_query_has_an_index(query_log: Path) -> Iterator[None]:
    yield
    queries = [*_recorder.queries, *query_log.read_text().splitlines()]
    new = [query for query in queries if query not in _checked]
    _checked.update(new)
    bad = sorted({line for query in new for line in problems(query)})
    assert not bad, "no index serves:\n" + "\n".join(bad)


def problems(query: Query) -> list[str]:
    """A line if no index serves the query. A database that no service owns ("adapter") may belong to any that has the collection."""
    database, collection, condition, sort = json.loads(query)
    name = database.rsplit("_", 1)[-1]
    owners = [name] if name in INDEXES else [service for service, declared in INDEXES.items() if collection in declared]
    if owners and all(unserved(owner, collection, condition, [tuple(key) for key in sort]) for owner in owners):
        return [f"{'/'.join(owners)}.{collection} filter {json.dumps(condition)} sort {json.dumps(sort)}"]
    if owners and all(scanned(owner, collection, condition) for owner in owners):
        return [f"{'/'.join(owners)}.{collection} filter {json.dumps(condition)} (the embedded store reads every document)"]
    return []
