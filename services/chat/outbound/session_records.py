"""Kafka records about sessions: the value is complete; the headers let readers skip records without decoding them."""

from collections.abc import Iterable

from parley.chat.v1 import chat_pb2 as pb
from servicekit.kafka_records import Record
from servicekit.kafka_topics import CHAT, READS
from servicekit.moments import to_ms
from servicekit.tracing import current_traceparent
from services.chat.contract.events import entry_kind, read_to_proto
from services.chat.contract.sessions import changed_to_proto
from services.chat.domain.access import ReadPosition, who_may_learn
from services.chat.domain.events import Entry, MessagePosted, ParticipantLeft
from services.chat.domain.people import Person
from services.chat.domain.session import ChatSession


def record_of(entry: Entry, session: ChatSession) -> Record:
    """`session` is the state right after `entry`. The header `people` includes those who leave by the entry.

    The header `card` is `same` if the card changed in nothing but its revision and its moment (`at`, in milliseconds), so that readers that
    only list sessions need not decode messages.
    """
    people = {person.id for person in (session.customer, *session.participants, *session.invited)}
    people |= {event.person.id for event in entry.events if isinstance(event, ParticipantLeft)}
    headers = {
        **_seen_by(session, people - {""}),
        "kind": entry_kind(entry),
        "card": "same" if all(isinstance(event, MessagePosted) for event in entry.events) else "changed",
        "revision": str(entry.revision),
        "at": str(to_ms(session.modified_at)),
        "status": session.status.value,
        "traceparent": entry.traceparent,
    }
    return Record(CHAT.name, session.id, changed_to_proto(entry, session).SerializeToString(), headers)


def read_record(position: ReadPosition, session: ChatSession, reader: Person) -> Record:
    """`reader` has read `session` up to the position. The header `people` names those whose pages may show it."""
    headers = {**_seen_by(session, who_may_learn(session, reader)), "kind": "position_moved", "traceparent": current_traceparent()}
    return Record(READS.name, session.id, pb.ReadPositionMoved(position=read_to_proto(position)).SerializeToString(), headers)


def _seen_by(session: ChatSession, people: Iterable[str]) -> dict[str, str]:
    """The headers by which readers decide whose pages may show the record."""
    return {"desk": session.desk_id, "company": session.company_id, "board": session.board_id, "people": ",".join(sorted(people))}


def settings_record(desk_id: str, version: int) -> Record:
    """A desk's settings changed: every replica with a cached copy consumes this."""
    value = pb.ChatSettingsChanged(desk_id=desk_id, version=version).SerializeToString()
    headers = {"desk": desk_id, "company": "", "board": "", "people": "", "kind": "settings_changed", "status": "", "traceparent": ""}
    return Record(CHAT.name, desk_id, value, headers)
