"""Records of entries, made cheaply for messages, which are most of them.

A message changes nothing of its session's card but the revision and the time, and nothing of the headers by which readers find whom it
concerns. So these are made once and used for the messages that follow it. The record is the same as that of `record_of`.
"""

from collections import OrderedDict
from typing import NamedTuple

from parley.chat.v1 import chat_pb2 as pb
from servicekit.kafka_records import Record
from servicekit.kafka_topics import CHAT
from servicekit.moments import to_ms, to_proto
from servicekit.protos import fields_of, numbers_of
from services.chat.contract.sessions import record_of
from services.chat.domain.events import Entry, MessagePosted
from services.chat.domain.people import Side
from services.chat.domain.session import ChatSession

# Sessions. Each takes about a kilobyte.
MAX_KEPT = 10_000
_SIDES = numbers_of(Side, pb.Side)


class _Kept(NamedTuple):
    """What a session's record of `revision` had, for the record of the next one. `card`: a SessionChanged, encoded, which has only the card
    without its revision and time."""

    revision: int
    card: bytes
    headers: dict[str, str]


class Records:
    """Belongs to one event loop. After a gap in what it is given, as when another replica published, it makes a record anew."""

    def __init__(self, most: int = MAX_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def of(self, entry: Entry, session: ChatSession) -> Record:
        """`session` is the state right after `entry`."""
        kept = self._kept.pop(session.id, None)
        if not entry.events or not all(type(event) is MessagePosted for event in entry.events):
            return record_of(entry, session)
        if kept is None or kept.revision != entry.revision - 1:
            record = record_of(entry, session)
            self._keep(session.id, _Kept(entry.revision, _unchanging_card(record.value), dict(record.headers)))
            return record
        self._keep(session.id, kept._replace(revision=entry.revision))
        headers = {**kept.headers, "revision": str(entry.revision), "at": str(to_ms(session.modified_at)), "traceparent": entry.traceparent}
        # Two encoded messages in a row are one with the fields of both (the encoding of protobuf, "Last One Wins").
        return Record(CHAT.name, session.id, kept.card + _changed_by_messages(entry, session), headers)

    def _keep(self, session_id: str, kept: _Kept) -> None:
        self._kept[session_id] = kept
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


def _unchanging_card(value: bytes) -> bytes:
    changed = pb.SessionChanged(card=pb.SessionChanged.FromString(value).card)
    changed.card.ClearField("revision")
    changed.card.ClearField("modified_at")
    return changed.SerializeToString()


def _changed_by_messages(entry: Entry, session: ChatSession) -> bytes:
    """A SessionChanged, encoded: the entry, and what it changes of the card. Set field by field, because a message that is passed to
    another one's constructor is copied."""
    changed = pb.SessionChanged()
    to, by = changed.entry, entry.by
    to.session_id, to.revision, to.command_id, to.hash = entry.session_id, entry.revision, entry.command_id, entry.hash
    to.by.id, to.by.name, to.by.side = by.id, by.name, _SIDES[by.side]
    to.at.CopyFrom(to_proto(entry.at))
    for event in entry.events:
        if isinstance(event, MessagePosted):
            posted = to.events.add().message_posted
            posted.message_id, posted.text = event.message_id, event.text
            if event.files:
                posted.files.extend(pb.File(**fields_of(file)) for file in event.files)
    changed.card.revision = entry.revision
    changed.card.modified_at.CopyFrom(to_proto(session.modified_at))
    return changed.SerializeToString()
