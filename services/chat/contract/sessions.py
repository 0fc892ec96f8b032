"""Sessions, their entries and their cards as protos, complete, and the records of the topic.

The contract marks what customers must not see, and servicekit/grpc_server.py removes it from answers (spec 10.2).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import get_args

from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import chat_pb2 as pb
from servicekit.kafka_records import Record
from servicekit.kafka_topics import CHAT
from servicekit.moments import from_proto, to_ms
from servicekit.protos import declare, declare_as, declare_enum, fields_of, numbers_of
from services.chat.domain import events as ev
from services.chat.domain.access import ReadPosition
from services.chat.domain.callback_tries import CallbackTry
from services.chat.domain.ending import ClosingNote, Ending, NoTicket, OwnTicket
from services.chat.domain.errors import BadArgument
from services.chat.domain.events import Entry
from services.chat.domain.history import HistoryQuery, words_from
from services.chat.domain.people import Side
from services.chat.domain.report import report_of
from services.chat.domain.session import ChatSession, Invitation, TicketLink
from services.chat.domain.status import ChatStatus, ChatType, StatusStep
from services.chat.domain.transfer import Transfer

# The largest answer of GetSession: far below the limit of a gRPC message, and small enough for a slow connection.
PAGE_ENTRIES = 500
PAGE_BYTES = 512 * 1024

# The proto's name of each event: its field in SessionEvent, the record header `kind`, and its name in the store. The class has the same
# name, which therefore never changes.
EVENT_NAMES: dict[type[ev.ChatEvent], str] = {
    kind: re.sub("(?<!^)(?=[A-Z])", "_", kind.__name__).lower() for kind in get_args(ev.ChatEvent)
}
_TYPE_OF: dict[int, ChatType] = {number: type for type, number in numbers_of(ChatType, pb.ChatType).items()}
_STATUS_OF: dict[int, ChatStatus] = {number: status for status, number in numbers_of(ChatStatus, pb.ChatStatus).items()}


def ticket_wish_to_proto(wish: ev.TicketWish) -> pb.TicketWished:
    return pb.TicketWished(**{"create" if isinstance(wish, ev.NewTicket) else "attach": fields_of(wish)})


for _members, _numbers in (
    (Side, pb.Side),
    (ChatType, pb.ChatType),
    (ChatStatus, pb.ChatStatus),
    (StatusStep, pb.Step),
    (ev.Offer, pb.Offer),
    (ev.Solved, pb.Solved),
):
    declare_enum(_members, _numbers)
declare(ev.TimeWindow, pb.TimeWindow, start="from", end="until")
declare(ev.StatusChanged, pb.StatusChanged, before="from", after="to")
declare_as(ev.TicketWished, lambda event: ticket_wish_to_proto(event.wish))
declare_as(ev.ChatEvent, lambda event: {EVENT_NAMES[type(event)]: fields_of(event)})
declare(Entry, pb.SessionEntry)
declare_enum(TicketLink, pb.TicketLink)
declare_as(tuple[ChatStatus, datetime], lambda since: {"status": fields_of(since[0]), "since": fields_of(since[1])})
declare(Invitation, pb.Invitation)
declare(CallbackTry, pb.CallbackTry)
declare(Transfer, pb.Transfer)
declare(ChatSession, pb.SessionCard, id="session_id")


def statuses_from(numbers: Iterable[int], field: str = "statuses") -> frozenset[ChatStatus]:
    """Raises BadArgument for a number that is no status."""
    try:
        return frozenset(_STATUS_OF[number] for number in numbers)
    except KeyError as error:
        raise BadArgument(f"{error.args[0]} is not a chat status.", field=field) from None


def history_query_from(request: pb.ListHistoryRequest) -> HistoryQuery:
    """Raises BadArgument for an invalid status, type, moment or search."""
    if request.type and request.type not in _TYPE_OF:
        raise BadArgument(f"{request.type} is not a chat type.", field="type")
    statuses = statuses_from([request.status] if request.status else [], "status")
    return HistoryQuery(
        desk_id=request.desk_id,
        company_id=request.company_id,
        customer_id=request.customer_id,
        status=next(iter(statuses), None),
        type=_TYPE_OF.get(request.type),
        opened_from=_moment_from(request.opened_from, "opened_from") if request.HasField("opened_from") else None,
        opened_until=_moment_from(request.opened_until, "opened_until") if request.HasField("opened_until") else None,
        words=words_from(request.search),
    )


def _moment_from(stamp: Timestamp, field: str) -> datetime:
    try:
        return from_proto(stamp)
    except (ValueError, OverflowError):
        raise BadArgument(f"{field} is outside the calendar.", field=field) from None


def next_call_at_from(request: pb.PostponeCallbackRequest) -> datetime:
    """Raises BadArgument for a missing moment, or one outside the calendar."""
    if not request.HasField("next_call_at"):
        raise BadArgument("Name the time of the next call.", field="next_call_at")
    return _moment_from(request.next_call_at, "next_call_at")


def callback_wish_from(wish: pb.CallbackWish) -> ev.CallbackWish:
    """The text as typed, which the domain checks. Raises BadArgument for a window that lacks an end or is outside the calendar."""
    try:
        windows = tuple(_window_from(window) for window in wish.windows)
        return ev.CallbackWish(wish.phone, wish.by_chat, wish.note, windows, wish.extension)
    except (ValueError, OverflowError):
        raise BadArgument("A time window needs both its ends.", field="wish.windows") from None


def _window_from(window: pb.TimeWindow) -> ev.TimeWindow:
    if not (window.HasField("from") and window.HasField("until")):
        raise ValueError("an end is missing")
    return ev.TimeWindow(from_proto(getattr(window, "from")), from_proto(window.until))


def read_to_proto(position: ReadPosition) -> pb.ReadPosition:
    return pb.ReadPosition(**fields_of(position))


def entry_kind(entry: Entry) -> str:
    """The first event's name; empty for an entry without events."""
    return EVENT_NAMES[type(entry.events[0])] if entry.events else ""


def entry_to_proto(entry: Entry) -> pb.SessionEntry:
    return pb.SessionEntry(**fields_of(entry))


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
    asked = any(isinstance(event, ev.TicketAskedAgain) for event in entry.events)
    wish = ticket_wish_to_proto(session.wish) if asked and session.wish else None
    return pb.SessionChanged(entry=entry_to_proto(entry), card=card_to_proto(session), wish=wish)


def record_of(entry: Entry, session: ChatSession) -> Record:
    """The Kafka record of an entry: its value is complete, and its headers let readers skip it without decoding it.

    `session` is the state right after `entry`. The header `people` includes those who leave by the entry.

    The header `card` is `same` if the card changed in nothing but its revision and its moment (`at`, in milliseconds), so that readers that
    only list sessions need not decode messages.
    """
    people = {person.id for person in (session.customer, *session.participants, *session.invited)}
    people |= {event.person.id for event in entry.events if isinstance(event, ev.ParticipantLeft)}
    headers = {
        **headers_of(session, people - {""}),
        "kind": entry_kind(entry),
        "card": "same" if all(isinstance(event, ev.MessagePosted) for event in entry.events) else "changed",
        "revision": str(entry.revision),
        "at": str(to_ms(session.modified_at)),
        "status": session.status.value,
        "traceparent": entry.traceparent,
    }
    return Record(CHAT.name, session.id, changed_to_proto(entry, session).SerializeToString(), headers)


def headers_of(session: ChatSession, people: Iterable[str]) -> dict[str, str]:
    """The headers by which readers decide whose pages may show the record."""
    return {"desk": session.desk_id, "company": session.company_id, "board": session.board_id, "people": ",".join(sorted(people))}


def ending_from(request: pb.CompleteSessionRequest) -> Ending:
    """None when the request names no ending."""
    match request.WhichOneof("ending"):
        case "create":
            return ev.NewTicket(request.create.board_id, request.create.summary, request.create.priority)
        case "attach":
            return ev.ExistingTicket(request.attach.ticket_id)
        case "none":
            return NoTicket()
        case "own_ticket":
            return OwnTicket()
        case "closing_note":
            return ClosingNote(request.closing_note.note)
        case _:
            return None
