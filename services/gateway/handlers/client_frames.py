"""What pages may say on a socket: the contract's ClientFrame as structs, decoded and checked in one go.

tests/contract/test_frames.py holds these against gateway.proto, so that neither can drift from the other.
"""

import json
import re
from typing import Annotated, Any

import msgspec

from services.gateway.domain.errors import BadValue

MAX_BYTES = 64 * 1024
MAX_WATCHED = 500
MAX_FOLLOWED = 50

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Revision = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]
CommandId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ClientFrame(msgspec.Struct, tag_field="t", rename="camel", forbid_unknown_fields=True, gc=False):
    """`t` is the field of ClientFrame's oneof."""


class Beat(ClientFrame, tag="beat"):
    pass


class Activity(ClientFrame, tag="activity"):
    pass


class WatchPeople(ClientFrame, tag="watchPeople"):
    person_ids: Annotated[list[Id], msgspec.Meta(max_length=MAX_WATCHED)] = []


class FollowSessions(ClientFrame, tag="followSessions"):
    session_ids: Annotated[list[Id], msgspec.Meta(max_length=MAX_FOLLOWED)] = []


class PostFrame(ClientFrame, tag="post"):
    session_id: Id
    command_id: CommandId
    # Its length is checked where it can be refused in chat's words.
    text: str
    previous_command_id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    traceparent: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Typing(ClientFrame, tag="typing"):
    session_id: Id


class Read(ClientFrame, tag="read"):
    session_id: Id
    revision: Revision


Frame = Beat | Activity | WatchPeople | FollowSessions | PostFrame | Typing | Read
KINDS: tuple[type[ClientFrame], ...] = (Beat, Activity, WatchPeople, FollowSessions, PostFrame, Typing, Read)


class _Named(msgspec.Struct, rename="camel"):
    command_id: str = ""


_decode = msgspec.json.Decoder(Frame).decode
_name = msgspec.json.Decoder(_Named).decode
# msgspec says where: "... - at `$.personIds[3]`".
_WHERE = re.compile(r" - at `\$\.?(?P<field>[^`]*)`$")
_NAMED = re.compile(r"^Object (contains unknown|missing required) field `(?P<field>[^`]*)`")


_HALF = re.compile(r"[\uD800-\uDFFF]")


class NotAFrame(Exception):
    """No JSON text, or too large: the line is closed, for whoever sends this is no page of ours."""


class BadFrame(BadValue):
    """JSON, but no frame that we know, or one with a wrong field; `command_id` is the frame's, if it had one."""

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
        # A text that was cut within an emoji: JSON can write it, msgspec takes it for no JSON.
        raise _half_character(data) or NotAFrame() from None
    return frame


def _half_character(data: bytes) -> BadFrame | None:
    """The refusal of a frame with half a character in it; None for what is no such frame."""
    try:
        parsed: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    fields = parsed if isinstance(parsed, dict) else {}
    bad = next((name for name, text in fields.items() if isinstance(text, str) and _HALF.search(text)), "")
    refused = BadFrame("The text holds half a character (a lone surrogate).", field=_HALF.sub("", bad))
    command_id = fields.get("commandId")
    refused.command_id = _HALF.sub("", command_id)[:64] if isinstance(command_id, str) else ""
    return refused


def _refused(reason: str, data: bytes) -> BadFrame:
    found = _NAMED.match(reason) or _WHERE.search(reason)
    refused = BadFrame(_WHERE.sub("", reason), field=found["field"] if found else "")
    try:
        refused.command_id = _name(data).command_id[:64]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # It stays without a name: the frame is refused all the same.
        refused.command_id = ""
    return refused
