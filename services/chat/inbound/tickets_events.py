"""What chat hears from tickets: that a session's log is on its ticket, which is what a completed session waits for."""

from collections.abc import Awaitable, Callable

from parley.tickets.v1 import tickets_pb2 as pb
from servicekit.kafka_records import Received

# (desk_id, session_id, ticket_id, ticket_number)
TicketLinked = Callable[[str, str, str, int], Awaitable[None]]


class TicketsEvents:
    """Handles records of parley.tickets.v1. A repeat finds the session linked and changes nothing."""

    def __init__(self, ticket_linked: TicketLinked) -> None:
        self._ticket_linked = ticket_linked

    async def handle(self, record: Received) -> None:
        if record.headers.get("kind") != "chat_log_attached":
            return
        said = pb.TicketEvent.FromString(record.value)
        ticket, session_id = said.ticket, said.chat_log_attached.session_id
        await self._ticket_linked(ticket.desk_id, session_id, ticket.id, ticket.number)
