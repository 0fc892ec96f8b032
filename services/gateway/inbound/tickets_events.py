"""parley.tickets.v1: tickets that changed."""

from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit.kafka_records import Received
from services.gateway.handlers.other_news import TicketNews


class TicketsEvents:
    def __init__(self, news: TicketNews) -> None:
        self._news = news

    def heard(self, record: Received) -> int:
        """Says how many frames were sent."""
        headers = record.headers
        concerned = self._news.concerned(headers.get("desk", ""), headers.get("company", ""), headers.get("board", ""))
        if not concerned:
            return 0
        return self._news.heard(tickets.TicketEvent.FromString(record.value), concerned)
