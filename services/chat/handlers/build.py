"""The use cases of chat, built from what they need."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.faults import Faults
from servicekit.file_types import content_type_of
from servicekit.metrics import Metrics
from services.chat.domain.deadlines import Limits
from services.chat.handlers.access_changes import AccessChanges
from services.chat.handlers.canned_replies import CannedReplies
from services.chat.handlers.chat_contexts import ChatContexts
from services.chat.handlers.chat_logs import ChatLogs
from services.chat.handlers.conversation import Conversation
from services.chat.handlers.deadlines import Deadlines
from services.chat.handlers.desk_settings import DeskSettings
from services.chat.handlers.ending import EndSession, TicketFollower
from services.chat.handlers.erasing import PersonErasing
from services.chat.handlers.figures import DeskFigures
from services.chat.handlers.history import HistorySearch
from services.chat.handlers.history_terms import HistoryTerms
from services.chat.handlers.message_files import MessageFiles
from services.chat.handlers.opening import Opening
from services.chat.handlers.queries import Queries
from services.chat.handlers.read_positions import ReadPositions
from services.chat.handlers.session_queue import SessionQueues
from services.chat.handlers.session_reader import SessionReader
from services.chat.handlers.session_writer import SessionWriter
from services.chat.handlers.support import Support
from services.chat.handlers.transferring import Transferring
from services.chat.ports import Ports


@dataclass(frozen=True, slots=True)
class Handlers:
    opening: Opening
    conversation: Conversation
    transferring: Transferring
    ending: EndSession
    ticket_follower: TicketFollower
    queries: Queries
    history: HistorySearch
    history_terms: HistoryTerms
    chat_logs: ChatLogs
    read_positions: ReadPositions
    support: Support
    figures: DeskFigures
    desk_settings: DeskSettings
    canned_replies: CannedReplies
    deadlines: Deadlines
    access_changes: AccessChanges
    person_erasing: PersonErasing
    message_files: MessageFiles
    writer: SessionWriter


def build(
    ports: Ports,
    *,
    clock: Clock,
    faults: Faults,
    limits: Limits,
    metrics: Metrics,
    file_bytes: int,
    salt: Callable[[], str] | None = None,
    waited: Callable[[float], None] = lambda seconds: None,
) -> Handlers:
    queues = SessionQueues()
    reader = SessionReader(ports.log, ports.sessions, queues)
    writer = SessionWriter(ports.log, ports.relay, ports.claims, reader, queues, clock, salt or Salts(), waited)
    contexts = ChatContexts(ports.directory, ports.tickets)
    files = MessageFiles(reader, ports.log, ports.files, ports.directory, content_type_of, clock, faults, metrics, most=file_bytes)
    deadlines = Deadlines(writer, reader, ports.sessions, ports.presence, ports.settings, limits, clock)
    return Handlers(
        opening=Opening(writer, reader, ports.claims, contexts, ports.presence, ports.settings, clock, faults),
        conversation=Conversation(writer, ports.directory, contexts, ports.presence, ports.settings, files),
        transferring=Transferring(writer, ports.directory, ports.presence, ports.settings),
        ending=EndSession(writer, ports.directory, ports.tickets),
        ticket_follower=TicketFollower(writer, ports.sessions, ports.directory, ports.tickets, deadlines.next_due),
        queries=Queries(reader, ports.sessions),
        history=HistorySearch(ports.history),
        history_terms=HistoryTerms(ports.log, ports.history, clock),
        chat_logs=ChatLogs(reader, ports.written_logs),
        read_positions=ReadPositions(reader, ports.reads, ports.read_topic),
        support=Support(ports.sessions, contexts, ports.settings, clock),
        figures=DeskFigures(ports.figures, ports.sessions, ports.settings, clock),
        desk_settings=DeskSettings(ports.settings, ports.directory, ports.holidays, clock),
        canned_replies=CannedReplies(ports.canned_replies, clock),
        deadlines=deadlines,
        access_changes=AccessChanges(writer, ports.sessions, ports.directory),
        person_erasing=PersonErasing(
            writer, ports.log, ports.sessions, ports.reads, ports.history, ports.canned_replies, ports.files, ports.relay, clock
        ),
        message_files=files,
        writer=writer,
    )


class Salts:
    """32 random hex digits per call. Reads the system's randomness for many at once."""

    def __init__(self) -> None:
        self._left = ""

    def __call__(self) -> str:
        if not self._left:
            self._left = secrets.token_hex(16 * 256)
        salt, self._left = self._left[:32], self._left[32:]
        return salt
