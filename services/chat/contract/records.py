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
from servicekit.protos import fields_of
from services.chat.contract.sessions import record_of
from services.chat.domain.events import Entry, MessagePosted
from services.chat.domain.session import ChatSession

# Sessions. Each takes about a kilobyte.
MAX_KEPT = 10_000


class _Kept(NamedTuple):
    """What a session's record of `revision` had, for the record of the next one."""

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
            card = pb.SessionChanged.FromString(record.value).card.SerializeToString()
            self._keep(session.id, _Kept(entry.revision, card, dict(record.headers)))
            return record
        self._keep(session.id, kept._replace(revision=entry.revision))
        headers = {**kept.headers, "revision": str(entry.revision), "at": str(to_ms(session.modified_at)), "traceparent": entry.traceparent}
        changed = pb.SessionChanged(entry=_entry_of_messages(entry), card=pb.SessionCard.FromString(kept.card))
        changed.card.revision = entry.revision
        changed.card.modified_at.CopyFrom(to_proto(session.modified_at))
        return Record(CHAT.name, session.id, changed.SerializeToString(), headers)

    def _keep(self, session_id: str, kept: _Kept) -> None:
        self._kept[session_id] = kept
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


def _entry_of_messages(entry: Entry) -> pb.SessionEntry:
    posted = [event for event in entry.events if isinstance(event, MessagePosted)]
    return pb.SessionEntry(
        session_id=entry.session_id,
        revision=entry.revision,
        at=to_proto(entry.at),
        by=pb.Person(**fields_of(entry.by)),
        command_id=entry.command_id,
        events=[pb.SessionEvent(message_posted=pb.MessagePosted(message_id=event.message_id, text=event.text)) for event in posted],
        hash=entry.hash,
    )
