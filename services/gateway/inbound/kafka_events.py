"""Passes records of Kafka to the sockets that they concern. Every replica consumes all records of all topics.

There is one function for each topic. It decides by the record's key and headers whether the record concerns a socket of this replica,
and decodes it only then. It returns how many frames were sent, unless its docstring defines another number; 0 for a record without a
socket here.
"""

from collections.abc import Callable, Mapping

from parley.chat.v1 import chat_pb2 as chat
from parley.notify.v1 import notify_pb2 as notify
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit import tracing
from servicekit.kafka_records import Received
from servicekit.metrics import Metrics
from services.gateway.domain.cards import CardBump
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.alert_and_ticket_updates import AlertUpdates, publish_ticket, sockets_of_ticket, withdraw_ticket
from services.gateway.handlers.desk_cards import DeskCards, facts_of
from services.gateway.handlers.ended_connections import EndedConnections
from services.gateway.handlers.presence_updates import PresenceUpdates
from services.gateway.handlers.read_positions import ReadPositions
from services.gateway.handlers.resync import Resync
from services.gateway.handlers.session_updates import SessionUpdate, SessionUpdates
from services.gateway.handlers.sockets import Sockets
from services.gateway.handlers.ticket_viewers import TicketViewers
from services.gateway.outbound.message_frames import frames_of_messages
from services.gateway.outbound.server_frames import frames_of
from services.gateway.ports import Socket

# Pages hold neither: desk settings are fetched when needed, and a voided session was never shown.
IGNORED_CHAT_KINDS = frozenset({"settings_changed", "session_voided"})
DIRECTORY_KINDS = frozenset({"person", "company", "sign_in"})


class KafkaEvents:
    """Calls the function of each record's topic, and `lost` with the desk of a record whose function failed: its pages miss an update."""

    def __init__(self, handlers: Mapping[str, Callable[[Received], int]], lost: Callable[[str], None], metrics: Metrics) -> None:
        self._handlers, self._lost = handlers, lost
        # By topic and `seen` or `forwarded`.
        self._counts: dict[tuple[str, ...], int] = {(topic, what): 0 for topic in handlers for what in ("seen", "forwarded")}
        about = "Records of Kafka: those that were consumed, and those that concerned a socket here"
        metrics.counter_of("records_total", about, lambda: self._counts, ["topic", "what"])
        seconds = metrics.histogram("delivery_seconds", "From publishing a record until it was written to sockets", ["topic"])
        self._seconds = {topic: seconds.labels(topic) for topic in handlers}

    def consume(self, record: Received) -> None:
        """Raises what the topic's function raises; BroadcastReader logs and counts it, and continues."""
        self._counts[record.topic, "seen"] += 1
        delivering = tracing.start_span(f"deliver {record.topic}", record.headers.get(tracing.HEADER, ""))
        try:
            forwarded = self._handlers[record.topic](record)
        except Exception:
            self._lost(record.headers.get("desk", ""))
            raise
        if forwarded:
            self._counts[record.topic, "forwarded"] += 1
            self._seconds[record.topic].observe(record.age())
            # A record that concerns nobody here is not part of the trace.
            delivering.end()


def session_changed(cards: DeskCards, updates: SessionUpdates, record: Received) -> int:
    """parley.chat.v1: entries of sessions."""
    headers = record.headers
    if headers.get("kind") in IGNORED_CHAT_KINDS or not cards.subscribed(headers.get("desk", "")):
        return 0
    if headers.get("card") == "same":
        frames = updates.publish_message(bump_of(record), lambda: frames_of_messages(chat.SessionChanged.FromString(record.value).entry))
        if frames is not None:
            return frames
    changed = chat.SessionChanged.FromString(record.value)
    entry, card = frames_of("entry", changed.entry), frames_of("card", changed.card)
    return updates.publish(SessionUpdate(facts_of(changed.card), entry, card))


def bump_of(record: Received) -> CardBump:
    """The bump in a record whose headers mark it as only a message."""
    headers = record.headers
    return CardBump(headers["desk"], record.key, int(headers["revision"]), int(headers["at"]))


def read_position_moved(index: SocketIndex[Socket], reads: ReadPositions, record: Received) -> int:
    """parley.reads.v1: read positions of people."""
    desk_id, people = record.headers.get("desk", ""), record.headers.get("people", "").split(",")
    if not index.sockets_of_session(desk_id, record.key, people):
        return 0
    return reads.publish(desk_id, people, chat.ReadPositionMoved.FromString(record.value).position)


def ticket_changed(index: SocketIndex[Socket], viewers: TicketViewers, record: Received) -> int:
    """parley.tickets.v1: changes of tickets. Of one that moved, the pages that show it are checked again."""
    headers = record.headers
    desk_id, company_id, board_id = headers.get("desk", ""), headers.get("company", ""), headers.get("board", "")
    former = (headers.get("former_company_id", company_id), headers.get("former_board_id", board_id))
    concerned = sockets_of_ticket(index, desk_id, company_id, board_id)
    before = sockets_of_ticket(index, desk_id, *former) if former != (company_id, board_id) else concerned
    if not (concerned or before):
        return 0
    if before is not concerned:
        viewers.changed(desk_id, [record.key])
    event = tickets.TicketEvent.FromString(record.value)
    return publish_ticket(event, concerned) + withdraw_ticket(event, concerned, before)


def alert_changed(index: SocketIndex[Socket], updates: AlertUpdates, record: Received) -> int:
    """parley.notify.v1: alerts, raised and withdrawn, and notifications."""
    desk_id, people = record.headers.get("desk", ""), record.headers.get("people", "").split(",")
    here = [person_id for person_id in people if index.of_person(desk_id, person_id)]
    if record.headers.get("kind") == "settings_changed" or not here:
        return 0
    return updates.publish(desk_id, here, notify.NotifyEvent.FromString(record.value))


def presence_changed(
    index: SocketIndex[Socket], updates: PresenceUpdates, ended: EndedConnections, viewers: TicketViewers, record: Received
) -> int:
    """parley.presence.v1: changes of presence and of who views a ticket, and connections that an admin ended.

    1 for a change of presence, which is sent a moment later with others; for viewers the number of pages that show the ticket; for ended
    connections the number of closed sockets.
    """
    desk_id, person_id = record.headers.get("desk", ""), record.headers.get("people", "")
    kind = record.headers.get("kind")
    if kind == "connections_ended" and index.of_person(desk_id, person_id):
        return ended.end(presence.ConnectionsEnded.FromString(record.value).connection_ids)
    if kind == "ticket_viewers_changed" and index.engineers(desk_id):
        return viewers.changed(desk_id, presence.TicketViewersChanged.FromString(record.value).ticket_ids)
    if kind != "presence_changed" or not index.people.granted_to(desk_id, person_id):
        return 0
    updates.received(presence.PresenceChanged.FromString(record.value).presence)
    return 1


def directory_changed(sockets: Sockets, resync: Resync, record: Received) -> int:
    """parley.directory.v1: sign-ins that ended, and people and companies that changed. 1 for a record that was decoded."""
    if not record.value or record.key.partition(":")[0] not in DIRECTORY_KINDS:
        return 0
    entry = directory.DirectoryEntry.FromString(record.value)
    match entry.WhichOneof("entry"):
        case "sign_in_ended":
            sockets.sign_in_ended(entry.sign_in_ended.sign_in_id)
        case "person":
            resync.person(entry)
        case "company":
            resync.company(entry.company.desk_id, entry.company.id)
    return 1
