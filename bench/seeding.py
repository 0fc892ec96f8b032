"""Fills the store with copies of documents that the services wrote themselves, far faster than by their APIs.

A copy has other ids and other moments, and every field and index of its original. The hashes of a copied log are its original's.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from stack.engines import StoreEngine
from stack.services import Stack

Document = dict[str, Any]
AT_ONCE = 1000
# Whole milliseconds between 2001 and 2096 are moments; revisions and numbers are below, the deadline "never" is above.
FIRST_MOMENT, LAST_MOMENT = 10**12, 4 * 10**12


def database(stack: Stack, service: str) -> Database[Document]:
    """A service's database on the stack's own store."""
    assert isinstance(stack.store, StoreEngine)
    client: MongoClient[Document] = MongoClient(stack.store.url)
    return client[stack.env_of(f"{service}-1").get("PARLEY_MONGO_PREFIX", "") + service]


class Original:
    """A document that a service wrote. `words`: the ids and names in it that each copy replaces."""

    def __init__(self, document: Document, *words: str) -> None:
        self._document, self._words = document, re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))

    def copy(self, words: Mapping[str, str], earlier_ms: int = 0) -> Document:
        """`words`: word -> what replaces it, for each word of this original. Moments are earlier by that many milliseconds."""

        def changed(value: Any) -> Any:
            match value:
                case str():
                    return self._words.sub(lambda found: words[found[0]], value)
                case bool():
                    return value
                case int() if FIRST_MOMENT < value < LAST_MOMENT:
                    return value - earlier_ms
                case dict():
                    return {key: changed(inner) for key, inner in value.items()}
                case list():
                    return [changed(inner) for inner in value]
            return value

        return {key: changed(value) for key, value in self._document.items()}


def insert(collection: Any, documents: Iterable[Document]) -> str:
    """Inserts the documents in bulk; returns how many there were and how long it took."""
    began, total, rest = time.perf_counter(), 0, iter(documents)
    for batch in _batches(rest):
        collection.insert_many(batch, ordered=False)
        total += len(batch)
    return f"{collection.name}: {total:,} documents in {time.perf_counter() - began:.0f} s"


def _batches(documents: Iterator[Document]) -> Iterator[list[Document]]:
    while batch := list(islice(documents, AT_ONCE)):
        yield batch
