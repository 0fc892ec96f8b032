"""The frames that pages send: the contract's ClientFrame as structs, decoded and checked in one step.

tests/contract/test_frames.py compares the structs with gateway.proto.
"""

import json
import re
from typing import Annotated, Any, Literal

import msgspec

from services.gateway.domain.reports import PageState
from services.gateway.errors import BadValue

MAX_BYTES = 64 * 1024
MAX_WATCHED = 500
MAX_FOLLOWED = 50
# Of one message (spec 13.5).
MAX_FILES = 10
# Chats whose windows are open on one page.
MAX_OPEN = 50
MAX_ROUND_TRIP_MS = 60_000

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Revision = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]
CommandId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
ShortId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
# "<session>:<kind>:<person>:<number>".
DeliveryId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Permission = Literal[
    "NOTIFICATION_PERMISSION_DEFAULT",
    "NOTIFICATION_PERMISSION_GRANTED",
    "NOTIFICATION_PERMISSION_DENIED",
    "NOTIFICATION_PERMISSION_UNSUPPORTED",
]
Outcome = Literal[
    "DELIVERY_OUTCOME_RECEIVED",
    "DELIVERY_OUTCOME_SHOWN",
    "DELIVERY_OUTCOME_SOUNDED",
    "DELIVERY_OUTCOME_SOUND_BLOCKED",
    "DELIVERY_OUTCOME_FAILED",
    "DELIVERY_OUTCOME_CLICKED",
]


class ClientFrame(msgspec.Struct, tag_field="t", rename="camel", forbid_unknown_fields=True, gc=False):
    """`t` is the field of ClientFrame's oneof."""


class Beat(ClientFrame, tag="beat"):
    round_trip_ms: Annotated[int, msgspec.Meta(ge=1, le=MAX_ROUND_TRIP_MS)] = 0


class Activity(ClientFrame, tag="activity"):
    pass


class WatchPeople(ClientFrame, tag="watchPeople"):
    person_ids: Annotated[list[Id], msgspec.Meta(max_length=MAX_WATCHED)] = []


class FollowSessions(ClientFrame, tag="followSessions"):
    session_ids: Annotated[list[Id], msgspec.Meta(max_length=MAX_FOLLOWED)] = []


class PostFrame(ClientFrame, tag="post"):
    session_id: Id
    command_id: CommandId
    # Its length is checked by handlers/posting.py, which refuses it with chat's code.
    text: str
    previous_command_id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    traceparent: Annotated[str, msgspec.Meta(max_length=64)] = ""
    file_ids: Annotated[list[ShortId], msgspec.Meta(max_length=MAX_FILES)] = []


class NoteFrame(PostFrame, tag="note"):
    """An internal note."""


class Typing(ClientFrame, tag="typing"):
    session_id: Id


class Read(ClientFrame, tag="read"):
    session_id: Id
    revision: Revision


class Delivered(ClientFrame, tag="delivered"):
    session_id: Id
    revision: Revision


class PageStateFrame(ClientFrame, tag="pageState"):
    permission: Permission
    browser_id: ShortId
    visible: bool = False
    focused: bool = False
    installed: bool = False
    sound_allowed: bool = False
    session_ids: Annotated[list[ShortId], msgspec.Meta(max_length=MAX_OPEN)] = []

    @property
    def state(self) -> PageState:
        return PageState(**{**msgspec.structs.asdict(self), "session_ids": tuple(sorted(set(self.session_ids)))})


class ViewTicket(ClientFrame, tag="viewTicket"):
    ticket_id: Annotated[str, msgspec.Meta(max_length=128)] = ""


class DeliveryFrame(ClientFrame, tag="delivery"):
    delivery_id: DeliveryId
    outcome: Outcome
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""
    place: Annotated[str, msgspec.Meta(max_length=200)] = ""


Frame = (
    Beat
    | Activity
    | WatchPeople
    | FollowSessions
    | PostFrame
    | NoteFrame
    | Typing
    | Read
    | Delivered
    | PageStateFrame
    | DeliveryFrame
    | ViewTicket
)
KINDS: tuple[type[ClientFrame], ...] = (
    Beat,
    Activity,
    WatchPeople,
    FollowSessions,
    PostFrame,
    NoteFrame,
    Typing,
    Read,
    Delivered,
    PageStateFrame,
    DeliveryFrame,
    ViewTicket,
)


class _Named(msgspec.Struct, rename="camel"):
    command_id: str = ""


_decode = msgspec.json.Decoder(Frame).decode
_name = msgspec.json.Decoder(_Named).decode
# msgspec names the field: "... - at `$.personIds[3]`".
_WHERE = re.compile(r" - at `\$\.?(?P<field>[^`]*)`$")
_NAMED = re.compile(r"^Object (contains unknown|missing required) field `(?P<field>[^`]*)`")
_SURROGATE = re.compile(r"[\uD800-\uDFFF]")


class NotAFrame(Exception):
    """Not JSON, or too large. The socket is closed, because no page of Parley sends this."""


class BadFrame(BadValue):
    """JSON, but an unknown frame, or one with a wrong field. `command_id` is the frame's, empty without one."""

    code = "bad_frame"
    command_id: str = ""


def decode(data: bytes) -> Frame:
    """Raises NotAFrame or BadFrame."""
    if len(data) > MAX_BYTES:
        raise NotAFrame
    try:
        frame: Frame = _decode(data)
    except msgspec.ValidationError as error:
        raise _refused(str(error), data) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # A text that was cut within an emoji is valid JSON, but msgspec rejects it.
        raise _half_character(data) or NotAFrame() from None
    return frame


def _half_character(data: bytes) -> BadFrame | None:
    """The refusal of a frame whose text holds a lone surrogate; None if there is none."""
    try:
        parsed: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    fields = parsed if isinstance(parsed, dict) else {}
    bad = next((name for name, text in fields.items() if isinstance(text, str) and _SURROGATE.search(text)), "")
    refused = BadFrame("The text holds half a character (a lone surrogate).", field=_SURROGATE.sub("", bad))
    command_id = fields.get("commandId")
    refused.command_id = _SURROGATE.sub("", command_id)[:64] if isinstance(command_id, str) else ""
    return refused


def _refused(reason: str, data: bytes) -> BadFrame:
    found = _NAMED.match(reason) or _WHERE.search(reason)
    refused = BadFrame(_WHERE.sub("", reason), field=found["field"] if found else "")
    try:
        refused.command_id = _name(data).command_id[:64]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        refused.command_id = ""
    return refused
