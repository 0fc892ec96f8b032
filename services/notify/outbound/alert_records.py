"""What parley.notify.v1 says of an alert."""

from datetime import datetime

from parley.notify.v1 import notify_pb2 as pb
from servicekit import tracing
from servicekit.identity import new_id
from servicekit.kafka_records import Record
from servicekit.kafka_topics import NOTIFY
from services.notify.contract import alert_to_proto, moment
from services.notify.domain.session_alert import AlertEvent, AlertRaised

RAISED, WITHDRAWN = "alert_raised", "alert_withdrawn"


def record_of(event: AlertEvent, at: datetime) -> Record:
    """Keyed by person, whose alerts come in order. A record that is said twice carries the same event id."""
    alert = event.alert
    value = pb.NotifyEvent(event_id=new_id(), at=moment(at))
    if isinstance(event, AlertRaised):
        kind = RAISED
        value.alert_raised.alert.CopyFrom(alert_to_proto(alert))
    else:
        kind = WITHDRAWN
        withdrawn = pb.AlertWithdrawn(alert_id=alert.id, person_id=alert.person_id, session_id=alert.card.session_id)
        value.alert_withdrawn.CopyFrom(withdrawn)
    headers = {"desk": alert.card.desk_id, "people": alert.person_id, "kind": kind, "traceparent": tracing.current_traceparent()}
    return Record(NOTIFY.name, alert.person_id, value.SerializeToString(deterministic=True), headers)
