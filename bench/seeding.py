"""Fills the embedded store with copies of documents that the services wrote themselves, far faster than by their APIs.

A copy has other ids and other moments, and every field and index of its original. The hashes of a copied log are its original's. Copies
are written into the store's SQLite files: a million by MongoDB's protocol would take hours.
"""

import json
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import islice
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from stack.engines import StoreEngine
from stack.services import Stack

Document = dict[str, Any]
Copy = tuple[str, str]
AT_ONCE = 10_000
# Whole milliseconds between 2001 and 2096 are moments; revisions and numbers are below, the deadline "never" is above. A part of a key that
# is a moment is between line breaks, which JSON escapes.
MOMENT = r"(?:(?<=[:\[,])|(?<=\\n))[1-3]\d{12}(?=[,\]}]|\\n)"
# How long a write waits for one of the store's own.
BUSY_SECONDS = 60.0


def database(stack: Stack, service: str) -> Database[Document]:
    """A service's database on the stack's own store."""
    assert isinstance(stack.store, StoreEngine)
    client: MongoClient[Document] = MongoClient(stack.store.url)
    return client[_name(stack, service)]


def _name(stack: Stack, service: str) -> str:
    return stack.env_of(f"{service}-1").get("PARLEY_MONGO_PREFIX", "") + service


class Original:
    """A document that a service wrote. `words`: the ids and names in it that each copy replaces; they need no escapes in JSON."""

    def __init__(self, document: Document, *words: str) -> None:
        named = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
        self._id = str(document["_id"])
        # At odd places what each copy replaces.
        self._parts = re.split(f"({named}|{MOMENT})", json.dumps(document, separators=(",", ":"), ensure_ascii=False))
        self._words = re.compile(named)

    def copy(self, words: Mapping[str, str], earlier_ms: int = 0) -> Copy:
        """The copy's id, and the copy as JSON. `words`: word -> what replaces it, for each word of this original. Moments are earlier by
        that many milliseconds."""
        parts = list(self._parts)
        parts[1::2] = [words[found] if found in words else str(int(found) - earlier_ms) for found in parts[1::2]]
        return self._words.sub(lambda found: words[found[0]], self._id), "".join(parts)


def insert(stack: Stack, service: str, collection: str, copies: Iterable[Copy]) -> str:
    """Inserts the copies and indexes them; returns how many there were and how long it took."""
    assert isinstance(stack.store, StoreEngine)
    began, total, rest = time.perf_counter(), 0, iter(copies)
    file = stack.store.folder / "store" / f"{_name(stack, service)}.db"
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)) as store:
        indexes = store.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT LIKE 'CREATE UNIQUE%' AND tbl_name = ? AND sql != ''",
            (collection,),
        ).fetchall()
        for name, _ in indexes:
            store.execute(f"DROP INDEX {name}")
        for batch in _batches(rest):
            store.execute("BEGIN IMMEDIATE")
            store.executemany(f"INSERT OR IGNORE INTO {collection} (_id, data) VALUES (?, ?)", batch)
            store.execute("COMMIT")
            total += len(batch)
        for _, sql in indexes:
            store.execute(sql)
    return f"{collection}: {total:,} documents in {time.perf_counter() - began:.0f} s"


def _batches(copies: Iterator[Copy]) -> Iterator[list[Copy]]:
    while batch := list(islice(copies, AT_ONCE)):
        yield batch
