"""Counts what the services write to the store, by a listener in their processes (store_commands/), and finds the largest documents."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import bson

from bench.seeding import database
from stack.services import ROOT, Stack


def environment(file: Path) -> Mapping[str, str]:
    """The variables with which a service writes its counts to the file."""
    return {"PYTHONPATH": f"{Path(__file__).parent / 'store_commands'}:{ROOT}", "STORE_WRITES": str(file)}


def counted(file: Path) -> Counter[str]:
    """database.collection -> documents that were inserted or statements that updated or deleted, so far."""
    total = Counter[str]()
    for line in file.read_text().splitlines() if file.exists() else ():
        name, _, number = line.rpartition(" ")
        total[name] += int(number)
    return total


def largest(stack: Stack, service: str) -> str:
    """The collection and size of the largest document that the service stored."""
    stored = database(stack, service)
    sizes = [(len(bson.encode(document)), name) for name in stored.list_collection_names() for document in stored[name].find()]
    size, name = max(sizes, default=(0, "-"))
    return f"{name} {size / 1024:.1f} KiB"
