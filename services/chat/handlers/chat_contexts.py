"""Finds the company, board and ticket of a customer's new chat, for support.py and opening.py alike."""

from collections.abc import Mapping

from servicekit.errors import RemoteError, Unavailable
from services.chat.domain.access import covers, owns_ticket
from services.chat.domain.errors import TicketNotFound
from services.chat.domain.opening import ChatContext, TicketFacts
from services.chat.domain.people import NO_CONTACT, CustomerFacts, Viewer
from services.chat.ports import Directory, Tickets


class ChatContexts:
    """A chat on a ticket has the ticket's company and board, even if the customer's company is another by now; a pre-ticket chat has the
    customer's own. Raises TicketNotFound, Unavailable."""

    def __init__(self, directory: Directory, tickets: Tickets) -> None:
        self._directory, self._tickets = directory, tickets

    async def own(self, viewer: Viewer, ticket_id: str) -> ChatContext:
        """For the customer; `ticket_id` empty: pre-ticket."""
        ticket = await self._ticket(viewer, ticket_id) if ticket_id else None
        if ticket is not None and not owns_ticket(viewer, ticket.customer_id):
            raise TicketNotFound(ticket_id)
        return self._context(viewer.desk_id, await self._own_facts(viewer), ticket)

    async def of_ticket(self, viewer: Viewer, ticket_id: str) -> ChatContext:
        """For the ticket's customer, on behalf of an engineer who may see the ticket."""
        ticket = await self._ticket(viewer, ticket_id)
        if not covers(viewer, ticket.company_id, ticket.board_id):
            raise TicketNotFound(ticket_id)
        return self._context(viewer.desk_id, await self._facts(viewer.desk_id, ticket.customer_id), ticket)

    async def phone_of(self, viewer: Viewer) -> str:
        """The customer's number in the directory; empty for none."""
        return (await self._own_facts(viewer)).contact.phone

    async def _own_facts(self, viewer: Viewer) -> CustomerFacts:
        """A chat opens while the directory does not answer (spec 9.5): the caller's token has all but the contact."""
        try:
            found = await self._directory.customers(viewer.desk_id, [viewer.person.id])
        except (Unavailable, RemoteError):
            board_id = self._directory.default_board(viewer.desk_id, viewer.company_id)
            if not board_id:
                raise
            return CustomerFacts(viewer.person, viewer.company_id, board_id, NO_CONTACT)
        return _only(found)

    async def _facts(self, desk_id: str, customer_id: str) -> CustomerFacts:
        return _only(await self._directory.customers(desk_id, [customer_id]))

    async def _ticket(self, viewer: Viewer, ticket_id: str) -> TicketFacts:
        ticket = await self._tickets.ticket(viewer.desk_id, ticket_id) if ticket_id else None
        if ticket is None:
            raise TicketNotFound(ticket_id)
        return ticket

    def _context(self, desk_id: str, customer: CustomerFacts, ticket: TicketFacts | None) -> ChatContext:
        company_id = ticket.company_id if ticket else customer.company_id
        board_id = ticket.board_id if ticket else customer.board_id
        return ChatContext(
            customer=customer.person,
            company_id=company_id,
            company_name=self._directory.company_name(desk_id, company_id),
            board_id=board_id,
            contact=customer.contact,
            disabled=customer.disabled,
            ticket_id=ticket.id if ticket else "",
            ticket_number=ticket.number if ticket else 0,
            ticket_closed=ticket is not None and ticket.closed,
            company_archived=self._directory.company_archived(desk_id, company_id),
            board_archived=self._directory.board_archived(desk_id, board_id),
        )


def _only(found: Mapping[str, CustomerFacts]) -> CustomerFacts:
    for customer in found.values():
        return customer
    # Everyone who signed in or has a ticket is in the directory.
    raise Unavailable("The directory does not have the customer yet; try again.")
