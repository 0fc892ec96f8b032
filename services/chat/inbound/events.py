"""The records that chat consumes: the directory's, presence's, tickets' and its own."""

from collections.abc import Awaitable, Callable

from parley.chat.v1 import chat_pb2
from parley.presence.v1 import presence_pb2
from parley.tickets.v1 import directory_pb2, tickets_pb2
from servicekit.desk_settings import SettingsChanges
from servicekit.kafka_records import Received
from services.chat.handlers.ending import TicketFollower
from services.chat.ports import Directory

KEPT = frozenset({"desk", "person", "company", "board"})
THERE = frozenset({presence_pb2.PRESENCE_ONLINE, presence_pb2.PRESENCE_AWAY, presence_pb2.PRESENCE_BUSY})
# (desk_id, person_id)
EngineerChanged = Callable[[str, str], None]
PersonIsBack = Callable[[str, str], Awaitable[None]]


def directory_record(apply: Callable[[directory_pb2.DirectoryEntry], None], engineer_changed: EngineerChanged, record: Received) -> None:
    """Of parley.directory.v1, a broadcast: desks, people, companies and boards go into the local copy, and an engineer's access may
    have changed."""
    if record.headers.get("kind") in KEPT:
        entry = directory_pb2.DirectoryEntry.FromString(record.value)
        apply(entry)
        if entry.person.kind == directory_pb2.PERSON_KIND_ENGINEER:
            engineer_changed(entry.person.desk_id, entry.person.id)


def settings_record(changes: SettingsChanges, record: Received) -> None:
    """Of parley.chat.v1, a broadcast: a desk's settings changed at some replica. Skips all other records by header."""
    if record.headers.get("kind") == "settings_changed":
        changes.changed(chat_pb2.ChatSettingsChanged.FromString(record.value).desk_id)


async def presence_record(directory: Directory, person_is_back: PersonIsBack, record: Received) -> None:
    """Of parley.presence.v1: an engineer is back. Commands fetch presence themselves (spec 1.14). The
    deadline of an unattended session makes up for a lost record."""
    presence = presence_pb2.PresenceChanged.FromString(record.value).presence
    if presence.presence in THERE and directory.engineer(presence.desk_id, presence.person_id):
        await person_is_back(presence.desk_id, presence.person_id)


async def tickets_record(ticket_follower: TicketFollower, record: Received) -> None:
    """Of parley.tickets.v1. `chat_log_attached`: the log of a completed session is on its ticket, for which the session waits. `updated`:
    a ticket changed and may have moved to another board. A repeat changes nothing."""
    headers = record.headers
    match headers.get("kind"):
        case "chat_log_attached":
            event = tickets_pb2.TicketEvent.FromString(record.value)
            ticket = event.ticket
            await ticket_follower.ticket_linked(ticket.desk_id, event.chat_log_attached.session_id, ticket.id, ticket.number)
        case "updated":
            await ticket_follower.ticket_changed(headers["desk"], record.key, headers["board"], headers["company"])
