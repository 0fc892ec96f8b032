"""Records of Kafka to the sockets that they concern. Every replica consumes all records of all topics.

Each reader decides by the record's key and headers whether it concerns a socket of this replica, and decodes only then.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from parley.chat.v1 import chat_pb2 as chat
from parley.notify.v1 import notify_pb2 as notify
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit import tracing
from servicekit.kafka_records import Received
from servicekit.metrics import Metrics
from services.gateway.domain.cards import CardBump
from services.gateway.handlers.alert_and_ticket_updates import AlertUpdates, TicketUpdates
from services.gateway.handlers.desk_cards import facts_of
from services.gateway.handlers.ended_connections import EndedConnections
from services.gateway.handlers.presence_updates import PresenceUpdates
from services.gateway.handlers.read_positions import ReadPositions
from services.gateway.handlers.resync import Resync
from services.gateway.handlers.session_updates import SessionUpdate, SessionUpdates
from services.gateway.handlers.sockets import Sockets
from services.gateway.outbound.server_frames import card_frames, entry_frames

# Pages hold neither: desk settings are fetched when needed, and a voided session was never shown.
IGNORED_CHAT_KINDS = frozenset({"settings_changed", "session_voided"})
DIRECTORY_KINDS = frozenset({"person", "company", "sign_in"})


class TopicReader(Protocol):
    def consume(self, record: Received) -> int:
        """How much followed from the record, in frames unless the reader says otherwise; 0 when it concerned nobody here."""
        ...


class KafkaEvents:
    """Hands each record to the reader of its topic. `lost` takes the desk of a record whose reader failed: its pages miss an update."""

    def __init__(self, readers: Mapping[str, TopicReader], lost: Callable[[str], None], metrics: Metrics) -> None:
        self._readers, self._lost = readers, lost
        counter = metrics.counter(
            "records_total", "Records of Kafka: those that were consumed, and those that concerned a socket here", ["topic", "what"]
        )
        self._seen = {topic: counter.labels(topic, "seen") for topic in readers}
        self._forwarded = {topic: counter.labels(topic, "forwarded") for topic in readers}

    def consume(self, record: Received) -> None:
        """Raises what the reader raises; BroadcastReader logs and counts it, and continues."""
        self._seen[record.topic].inc()
        delivering = tracing.begin(f"deliver {record.topic}", record.headers.get(tracing.HEADER, ""))
        try:
            forwarded = self._readers[record.topic].consume(record)
        except Exception:
            self._lost(record.headers.get("desk", ""))
            raise
        if forwarded:
            self._forwarded[record.topic].inc()
            # A record that concerns nobody here is not part of the trace.
            delivering.end()


class ChatEvents:
    """parley.chat.v1: entries of sessions."""

    def __init__(self, updates: SessionUpdates) -> None:
        self._updates = updates

    def consume(self, record: Received) -> int:
        headers = record.headers
        if headers.get("kind") in IGNORED_CHAT_KINDS or not self._updates.concerns(headers.get("desk", "")):
            return 0
        bump = bump_of(record) if headers.get("card") == "same" else None
        if bump and self._updates.bump_unread(bump, headers.get("people", "").split(",")):
            return 0
        changed = chat.SessionChanged.FromString(record.value)
        return self._updates.publish(SessionUpdate(facts_of(changed.card), bump, entry_frames(changed.entry), card_frames(changed.card)))


def bump_of(record: Received) -> CardBump:
    """Of a record whose headers say that only a message changed the card."""
    headers = record.headers
    return CardBump(headers["desk"], record.key, int(headers["revision"]), int(headers["at"]))


class ReadEvents:
    """parley.reads.v1: read positions of people."""

    def __init__(self, reads: ReadPositions) -> None:
        self._reads = reads

    def consume(self, record: Received) -> int:
        desk_id, people = record.headers.get("desk", ""), record.headers.get("people", "").split(",")
        if not self._reads.concerned(desk_id, record.key, people):
            return 0
        return self._reads.publish(desk_id, people, chat.ReadPositionMoved.FromString(record.value).position)


class TicketsEvents:
    """parley.tickets.v1: changes of tickets."""

    def __init__(self, updates: TicketUpdates) -> None:
        self._updates = updates

    def consume(self, record: Received) -> int:
        headers = record.headers
        concerned = self._updates.concerned(headers.get("desk", ""), headers.get("company", ""), headers.get("board", ""))
        if not concerned:
            return 0
        return self._updates.publish(tickets.TicketEvent.FromString(record.value), concerned)


class NotifyEvents:
    """parley.notify.v1: alerts, raised and withdrawn. The key is the engineer."""

    def __init__(self, updates: AlertUpdates) -> None:
        self._updates = updates

    def consume(self, record: Received) -> int:
        desk_id, person_id = record.headers.get("desk", ""), record.key
        if not self._updates.concerns(desk_id, person_id):
            return 0
        return self._updates.publish(desk_id, person_id, notify.NotifyEvent.FromString(record.value))


class PresenceEvents:
    """parley.presence.v1: changes of presence, and connections that an admin ended."""

    def __init__(self, updates: PresenceUpdates, ended: EndedConnections) -> None:
        self._updates, self._ended = updates, ended

    def consume(self, record: Received) -> int:
        """1 for a change of presence, which is sent a moment later with others; for ended connections the number of closed sockets."""
        desk_id, person_id = record.headers.get("desk", ""), record.headers.get("people", "")
        kind = record.headers.get("kind")
        if kind == "connections_ended" and self._ended.concerns(desk_id, person_id):
            return self._ended.end(presence.ConnectionsEnded.FromString(record.value).connection_ids)
        if kind != "presence_changed" or not self._updates.concerns(desk_id, person_id):
            return 0
        self._updates.received(presence.PresenceChanged.FromString(record.value).presence)
        return 1


class DirectoryEvents:
    """parley.directory.v1: sign-ins that ended, and people and companies that changed."""

    def __init__(self, sockets: Sockets, resync: Resync) -> None:
        self._sockets, self._resync = sockets, resync

    def consume(self, record: Received) -> int:
        """1 for a record that was decoded."""
        if not record.value or record.key.partition(":")[0] not in DIRECTORY_KINDS:
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
