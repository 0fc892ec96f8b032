"""What parley.presence.v1 says, each kind under keys of its own: the newest record of a key is what holds."""

from google.protobuf.message import Message

from parley.presence.v1 import presence_pb2 as pb
from servicekit import tracing
from servicekit.kafka_records import Record
from servicekit.kafka_topics import PRESENCE
from services.presence.contract import CONNECTIONS_ENDED, PRESENCE_CHANGED, SETTINGS_CHANGED, announced_to_proto, moment
from services.presence.domain.ending import ConnectionsEnded
from services.presence.domain.person import Event


def record_of(event: Event) -> Record:
    """Of a person. Presence is keyed by the person alone, and what ends connections must not push it out of the topic."""
    if isinstance(event, ConnectionsEnded):
        ending = event.ending
        ended = pb.ConnectionsEnded(
            person_id=event.person_id, desk_id=event.desk_id, connection_ids=ending.connection_ids, at=moment(ending.at)
        )
        return _record(f"ended:{event.person_id}", CONNECTIONS_ENDED, event.desk_id, event.person_id, ended)
    changed = pb.PresenceChanged(presence=announced_to_proto(event.person_id, event.desk_id, event.announced))
    return _record(event.person_id, PRESENCE_CHANGED, event.desk_id, event.person_id, changed)


def settings_record(desk_id: str, version: int) -> Record:
    return _record(f"settings:{desk_id}", SETTINGS_CHANGED, desk_id, "", pb.PresenceSettingsChanged(desk_id=desk_id, version=version))


def _record(key: str, kind: str, desk_id: str, person_id: str, value: Message) -> Record:
    headers = {"desk": desk_id, "people": person_id, "kind": kind, "traceparent": tracing.current_traceparent()}
    return Record(PRESENCE.name, key, value.SerializeToString(deterministic=True), headers)
