"""What pages hear on a socket: the contract's ServerFrame as bytes, ready to be sent to any number of lines.

A part that many lines share (an entry, a card) is turned into JSON once and put into its frame as it is.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from google.protobuf.message import Message

from parley.chat.v1.chat_pb2 import Refusal
from parley.gateway.v1 import gateway_pb2 as gateway
from servicekit.errors import TypedError
from servicekit.identity import Caller
from services.gateway.domain.errors import GatewayError
from services.gateway.domain.live_cards import BumpedCard
from services.gateway.handlers.proto_json import proto_json

_encode = msgspec.json.encode


def time_json(moment: datetime) -> str:
    """RFC 3339, as proto JSON writes a Timestamp."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def message_frame(tag: str, message: Message) -> bytes:
    """A frame whose fields are those of the message itself."""
    fields = proto_json(message)
    return b'{"t":"%b"%b%b' % (tag.encode(), b"," if fields != b"{}" else b"", fields[1:])


def spliced(tag: str, field: str, json: bytes) -> bytes:
    """A frame with one field, whose JSON is there already."""
    return b'{"t":"%b","%b":%b}' % (tag.encode(), field.encode(), json)


def welcome(connection_id: str, now: datetime, replica: str, sign_in_id: str) -> bytes:
    fields = {"connectionId": connection_id, "serverTime": time_json(now), "replica": replica, "signInId": sign_in_id}
    return _encode({"t": "welcome", **fields})


def server_beat(now: datetime) -> bytes:
    return _encode({"t": "serverBeat", "serverTime": time_json(now)})


def posted(session_id: str, command_id: str, revision: int) -> bytes:
    return _encode({"t": "posted", "sessionId": session_id, "commandId": command_id, "revision": revision})


def refused(command_id: str, refusal: Refusal) -> bytes:
    return b'{"t":"refused","commandId":%b,"refusal":%b}' % (_encode(command_id), proto_json(refusal))


def card_gone(session_id: str, revision: int) -> bytes:
    return _encode({"t": "cardGone", "sessionId": session_id, "revision": revision})


def presences(json: Iterable[bytes]) -> bytes:
    return spliced("presence", "presences", b"[%b]" % b",".join(json))


def digest(sessions: Mapping[str, int], cards: int, bumped: Iterable[BumpedCard]) -> bytes:
    whole = gateway.Digest(sessions=sessions, cards=cards)
    for one in bumped:
        last = one.last
        added = whole.grown.add(session_id=last.session_id, since=one.since, revision=last.revision)
        added.modified_at.FromMilliseconds(last.at_ms)
    return message_frame("digest", whole)


def read(session_id: str, person_id: str, revision: int) -> bytes:
    return _encode({"t": "read", "sessionId": session_id, "personId": person_id, "revision": revision})


REFETCH = b'{"t":"refetch"}'


def refusal_of(error: GatewayError | TypedError) -> Refusal:
    return Refusal(kind=str(error.kind), code=error.code, field=error.field, message=error.message, details=error.details)


def typing(session_id: str, who: Caller) -> bytes:
    person = {"id": who.id, "name": who.name, "side": "SIDE_ENGINEER" if who.kind == "engineer" else "SIDE_CUSTOMER"}
    return _encode({"t": "typing", "sessionId": session_id, "person": person})
