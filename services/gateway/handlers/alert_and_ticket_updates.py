"""Alerts to their engineer, and tickets to whoever may see them."""

from collections import OrderedDict

from parley.notify.v1 import notify_pb2 as notify
from parley.tickets.v1 import tickets_pb2 as tickets
from services.gateway.domain.interest import Interest
from services.gateway.outbound import server_frames
from services.gateway.outbound.proto_json import proto_json
from services.gateway.ports import Socket

REMEMBERED = 10_000


class AlertUpdates:
    """An alert goes to every page of its engineer; which of them makes a sound is the pages' matter.

    Each event is passed on once: a repeat, by a second relay or after a crash, may come after the withdrawal of what it raises.
    """

    def __init__(self, interest: Interest[Socket]) -> None:
        self._interest = interest
        self._passed_on: OrderedDict[str, None] = OrderedDict()

    def concerns(self, desk_id: str, person_id: str) -> bool:
        return bool(self._interest.of_person(desk_id, person_id))

    def publish(self, desk_id: str, person_id: str, event: notify.NotifyEvent) -> int:
        """Says how many frames were sent."""
        if event.event_id in self._passed_on:
            return 0
        self._passed_on[event.event_id] = None
        if len(self._passed_on) > REMEMBERED:
            self._passed_on.popitem(last=False)
        match event.WhichOneof("event"):
            case "alert_raised":
                frame = server_frames.message_frame("alertRaised", event.alert_raised)
            case "alert_withdrawn":
                frame = server_frames.message_frame("alertWithdrawn", event.alert_withdrawn)
            case _:
                return 0
        return _send([socket for socket in self._interest.of_person(desk_id, person_id) if socket.viewer.kind == "engineer"], frame)


class TicketUpdates:
    """Pages learn that a ticket changed and ask again; what only engineers may know does not even make a customer's page ask."""

    def __init__(self, interest: Interest[Socket]) -> None:
        self._interest = interest

    def concerned(self, desk_id: str, company_id: str, board_id: str) -> list[Socket]:
        """Lines that may see a ticket of this company on this board; customers still have to be its own."""
        engineers = [socket for socket in self._interest.engineers(desk_id) if socket.viewer.may_see(company_id, board_id)]
        return engineers + list(self._interest.of_company(desk_id, company_id))

    def publish(self, event: tickets.TicketEvent, concerned: list[Socket]) -> int:
        """Says how many frames were sent."""
        frame = server_frames.spliced("ticket", "ticket", proto_json(event.ticket))
        internal = event.WhichOneof("event") == "timeline_grew" and event.timeline_grew.internal
        customer_id = event.ticket.customer.id

        def may_receive(socket: Socket) -> bool:
            return socket.viewer.kind == "engineer" or (not internal and (socket.viewer.id == customer_id or socket.shared_tickets))

        return _send([socket for socket in concerned if may_receive(socket)], frame)


def _send(sockets: list[Socket], frame: bytes) -> int:
    for socket in sockets:
        socket.send(frame)
    return len(sockets)
