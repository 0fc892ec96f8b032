"""Ending a session, its close note and its ticket (spec 4.1, 4.2, 4.11, 4.12)."""

from services.chat.domain import ending as rules
from services.chat.domain.access import engineer_of
from services.chat.domain.errors import BadArgument, TicketNotFound
from services.chat.domain.events import ExistingTicket, NewTicket
from services.chat.domain.people import Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.command import Answer, Decide, SessionCommand
from services.chat.handlers.following import location_of
from services.chat.handlers.session_writer import SessionWriter
from services.chat.ports import Directory, NextDue, Sessions, Tickets


class EndSession:
    """Raises ChatError or Unavailable."""

    def __init__(self, writer: SessionWriter, lists: Sessions, directory: Directory, tickets: Tickets, next_due: NextDue) -> None:
        self._writer, self._lists, self._directory, self._tickets, self._next_due = writer, lists, directory, tickets, next_due

    async def complete(self, viewer: Viewer, session_id: str, command_id: str, ending: rules.Ending) -> Answer:
        """Checks board and ticket first, so that a wish in the log is possible."""
        by = engineer_of(viewer).person

        async def prepare(session: ChatSession) -> Decide:
            if isinstance(ending, NewTicket):
                self._check_board(viewer, ending)
            elif isinstance(ending, ExistingTicket) and not session.on_ticket:
                await self._check_ticket(viewer, session, ending)
            return lambda session, now: rules.complete(session, by, ending)

        return await self._writer.decide_on_facts(viewer, SessionCommand(session_id, command_id, "complete", (ending,)), prepare)

    async def amend(self, viewer: Viewer, session_id: str, command_id: str, note: str) -> Answer:
        by = engineer_of(viewer).person
        command = SessionCommand(session_id, command_id, "amend", (note,))
        return await self._writer.decide(viewer, command, lambda session, now: rules.amend(session, by, note))

    async def ticket_linked(self, desk_id: str, session_id: str, ticket_id: str, ticket_number: int) -> None:
        """The log is on the ticket: the answer to TicketWished. A repeat changes nothing. Raises SessionNotFound.

        Returns only when the projection has the link: `Following` finds the sessions of a ticket there, and tickets publishes a move of
        the ticket after the link (one topic, one key), so no move can miss a session that was just linked.
        """
        location = await location_of(self._tickets, self._directory, desk_id, ticket_id)
        outcome = await self._writer.decide_as_system(
            desk_id,
            session_id,
            f"ticket_linked:{ticket_id}",
            "ticket_linked",
            lambda session, now: rules.ticket_linked(session, ticket_id, ticket_number, location),
        )
        await self._lists.project([(outcome.session, await self._next_due(outcome.session))])

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
