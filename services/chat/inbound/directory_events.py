"""What chat hears from the directory: people, companies and boards, for its own copy, and whose access may have changed."""

from collections.abc import Callable

from parley.tickets.v1 import directory_pb2 as pb
from servicekit.kafka_records import Received

KEPT = frozenset({"person", "company", "board"})


class DirectoryEvents:
    """Hears records of parley.directory.v1, every replica all of them."""

    def __init__(self, apply: Callable[[pb.DirectoryEntry], None], engineer_changed: Callable[[str, str], None]) -> None:
        self._apply, self._engineer_changed = apply, engineer_changed

    def heard(self, record: Received) -> None:
        if record.headers.get("kind") in KEPT:
            entry = pb.DirectoryEntry.FromString(record.value)
            self._apply(entry)
            if entry.person.kind == pb.PERSON_KIND_ENGINEER:
                self._engineer_changed(entry.person.desk_id, entry.person.id)
