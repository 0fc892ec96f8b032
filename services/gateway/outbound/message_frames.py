"""The frame of an entry of messages, which are most entries, as the contract's ServerFrame.

It is the same as `frames_of` makes (server_frames.py), without the generic conversion, which takes longer. Customers see all of
a message, so one frame is for both kinds of people. tests/contract/test_frames.py compares the two, also when the contract changes.
"""

import msgspec

from parley.chat.v1 import chat_pb2 as chat
from services.gateway.outbound.proto_json import timestamp
from services.gateway.outbound.server_frames import FrameOf, frames_of

SIDES: dict[int, str] = {number: name for name, number in chat.Side.items()}
_encode = msgspec.json.Encoder().encode


class _Person(msgspec.Struct, rename="camel", gc=False):
    id: str
    name: str
    side: str | int


class _File(msgspec.Struct, rename="camel", gc=False):
    id: str
    name: str
    content_type: str
    size: int
    sha256: str


class _Message(msgspec.Struct, rename="camel", gc=False):
    message_id: str
    text: str
    files: list[_File]


class _Event(msgspec.Struct, rename="camel", gc=False):
    message_posted: _Message


class _Entry(msgspec.Struct, rename="camel", gc=False):
    session_id: str
    revision: int
    at: str
    by: _Person
    command_id: str
    events: list[_Event]
    hash: str
    hidden: int


class _Frame(msgspec.Struct, tag_field="t", tag="entry", gc=False):
    entry: _Entry


def frames_of_messages(entry: chat.SessionEntry) -> FrameOf:
    """The frame of an entry for each kind of person. One that has other events than messages is converted as any entry."""
    events = []
    for event in entry.events:
        if not event.HasField("message_posted"):
            return frames_of("entry", entry)
        posted = event.message_posted
        events.append(_Event(_Message(posted.message_id, posted.text, [_file(file) for file in posted.files])))
    if not (entry.HasField("by") and entry.HasField("at")):
        return frames_of("entry", entry)
    by = entry.by
    person = _Person(by.id, by.name, SIDES.get(by.side, by.side))
    fields = entry.session_id, entry.revision, timestamp(entry.at), person, entry.command_id, events, entry.hash, entry.hidden
    frame = _encode(_Frame(_Entry(*fields)))
    return lambda kind: frame


def _file(file: chat.File) -> _File:
    return _File(file.id, file.name, file.content_type, file.size, file.sha256)
