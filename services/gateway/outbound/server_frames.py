"""The contract's ServerFrame as bytes.

What many sockets share, an entry, a card or a ticket, is encoded once for each kind of person and spliced into its frame. Customers are
not sent what the contract marks (servicekit/visibility.py).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec
from google.protobuf.message import Message

from parley.chat.v1 import chat_pb2 as chat
from parley.gateway.v1 import gateway_pb2 as gateway
from servicekit import moments
from servicekit.errors import TypedError
from servicekit.identity import Caller, CallerKind
from servicekit.visibility import for_customers
from services.gateway.domain.cards import BumpedCard
from services.gateway.outbound.proto_json import proto_json

# A frame as each kind of person may see it.
FrameOf = Callable[[CallerKind], bytes]
REFETCH = b'{"t":"refetch"}'
_encode = msgspec.json.encode


def message_frame(tag: str, message: Message) -> bytes:
    """A frame with the fields of the message."""
    fields = proto_json(message)
    return b'{"t":"%b"%b%b' % (tag.encode(), b"," if fields != b"{}" else b"", fields[1:])


def spliced(tag: str, field: str, json: bytes) -> bytes:
    """A frame with one field that is already encoded."""
    return b'{"t":"%b","%b":%b}' % (tag.encode(), field.encode(), json)


def welcome(connection_id: str, now: datetime, replica: str, sign_in_id: str) -> bytes:
    fields = {"connectionId": connection_id, "serverTime": moments.to_json(now), "replica": replica, "signInId": sign_in_id}
    return _encode({"t": "welcome", **fields})


def server_beat(now: datetime) -> bytes:
    return _encode({"t": "serverBeat", "serverTime": moments.to_json(now)})


def posted(session_id: str, command_id: str, revision: int) -> bytes:
    return _encode({"t": "posted", "sessionId": session_id, "commandId": command_id, "revision": revision})


def refused(command_id: str, refusal: chat.Refusal) -> bytes:
    return b'{"t":"refused","commandId":%b,"refusal":%b}' % (_encode(command_id), proto_json(refusal))


def refusal_of(error: TypedError) -> chat.Refusal:
    return chat.Refusal(kind=str(error.kind), code=error.code, field=error.field, message=error.message, details=error.details)


def card_gone(session_id: str, revision: int, *, older: bool) -> bytes:
    return _encode({"t": "cardGone", "sessionId": session_id, "revision": revision, **({"older": True} if older else {})})


def presences(json: Iterable[bytes]) -> bytes:
    return spliced("presence", "presences", b"[%b]" % b",".join(json))


def digest(sessions: Mapping[str, int], cards: int, bumped: Iterable[BumpedCard]) -> bytes:
    whole = gateway.Digest(sessions=sessions, cards=cards)
    for one in bumped:
        last = one.last
        added = whole.grown.add(session_id=last.session_id, since=one.since, revision=last.revision)
        added.modified_at.CopyFrom(moments.to_proto(moments.from_ms(last.at_ms)))
    return message_frame("digest", whole)


def read(session_id: str, person_id: str, revision: int, delivered: int = 0) -> bytes:
    received = {"delivered": delivered} if delivered else {}
    return _encode({"t": "read", "sessionId": session_id, "personId": person_id, "revision": revision, **received})


def typing(session_id: str, who: Caller) -> bytes:
    person = {"id": who.id, "name": who.name, "side": "SIDE_ENGINEER" if who.kind == "engineer" else "SIDE_CUSTOMER"}
    return _encode({"t": "typing", "sessionId": session_id, "person": person})


def frames_of(tag: Literal["entry", "card", "ticket"], message: Message) -> FrameOf:
    """The frame with the message as that kind of person may see it: encoded once for each kind, and once for both if they see the same."""
    # By kind of person, and "" for the whole message.
    made: dict[str, bytes] = {}

    def frame(kind: CallerKind) -> bytes:
        if kind not in made:
            shown = message if kind == "engineer" else for_customers(message)
            if shown is not message:
                made[kind] = spliced(tag, tag, proto_json(shown))
            else:
                made[kind] = made[""] = made.get("") or spliced(tag, tag, proto_json(message))
        return made[kind]

    return frame
