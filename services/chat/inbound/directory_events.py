"""What chat hears from the directory: people, companies and boards, for its own copy."""

from collections.abc import Callable

from parley.tickets.v1 import directory_pb2 as pb
from servicekit.kafka_records import Received

KEPT = frozenset({"person", "company", "board"})


class DirectoryEvents:
    """Hears records of parley.directory.v1, every replica all of them."""

    def __init__(self, apply: Callable[[pb.DirectoryEntry], None]) -> None:
        self._apply = apply

    def heard(self, record: Received) -> None:
        if record.headers.get("kind") in KEPT:
            self._apply(pb.DirectoryEntry.FromString(record.value))
