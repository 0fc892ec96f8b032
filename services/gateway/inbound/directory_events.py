"""parley.directory.v1: sign-ins that ended, and people or companies that changed."""

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.kafka_records import Received
from services.gateway.handlers.resync import Resync
from services.gateway.handlers.sockets import Sockets

CONCERNING = frozenset({"person", "company", "sign_in"})


class DirectoryEvents:
    def __init__(self, sockets: Sockets, resync: Resync) -> None:
        self._sockets, self._resync = sockets, resync

    def consume(self, record: Received) -> int:
        """Says whether the record (1 or 0) was looked into."""
        if not record.value or record.key.partition(":")[0] not in CONCERNING:
            return 0
        entry = directory.DirectoryEntry.FromString(record.value)
        match entry.WhichOneof("entry"):
            case "sign_in_ended":
                self._sockets.sign_in_ended(entry.sign_in_ended.sign_in_id)
            case "person":
                self._resync.person(entry.person)
            case "company":
                self._resync.company(entry.company.desk_id, entry.company.id)
        return 1
