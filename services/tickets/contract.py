"""Tickets as protos (parley.tickets.v1), for RPCs and for the topic."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import chat_pb2 as chat
from parley.tickets.v1 import tickets_pb2 as pb
from servicekit.kafka_records import Record
from servicekit.kafka_topics import TICKETS
from servicekit.moments import from_proto, to_proto, to_proto_or_none
from servicekit.protos import numbers_of
from servicekit.tracing import HEADER
from services.tickets.domain.attaching import AttachWish, EndedChat, NewTicketWish
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.people import Ref
from services.tickets.domain.ticket import Priority, Ticket, TicketStatus
from services.tickets.domain.ticket_order import Sort
from services.tickets.domain.timeline import Attachment, ChatReference, Commit, Note, TicketChange, TimelineEntry

STATUSES = numbers_of(TicketStatus, pb.TicketStatus)
PRIORITIES = numbers_of(Priority, pb.Priority)
_SORT_OF = {value: sort for sort, value in numbers_of(Sort, pb.TicketSort).items()}
_STATUS_OF = {value: status for status, value in STATUSES.items()}
_PRIORITY_OF = {value: priority for priority, value in PRIORITIES.items()}


def status_from(value: pb.TicketStatus.ValueType, field: str = "status") -> TicketStatus:
    """Raises InvalidValue for an unspecified value and for one of a newer client."""
    if value not in _STATUS_OF:
        raise InvalidValue(field, "There is no such status.")
    return _STATUS_OF[value]


def priority_from(value: pb.Priority.ValueType, field: str = "priority") -> Priority:
    if value not in _PRIORITY_OF:
        raise InvalidValue(field, "There is no such priority.")
    return _PRIORITY_OF[value]


def sort_from(value: pb.TicketSort.ValueType) -> Sort:
    if value == pb.TICKET_SORT_UNSPECIFIED:
        return Sort.CHANGED
    if value not in _SORT_OF:
        raise InvalidValue("sort", "There is no such sort.")
    return _SORT_OF[value]


def moment_from(stamp: Timestamp, field: str) -> datetime:
    """Raises InvalidValue outside the years 1 to 9999."""
    try:
        return from_proto(stamp)
    except (ValueError, OverflowError):
        raise InvalidValue(field, "The time is outside the years 1 to 9999.") from None


def ticket_to_proto(ticket: Ticket) -> pb.Ticket:
    return pb.Ticket(
        id=ticket.id,
        desk_id=ticket.desk_id,
        number=ticket.number,
        revision=ticket.revision,
        summary=ticket.summary,
        status=STATUSES[ticket.status],
        priority=PRIORITIES[ticket.priority],
        board_id=ticket.board.id,
        board_name=ticket.board.name,
        customer=_person(ticket.customer),
        company_id=ticket.company.id,
        company_name=ticket.company.name,
        assignee=_person(ticket.assignee) if ticket.assignee else None,
        source=ticket.source.value,
        created_at=to_proto(ticket.created_at),
        modified_at=to_proto(ticket.modified_at),
    )


def timeline_entry_to_proto(entry: TimelineEntry) -> pb.TimelineEntry:
    proto = pb.TimelineEntry(id=entry.id, revision=entry.revision, at=to_proto(entry.at), by=_person(entry.by), internal=entry.internal)
    match entry.body:
        case Note(text, attachments):
            proto.note.CopyFrom(pb.Note(text=text, attachments=[attachment_to_proto(a) for a in attachments]))
        case ChatReference(session_id, title, ended_at):
            proto.chat.CopyFrom(pb.ChatReference(session_id=session_id, title=title, ended_at=to_proto_or_none(ended_at)))
        case TicketChange(field, before, after):
            proto.change.CopyFrom(pb.TicketChange(field=field, before=before, after=after))
    return proto


def attachment_to_proto(attachment: Attachment) -> pb.Attachment:
    return pb.Attachment(id=attachment.id, name=attachment.name, content_type=attachment.content_type, size=attachment.size)


def events_of(commit: Commit) -> list[pb.TicketEvent]:
    """The events of a commit, in order. Event ids derive from the commit, so a repeated event has the same id."""
    ticket, events = ticket_to_proto(commit.ticket), list[pb.TicketEvent]()

    def add(event_id: str) -> pb.TicketEvent:
        events.append(pb.TicketEvent(event_id=event_id, at=to_proto(commit.entries[0].at), ticket=ticket))
        return events[-1]

    if commit.makes_the_ticket:
        add(f"{ticket.id}:created").created.SetInParent()
    elif commit.changes_the_ticket:
        add(f"{commit.id}:updated").updated.CopyFrom(pb.TicketUpdated(**_former(commit)))
    for entry in commit.entries:
        if not isinstance(entry.body, TicketChange):
            add(entry.id).timeline_grew.CopyFrom(pb.TimelineGrew(entry_id=entry.id, internal=entry.internal))
    if commit.session_id:
        log_id = next((file.id for _, file in commit.attachments), "")
        attached = pb.ChatLogAttached(session_id=commit.session_id, attachment_id=log_id)
        add(f"{commit.session_id}:attached").chat_log_attached.CopyFrom(attached)
    return events


def records_of(commit: Commit) -> list[Record]:
    """Keyed by ticket, with the headers that consumers filter by (tickets.proto, TicketEvent)."""
    ticket = commit.ticket
    people = [ticket.customer.id] + ([ticket.assignee.id] if ticket.assignee else [])
    common = {"desk": ticket.desk_id, "company": ticket.company.id, "board": ticket.board.id, "people": ",".join(people)}
    common |= {name: id for name, id in _former(commit).items() if name != "former_customer_id"}
    return [
        Record(
            TICKETS.name,
            ticket.id,
            event.SerializeToString(),
            {**common, "kind": event.WhichOneof("event") or "", HEADER: commit.traceparent},
        )
        for event in events_of(commit)
    ]


def _former(commit: Commit) -> dict[str, str]:
    """Field of TicketUpdated -> the id that the ticket had before, for each that the commit changed."""
    found = {f"former_{field}_id": commit.former_id(field) for field in ("customer", "company", "board")}
    return {name: id for name, id in found.items() if id}


def _person(ref: Ref) -> pb.TicketPerson:
    return pb.TicketPerson(id=ref.id, name=ref.name)


def ended_chat_from(card: chat.SessionCard, wish: chat.TicketWished) -> EndedChat:
    return EndedChat(
        session_id=card.session_id,
        desk_id=card.desk_id,
        title=card.title,
        customer=Ref(card.customer.id, card.customer.name),
        company=Ref(card.company_id, card.company_name),
        board_id=card.board_id,
        closed_by=Ref(card.close_record.by.id, card.close_record.by.name),
        ended_at=from_proto(card.closed_at) if card.HasField("closed_at") else None,
        wish=_wish_from(wish),
    )


def _wish_from(wished: chat.TicketWished) -> NewTicketWish | AttachWish | None:
    match wished.WhichOneof("wish"):
        case "create":
            wish = wished.create
            return NewTicketWish(wish.board_id, wish.summary, wish.priority)
        case "attach":
            return AttachWish(wished.attach.ticket_id)
        case _:
            return None
