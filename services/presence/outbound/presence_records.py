"""What parley.presence.v1 says of a person."""

from parley.presence.v1 import presence_pb2 as pb
from servicekit import tracing
from servicekit.kafka_records import Record
from servicekit.kafka_topics import PRESENCE
from services.presence.contract import said_to_proto
from services.presence.domain.person import PresenceChanged

KIND = "presence_changed"


def record_of(event: PresenceChanged) -> Record:
    """Keyed by person: the newest record of a key is that person's presence."""
    value = pb.PresenceChanged(presence=said_to_proto(event.person_id, event.desk_id, event.said)).SerializeToString(deterministic=True)
    headers = {"desk": event.desk_id, "people": event.person_id, "kind": KIND, "traceparent": tracing.current_traceparent()}
    return Record(PRESENCE.name, event.person_id, value, headers)
