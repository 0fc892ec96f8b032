"""The use cases of chat, built from what they need."""

from collections.abc import Callable
from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.faults import Faults
from services.chat.domain.limits import Limits
from services.chat.handlers.access_changes import AccessChanges
from services.chat.handlers.changes import Salts, SessionChanges
from services.chat.handlers.conversation import Conversation
from services.chat.handlers.deadlines import Deadlines
from services.chat.handlers.desk_settings import DeskSettings
from services.chat.handlers.ending import EndSession
from services.chat.handlers.following import Following
from services.chat.handlers.opening import Opening
from services.chat.handlers.places import Places
from services.chat.handlers.read_positions import ReadPositions
from services.chat.handlers.reading import Reading
from services.chat.handlers.sessions import SessionsOf
from services.chat.handlers.support import Support
from services.chat.ports import (
    Claims,
    Directory,
    Holidays,
    PresenceOf,
    ReadStore,
    ReadTopic,
    Relay,
    SessionLog,
    Sessions,
    SettingsStore,
    Tickets,
)


@dataclass(frozen=True, slots=True)
class Ports:
    log: SessionLog
    relay: Relay
    claims: Claims
    sessions: Sessions
    directory: Directory
    tickets: Tickets
    presence: PresenceOf
    settings: SettingsStore
    holidays: Holidays
    reads: ReadStore
    read_topic: ReadTopic


@dataclass(frozen=True, slots=True)
class Handlers:
    opening: Opening
    conversation: Conversation
    ending: EndSession
    following: Following
    reading: Reading
    read_positions: ReadPositions
    support: Support
    desk_settings: DeskSettings
    deadlines: Deadlines
    changes: SessionChanges
    access_changes: AccessChanges


def build(ports: Ports, *, clock: Clock, faults: Faults, limits: Limits, salt: Callable[[], str] | None = None) -> Handlers:
    changes = SessionChanges(ports.log, ports.relay, ports.claims, ports.sessions, clock, salt or Salts())
    sessions, places = SessionsOf(changes), Places(ports.directory, ports.tickets)
    deadlines = Deadlines(sessions, ports.sessions, ports.presence, ports.settings, limits, clock)
    return Handlers(
        opening=Opening(sessions, ports.claims, places, ports.presence, ports.settings, clock, faults),
        conversation=Conversation(sessions, ports.directory, places, ports.presence, ports.settings),
        ending=EndSession(sessions, ports.directory, ports.tickets),
        following=Following(sessions, ports.sessions, ports.directory, ports.tickets, deadlines.next_due),
        reading=Reading(sessions, ports.sessions),
        read_positions=ReadPositions(sessions, ports.reads, ports.read_topic),
        support=Support(ports.sessions, places, ports.settings, clock),
        desk_settings=DeskSettings(ports.settings, ports.directory, ports.holidays, clock),
        deadlines=deadlines,
        changes=changes,
        access_changes=AccessChanges(sessions, ports.sessions, ports.directory),
    )
