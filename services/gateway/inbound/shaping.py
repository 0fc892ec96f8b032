"""What chat says, as each audience may see it, in the JSON of a frame: made once for an audience, when somebody of it first needs it."""

from collections.abc import Callable
from typing import Any

from parley.chat.v1 import chat_pb2 as chat
from services.gateway.domain.audience import (
    ENGINEERS_ONLY_CARD_FIELDS,
    ENGINEERS_ONLY_EVENT_FIELDS,
    ENGINEERS_ONLY_EVENTS,
    Audience,
)
from services.gateway.handlers import server_frames
from services.gateway.handlers.proto_json import proto_json


def entry_for(audience: Audience, entry: chat.SessionEntry) -> chat.SessionEntry:
    """The entry as the audience may see it; what is left out is counted in `hidden`."""
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
    """The frame for an audience, encoded at most once."""
    return _once(lambda audience: server_frames.spliced("entry", "entry", proto_json(entry_for(audience, entry))))


def card_frames(card: chat.SessionCard) -> Callable[[Audience], bytes]:
    """The frame for an audience, encoded at most once."""
    return _once(lambda audience: server_frames.spliced("card", "card", proto_json(card_for(audience, card))))


def _once(make: Callable[[Audience], bytes]) -> Callable[[Audience], bytes]:
    made: dict[Audience, bytes] = {}

    def frame(audience: Audience) -> bytes:
        if audience not in made:
            made[audience] = make(audience)
        return made[audience]

    return frame
