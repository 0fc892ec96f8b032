"""The contract's ServerFrame as bytes, and what each audience is shown of a session (domain/access.py).

What many sockets share, an entry or a card, is encoded once for each audience and spliced into its frame.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from google.protobuf.message import Message

from parley.chat.v1 import chat_pb2 as chat
from parley.gateway.v1 import gateway_pb2 as gateway
from servicekit.errors import TypedError
from servicekit.identity import Caller
from services.gateway.domain.access import (
    ENGINEERS_ONLY_CARD_FIELDS,
    ENGINEERS_ONLY_EVENT_FIELDS,
    ENGINEERS_ONLY_EVENTS,
    Audience,
)
from services.gateway.domain.cards import BumpedCard
from services.gateway.domain.errors import GatewayError
from services.gateway.outbound.proto_json import proto_json

REFETCH = b'{"t":"refetch"}'
_encode = msgspec.json.encode


def time_json(moment: datetime) -> str:
    """RFC 3339 with milliseconds, as proto JSON writes a Timestamp."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def message_frame(tag: str, message: Message) -> bytes:
    """A frame with the fields of the message."""
    fields = proto_json(message)
    return b'{"t":"%b"%b%b' % (tag.encode(), b"," if fields != b"{}" else b"", fields[1:])


def spliced(tag: str, field: str, json: bytes) -> bytes:
    """A frame with one field that is already encoded."""
    return b'{"t":"%b","%b":%b}' % (tag.encode(), field.encode(), json)


def welcome(connection_id: str, now: datetime, replica: str, sign_in_id: str) -> bytes:
    fields = {"connectionId": connection_id, "serverTime": time_json(now), "replica": replica, "signInId": sign_in_id}
    return _encode({"t": "welcome", **fields})


def server_beat(now: datetime) -> bytes:
    return _encode({"t": "serverBeat", "serverTime": time_json(now)})


def posted(session_id: str, command_id: str, revision: int) -> bytes:
    return _encode({"t": "posted", "sessionId": session_id, "commandId": command_id, "revision": revision})


def refused(command_id: str, refusal: chat.Refusal) -> bytes:
    return b'{"t":"refused","commandId":%b,"refusal":%b}' % (_encode(command_id), proto_json(refusal))


def refusal_of(error: GatewayError | TypedError) -> chat.Refusal:
    return chat.Refusal(kind=str(error.kind), code=error.code, field=error.field, message=error.message, details=error.details)


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


def typing(session_id: str, who: Caller) -> bytes:
    person = {"id": who.id, "name": who.name, "side": "SIDE_ENGINEER" if who.kind == "engineer" else "SIDE_CUSTOMER"}
    return _encode({"t": "typing", "sessionId": session_id, "person": person})


def entry_for(audience: Audience, entry: chat.SessionEntry) -> chat.SessionEntry:
    """The entry as the audience may see it; `hidden` counts the events that were removed."""
    if audience is Audience.ENGINEER:
        return entry
    shown = chat.SessionEntry()
    shown.CopyFrom(entry)
    del shown.events[:]
    for event in entry.events:
        name = event.WhichOneof("event") or ""
        if name in ENGINEERS_ONLY_EVENTS:
            shown.hidden += 1
            continue
        added = shown.events.add()
        added.CopyFrom(event)
        for field in ENGINEERS_ONLY_EVENT_FIELDS.get(name, ()):
            getattr(added, name).ClearField(field)
    return shown


def card_for(audience: Audience, card: chat.SessionCard) -> chat.SessionCard:
    """The card as the audience may see it."""
    if audience is Audience.ENGINEER:
        return card
    shown: Any = chat.SessionCard()
    shown.CopyFrom(card)
    for field in ENGINEERS_ONLY_CARD_FIELDS:
        shown.ClearField(field)
    return shown  # type: ignore[no-any-return]


def entry_frames(entry: chat.SessionEntry) -> Callable[[Audience], bytes]:
    """The entry's frame by audience, encoded at most once for each."""
    return _once(lambda audience: spliced("entry", "entry", proto_json(entry_for(audience, entry))))


def card_frames(card: chat.SessionCard) -> Callable[[Audience], bytes]:
    """The card's frame by audience, encoded at most once for each."""
    return _once(lambda audience: spliced("card", "card", proto_json(card_for(audience, card))))


def _once(encode: Callable[[Audience], bytes]) -> Callable[[Audience], bytes]:
    encoded: dict[Audience, bytes] = {}

    def frame(audience: Audience) -> bytes:
        if audience not in encoded:
            encoded[audience] = encode(audience)
        return encoded[audience]

    return frame
