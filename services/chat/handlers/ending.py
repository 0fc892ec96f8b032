"""Ending a session, and its close note (spec 4.1, 4.2, 4.11, 4.12)."""

from services.chat.domain import ending as rules
from services.chat.domain.access import engineer_of
from services.chat.domain.errors import BadArgument, TicketNotFound
from services.chat.domain.events import ExistingTicket, NewTicket
from services.chat.domain.people import Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.session_queue import Answer, Decide, command_of
from services.chat.handlers.session_writer import SessionWriter
from services.chat.ports import Directory, Tickets


class EndSession:
    """Raises ChatError or Unavailable."""

    def __init__(self, writer: SessionWriter, directory: Directory, tickets: Tickets) -> None:
        self._writer, self._directory, self._tickets = writer, directory, tickets

    async def complete(self, viewer: Viewer, session_id: str, command_id: str, ending: rules.Ending) -> Answer:
        """Checks board and ticket first, so that a wish in the log is possible."""
        by = engineer_of(viewer).person

        async def prepare(session: ChatSession) -> Decide:
            if isinstance(ending, NewTicket):
                self._check_board(viewer, ending)
            elif isinstance(ending, ExistingTicket) and not session.on_ticket:
                await self._check_ticket(viewer, session, ending)
            return lambda session, now: rules.complete(session, by, ending)

        return await self._writer.decide_on_facts(command_of(viewer, session_id, command_id, "complete", ending), prepare)

    async def amend(self, viewer: Viewer, session_id: str, command_id: str, note: str) -> Answer:
        by = engineer_of(viewer).person
        command = command_of(viewer, session_id, command_id, "amend", note)
        return await self._writer.decide(command, lambda session, now: rules.amend(session, by, note))

    def _check_board(self, viewer: Viewer, ticket: NewTicket) -> None:
        allowed = viewer.boards is None or ticket.board_id in viewer.boards
        if not (allowed and self._directory.has_board(viewer.desk_id, ticket.board_id)):
            raise BadArgument(f"There is no board {ticket.board_id[:64]!r}.", field="create.board_id", code="no_such_board")

    async def _check_ticket(self, viewer: Viewer, session: ChatSession, wish: ExistingTicket) -> None:
        field = "attach.ticket_id"
        ticket = await self._tickets.ticket(viewer.desk_id, wish.ticket_id) if wish.ticket_id else None
        if ticket is None or not viewer.covers(ticket.company_id, ticket.board_id):
            raise TicketNotFound(wish.ticket_id, field=field)
        if ticket.customer_id != session.customer.id:
            raise BadArgument("This is another customer's ticket.", field=field, code="other_customer")
