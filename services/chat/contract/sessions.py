"""Complete sessions and their cards as protos (see events.py)."""

from collections.abc import Sequence
from datetime import datetime

from parley.chat.v1 import chat_pb2 as pb
from services.chat.contract.events import entry_to_proto, ticket_wish_to_proto
from services.chat.contract.fields import declare, declare_as, declare_enum, fields_of
from services.chat.domain.events import Entry, TicketAskedAgain
from services.chat.domain.report import report_of
from services.chat.domain.session import ChatSession, Invitation, TicketLink
from services.chat.domain.status import ChatStatus

# The largest answer of GetSession: far below the limit of a gRPC message, and small enough for a slow connection.
PAGE_ENTRIES = 500
PAGE_BYTES = 512 * 1024

declare_enum(TicketLink, pb.TicketLink)
declare_as(tuple[ChatStatus, datetime], lambda since: {"status": fields_of(since[0]), "since": fields_of(since[1])})
declare(Invitation, pb.Invitation)
declare(ChatSession, pb.SessionCard, id="session_id")


def card_to_proto(session: ChatSession) -> pb.SessionCard:
    return pb.SessionCard(**fields_of(session), past_statuses=fields_of(session.past_statuses), report=fields_of(report_of(session)))


def session_to_proto(session: ChatSession, entries: Sequence[Entry]) -> pb.Session:
    """The session with these entries."""
    return pb.Session(card=card_to_proto(session), entries=[entry_to_proto(entry) for entry in entries], hash=session.hash)


def page_to_proto(session: ChatSession, entries: Sequence[Entry]) -> pb.GetSessionResponse:
    """A page of the session: as many of these consecutive entries as fit, at least one."""
    page = pb.GetSessionResponse(session=session_to_proto(session, []))
    size = 0
    for entry in entries[:PAGE_ENTRIES]:
        added = entry_to_proto(entry)
        size += added.ByteSize()
        if size > PAGE_BYTES and page.session.entries:
            break
        page.session.entries.append(added)
    page.more = bool(page.session.entries) and page.session.entries[-1].revision < session.revision
    return page


def changed_to_proto(entry: Entry, session: ChatSession) -> pb.SessionChanged:
    """`session` is the state right after `entry`."""
    asked = any(isinstance(event, TicketAskedAgain) for event in entry.events)
    wish = ticket_wish_to_proto(session.wish) if asked and session.wish else None
    return pb.SessionChanged(entry=entry_to_proto(entry), card=card_to_proto(session), wish=wish)
