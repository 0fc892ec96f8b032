"""Client of the service `tickets`. Chat calls as itself and decides what its own caller may see."""

from grpc.aio import Channel

from parley.tickets.v1 import tickets_pb2 as pb
from parley.tickets.v1.tickets_pb2_grpc import TicketsServiceStub
from servicekit.errors import Kind, RemoteError
from servicekit.grpc_client import call
from services.chat.domain.opening import TicketFacts


class TicketsClient:
    """The port Tickets. Chats without a ticket work when tickets is down (spec 9.5)."""

    def __init__(self, channel: Channel) -> None:
        self._stub = TicketsServiceStub(channel)

    async def ticket(self, desk_id: str, ticket_id: str) -> TicketFacts | None:
        try:
            answer: pb.GetTicketResponse = await call(self._stub.GetTicket, pb.GetTicketRequest(ticket_id=ticket_id))
        except RemoteError as error:
            if error.kind is Kind.NOT_FOUND:
                return None
            raise
        ticket = answer.ticket
        if ticket.desk_id != desk_id:
            return None
        return TicketFacts(
            id=ticket.id,
            number=ticket.number,
            customer_id=ticket.customer.id,
            company_id=ticket.company_id,
            board_id=ticket.board_id,
            closed=ticket.status == pb.TICKET_STATUS_CLOSED,
            revision=ticket.revision,
        )
