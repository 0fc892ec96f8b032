"""Alerts to their engineer, notifications to one page, and changes of tickets to those who may see them."""

from collections.abc import Sequence

from parley.gateway.v1 import gateway_pb2 as gateway
from parley.notify.v1 import notify_pb2 as notify
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit.clock import Clock
from servicekit.metrics import AGES, Metrics
from servicekit.moments import from_proto
from services.gateway.domain.access import is_engineer, may_be_notified, may_see_ticket, may_see_tickets
from services.gateway.domain.bounded_dict import BoundedDict
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.outbound import server_frames
from services.gateway.ports import Socket

MAX_PUBLISHED = 10_000


class AlertUpdates:
    """Sends an alert to every page of its engineer, and a notification to the one page that notify chose.

    Each event is sent once, because Kafka may repeat the one that raises an alert after the one that withdraws it. An engineer whose
    restrictions exclude the session is sent no alert and no notification: notify may not have consumed the change of access yet.
    """

    def __init__(self, index: SocketIndex[Socket], clock: Clock, metrics: Metrics) -> None:
        self._index, self._clock = index, clock
        self._published: BoundedDict[str, None] = BoundedDict(MAX_PUBLISHED)
        # Begins before `alert_seconds` of notify ends, so that the two together leave out nothing between a request and its alerts.
        about = "From saving raised alerts in notify until they were written to sockets"
        self._seconds = metrics.histogram("alert_delivery_seconds", about, buckets=AGES)

    def publish(self, desk_id: str, people: Sequence[str], event: notify.NotifyEvent) -> int:
        """Sends the event to those of these people whom it concerns. Returns the number of frames."""
        if event.event_id in self._published:
            return 0
        self._published[event.event_id] = None
        if event.WhichOneof("event") == "notification_sent":
            return sum(self._notify(desk_id, person_id, event.notification_sent) for person_id in people)
        frames = sum(self._alert(desk_id, person_id, event) for person_id in people)
        if frames and event.WhichOneof("event") == "alert_raised":
            # 0 if notify's clock is ahead.
            self._seconds.observe(max((self._clock.now() - from_proto(event.at)).total_seconds(), 0))
        return frames

    def _alert(self, desk_id: str, person_id: str, event: notify.NotifyEvent) -> int:
        engineers = [socket for socket in self._index.of_person(desk_id, person_id) if is_engineer(socket.viewer)]
        if event.WhichOneof("event") == "alert_raised":
            alert = event.alert_raised.alert
            engineers = [socket for socket in engineers if may_be_notified(socket.viewer, alert.company_id, alert.board_id)]
        frame = alert_frame(event, person_id) if engineers else None
        if frame is None:
            return 0
        for socket in engineers:
            socket.send(frame)
        return len(engineers)

    def _notify(self, desk_id: str, person_id: str, sent: notify.NotificationSent) -> int:
        about = sent.notification
        for socket in self._index.of_person(desk_id, person_id):
            if socket.id == sent.connection_id and (about.close or may_be_notified(socket.viewer, sent.company_id, sent.board_id)):
                socket.send(server_frames.message_frame("notification", about))
                return 1
        return 0


def alert_frame(event: notify.NotifyEvent, person_id: str) -> bytes | None:
    """The frame for one of the event's engineers. None for an event that is no alert, or not theirs."""
    match event.WhichOneof("event"):
        case "alert_raised" if person_id in event.alert_raised.person_ids:
            alert = notify.Alert()
            alert.CopyFrom(event.alert_raised.alert)
            alert.alert_id, alert.person_id = f"{alert.alert_id}:{person_id}", person_id
            return server_frames.message_frame("alertRaised", notify.AlertRaised(alert=alert))
        case "alert_withdrawn" if person_id in event.alert_withdrawn.person_ids:
            withdrawn = event.alert_withdrawn
            alert_id = f"{withdrawn.alert_id}:{person_id}"
            gone = notify.AlertWithdrawn(alert_id=alert_id, person_id=person_id, session_id=withdrawn.session_id)
            return server_frames.message_frame("alertWithdrawn", gone)
    return None


def sockets_of_ticket(index: SocketIndex[Socket], desk_id: str, company_id: str, board_id: str) -> list[Socket]:
    """Sockets that may see a ticket of this company on this board. `publish_ticket` also checks whose ticket it is for customers."""
    engineers = [socket for socket in index.engineers(desk_id) if may_see_tickets(socket.viewer, company_id, board_id)]
    return engineers + list(index.of_company(desk_id, company_id))


def publish_ticket(event: tickets.TicketEvent, concerned: list[Socket]) -> int:
    """Sends a changed ticket to the pages, which then fetch it; internal changes to engineers only. Returns the number of frames."""
    frame = server_frames.frames_of("ticket", event.ticket)
    internal = event.WhichOneof("event") == "timeline_grew" and event.timeline_grew.internal
    receivers = _shown_to(concerned, event.ticket.customer.id)
    if internal:
        receivers = [socket for socket in receivers if is_engineer(socket.viewer)]
    for socket in receivers:
        socket.send(frame(socket.viewer.kind))
    return len(receivers)


def withdraw_ticket(event: tickets.TicketEvent, concerned: list[Socket], before: list[Socket]) -> int:
    """Sends only the id of a moved ticket to the pages that saw it `before` and may not now; they fetch it, and find that it is missing.
    Returns the number of frames."""
    former_customer = event.updated.former_customer_id
    if before is concerned and not former_customer:
        return 0
    still = set(_shown_to(concerned, event.ticket.customer.id))
    lost = [socket for socket in _shown_to(before, former_customer or event.ticket.customer.id) if socket not in still]
    frame = server_frames.message_frame("ticket", gateway.TicketFrame(ticket=tickets.Ticket(id=event.ticket.id)))
    for socket in lost:
        socket.send(frame)
    return len(lost)


def _shown_to(sockets: list[Socket], customer_id: str) -> list[Socket]:
    """Those of engineers, of the customer, and of customers whose company shares its tickets."""
    return [each for each in sockets if may_see_ticket(each.viewer, customer_id, shared=each.shared_tickets)]
