"""Complete entries and their events as protos.

The contract marks what customers must not see, and servicekit/grpc_server.py removes it from answers (spec 10.2).
"""

import re
from collections.abc import Iterable
from typing import get_args

from parley.chat.v1 import chat_pb2 as pb
from servicekit.moments import from_proto
from servicekit.protos import numbers_of
from services.chat.contract.fields import declare, declare_as, declare_enum, fields_of
from services.chat.domain import events as ev
from services.chat.domain.access import ReadPosition
from services.chat.domain.errors import BadArgument
from services.chat.domain.events import Entry
from services.chat.domain.people import Side
from services.chat.domain.status import ChatStatus, ChatType, Step

# The proto's name of each event: its field in SessionEvent, the record header `kind`, and its name in the store. The class has the same
# name, which therefore never changes.
EVENT_NAMES: dict[type[ev.ChatEvent], str] = {
    kind: re.sub("(?<!^)(?=[A-Z])", "_", kind.__name__).lower() for kind in get_args(ev.ChatEvent)
}
_STATUS_OF: dict[int, ChatStatus] = {number: status for status, number in numbers_of(ChatStatus, pb.ChatStatus).items()}


def ticket_wish_to_proto(wish: ev.TicketWish) -> pb.TicketWished:
    return pb.TicketWished(**{"create" if isinstance(wish, ev.NewTicket) else "attach": fields_of(wish)})


for _members, _numbers in ((Side, pb.Side), (ChatType, pb.ChatType), (ChatStatus, pb.ChatStatus), (Step, pb.Step), (ev.Offer, pb.Offer)):
    declare_enum(_members, _numbers)
declare(ev.TimeWindow, pb.TimeWindow, start="from", end="until")
declare(ev.StatusChanged, pb.StatusChanged, before="from", after="to")
declare_as(ev.TicketWished, lambda event: ticket_wish_to_proto(event.wish))
declare_as(ev.ChatEvent, lambda event: {EVENT_NAMES[type(event)]: fields_of(event)})
declare(Entry, pb.SessionEntry)


def statuses_from(numbers: Iterable[int], field: str = "statuses") -> frozenset[ChatStatus]:
    """Raises BadArgument for a number that is no status."""
    try:
        return frozenset(_STATUS_OF[number] for number in numbers)
    except KeyError as error:
        raise BadArgument(f"{error.args[0]} is no chat status.", field=field) from None


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
