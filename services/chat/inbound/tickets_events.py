"""What chat hears from tickets: that a session's log is on its ticket, which is what a completed session waits for, and that a ticket
changed, which may have moved it to another board."""

from parley.tickets.v1 import tickets_pb2 as pb
from servicekit.kafka_records import Received
from services.chat.handlers.following import Following


class TicketsEvents:
    """Handles records of parley.tickets.v1. A repeat finds everything as it should be and changes nothing."""

    def __init__(self, following: Following) -> None:
        self._following = following

    async def handle(self, record: Received) -> None:
        headers = record.headers
        match headers.get("kind"):
            case "chat_log_attached":
                said = pb.TicketEvent.FromString(record.value)
                ticket = said.ticket
                await self._following.ticket_linked(ticket.desk_id, said.chat_log_attached.session_id, ticket.id, ticket.number)
            case "updated":
                await self._following.ticket_changed(headers["desk"], record.key, headers["board"], headers["company"])
