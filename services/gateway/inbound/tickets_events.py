"""parley.tickets.v1: tickets that changed."""

from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit.kafka_records import Received
from services.gateway.handlers.alert_and_ticket_updates import TicketUpdates


class TicketsEvents:
    def __init__(self, updates: TicketUpdates) -> None:
        self._updates = updates

    def consume(self, record: Received) -> int:
        """Says how many frames were sent."""
        headers = record.headers
        concerned = self._updates.concerned(headers.get("desk", ""), headers.get("company", ""), headers.get("board", ""))
        if not concerned:
            return 0
        return self._updates.publish(tickets.TicketEvent.FromString(record.value), concerned)
