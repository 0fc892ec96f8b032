"""Complete sessions and their cards as protos (see events.py)."""

from collections.abc import Sequence

from parley.chat.v1 import chat_pb2 as pb
from servicekit.moments import to_proto, to_proto_or_none
from servicekit.protos import numbers_of
from services.chat.contract.events import (
    OFFERS,
    STATUSES,
    TYPES,
    callback_wish_to_proto,
    contact_to_proto,
    entry_to_proto,
    person_to_proto,
    ticket_wish_to_proto,
)
from services.chat.domain.events import Entry, TicketAskedAgain
from services.chat.domain.report import Report, report_of
from services.chat.domain.session import ChatSession, CloseRecord, TicketLink

# The largest answer of GetSession: far below the limit of a gRPC message, and small enough for a slow connection.
PAGE_ENTRIES = 500
PAGE_BYTES = 512 * 1024
_LINKS = numbers_of(TicketLink, pb.TicketLink)


def card_to_proto(session: ChatSession) -> pb.SessionCard:
    return pb.SessionCard(
        session_id=session.id,
        desk_id=session.desk_id,
        revision=session.revision,
        type=TYPES[session.type],
        status=STATUSES[session.status],
        past_statuses=[STATUSES[status] for status in session.past_statuses],
        title=session.title,
        customer=person_to_proto(session.customer),
        company_id=session.company_id,
        company_name=session.company_name,
        board_id=session.board_id,
        ticket_id=session.ticket_id,
        ticket_number=session.ticket_number,
        on_ticket=session.on_ticket,
        creator=person_to_proto(session.creator),
        participants=[person_to_proto(person) for person in session.participants],
        invited=[person_to_proto(person) for person in session.invited],
        opened_at=to_proto(session.opened_at),
        waiting_since=to_proto_or_none(session.waiting_since),
        handled_at=to_proto_or_none(session.handled_at),
        closed_at=to_proto_or_none(session.closed_at),
        modified_at=to_proto(session.modified_at),
        unattended=session.unattended,
        callback=callback_wish_to_proto(session.callback) if session.callback else None,
        close_record=_closed(session.close_record) if session.close_record else None,
        offer=OFFERS[session.offer],
        contact=contact_to_proto(session.contact),
        ticket_link=_LINKS[session.ticket_link],
        taken_by=person_to_proto(session.taken_by) if session.taken_by else None,
        report=_report(report_of(session)),
        statuses=[pb.StatusSince(status=STATUSES[status], since=to_proto(at)) for status, at in session.statuses],
    )


def _report(report: Report) -> pb.SessionReport:
    return pb.SessionReport(
        wait_seconds=report.wait_seconds,
        handled_at=to_proto_or_none(report.handled_at),
        duration_seconds=report.duration_seconds,
        closed_by=person_to_proto(report.closed_by) if report.closed_by else None,
    )


def _closed(record: CloseRecord) -> pb.CloseRecord:
    return pb.CloseRecord(by=person_to_proto(record.by), note=record.note, modified_at=to_proto(record.modified_at))


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
