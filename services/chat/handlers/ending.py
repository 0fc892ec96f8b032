"""Ending a session, its closing note, its ticket and the customer's feedback (spec 4.1, 4.2, 4.11, 4.12, 4.14, 4.15).

A completed session gets its ticket, and a session follows its ticket to another board or company (spec 2.10).
"""

import asyncio

from services.chat.domain import ending as rules
from services.chat.domain.access import covers, covers_board, customer_of, engineer_of
from services.chat.domain.conversation import relocated
from services.chat.domain.errors import BadArgument, Refused, TicketNotFound
from services.chat.domain.events import ExistingTicket, NewTicket, PlaceChanged, Solved
from services.chat.domain.people import Viewer
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ACTIVE, FOLLOWED_UP, ChatStatus
from services.chat.handlers.session_command import Answer, Decide, command_of
from services.chat.handlers.session_writer import SessionWriter
from services.chat.ports import Directory, NextDue, SessionQuery, Sessions, Tickets, all_sessions

COMPARED_A_SECOND = 50
COMPLETED = frozenset({ChatStatus.COMPLETED})


class EndSession:
    """Raises ChatError or Unavailable."""

    def __init__(self, writer: SessionWriter, directory: Directory, tickets: Tickets) -> None:
        self._writer, self._directory, self._tickets = writer, directory, tickets

    async def complete(self, viewer: Viewer, session_id: str, command_id: str, ending: rules.Ending) -> Answer:
        """Checks board and ticket before it decides, so that a wish in the log can be fulfilled. A repeat checks nothing."""
        by = engineer_of(viewer).person

        async def prepare(session: ChatSession) -> Decide:
            if isinstance(ending, NewTicket):
                await self._check_board(viewer, session, ending)
            elif isinstance(ending, ExistingTicket) and not session.on_ticket:
                await self._check_ticket(viewer, session, ending)
            return lambda session, now: rules.complete(session, by, ending)

        return await self._writer.decide_on_facts(command_of(viewer, session_id, command_id, "complete", ending), prepare)

    async def amend(self, viewer: Viewer, session_id: str, command_id: str, note: str) -> Answer:
        by = engineer_of(viewer).person
        command = command_of(viewer, session_id, command_id, "amend", note)
        return await self._writer.decide(command, lambda session, now: rules.amend(session, by, note))

    async def cancel_callback(self, viewer: Viewer, session_id: str, command_id: str) -> Answer:
        by = customer_of(viewer).person
        command = command_of(viewer, session_id, command_id, "cancel_callback")
        return await self._writer.decide(command, lambda session, now: rules.cancel_callback(session, by))

    async def give_feedback(self, viewer: Viewer, session_id: str, command_id: str, solved: Solved, comment: str) -> Answer:
        by = customer_of(viewer).person
        command = command_of(viewer, session_id, command_id, "give_feedback", solved, comment)
        return await self._writer.decide(command, lambda session, now: rules.give_feedback(session, by, solved, comment))

    async def _check_board(self, viewer: Viewer, session: ChatSession, ticket: NewTicket) -> None:
        """The session's own board may be archived meanwhile: its chats are finished as usual."""
        if not (covers_board(viewer, ticket.board_id) and await self._directory.find_board(viewer.desk_id, ticket.board_id)):
            raise BadArgument(f"There is no board {ticket.board_id[:64]!r}.", field="create.board_id", code="no_such_board")
        if ticket.board_id != session.board_id and self._directory.board_archived(viewer.desk_id, ticket.board_id):
            raise Refused("This board is archived.", field="create.board_id", code="board_archived")

    async def _check_ticket(self, viewer: Viewer, session: ChatSession, wish: ExistingTicket) -> None:
        field = "attach.ticket_id"
        ticket = await self._tickets.ticket(viewer.desk_id, wish.ticket_id) if wish.ticket_id else None
        if ticket is None or not covers(viewer, ticket.company_id, ticket.board_id):
            raise TicketNotFound(wish.ticket_id, field=field)
        if ticket.customer_id != session.customer.id:
            raise BadArgument("This is another customer's ticket.", field=field, code="other_customer")


# A consumed change of a ticket may be a repeat or outdated, so the ticket's location is fetched from the service tickets. The ticket's
# revision in the session's log keeps a late answer from undoing a newer one.
class TicketFollower:
    """Raises ChatError or Unavailable; every method may be repeated."""

    def __init__(self, writer: SessionWriter, lists: Sessions, directory: Directory, tickets: Tickets, next_due: NextDue) -> None:
        self._writer, self._lists, self._next_due = writer, lists, next_due
        self._directory, self._tickets = directory, tickets

    async def ticket_linked(self, desk_id: str, session_id: str, ticket_id: str, ticket_number: int) -> None:
        """The log is on the ticket: the answer to TicketWished. A repeat changes nothing. Raises SessionNotFound.

        Returns only when the projection has the link: `ticket_changed` finds the sessions of a ticket there, and tickets publishes a move
        of the ticket after the link (one topic, one key), so no move can miss a session that was just linked.
        """
        location = await self._location(desk_id, ticket_id)
        outcome = await self._writer.decide_as_system(
            desk_id,
            session_id,
            f"ticket_linked:{ticket_id}",
            "ticket_linked",
            lambda session, now: rules.ticket_linked(session, ticket_id, ticket_number, location),
        )
        await self._lists.project([(outcome.session, await self._next_due(outcome.session))])

    async def ticket_changed(self, desk_id: str, ticket_id: str, board_id: str, company_id: str) -> None:
        """A change of the ticket, with its board and company at that time, was consumed."""
        sessions = all_sessions(self._lists, SessionQuery(desk_id, ticket_id=ticket_id))
        elsewhere = [session async for session in sessions if not rules.is_at(session, board_id, company_id)]
        location = await self._location(desk_id, ticket_id) if elsewhere else None
        for session in elsewhere:
            if location is not None:
                await self._move(session, ticket_id, location)

    async def reconcile_locations(self) -> None:
        """Moves each session whose ticket has another board or company: a record of the ticket may have been deleted before it was
        consumed, or became a dead letter.

        The open sessions first, then the completed ones, which are many: newest first, and at most COMPARED_A_SECOND. So a million take
        six hours, beside the consuming of records; a restart or a failure begins again. Reads one page of the sessions of all desks at a
        time, by an index, and fetches the ticket of those that have one. In the order in which a session usually gets these statuses, so
        that one that changes meanwhile is met later.
        """
        followed_up = (frozenset({status}) for status in sorted(FOLLOWED_UP))
        for statuses in (ACTIVE, *followed_up, COMPLETED):
            async for session in all_sessions(self._lists, SessionQuery("", statuses=statuses)):
                if session.ticket_id:
                    await asyncio.sleep(1 / COMPARED_A_SECOND if statuses is COMPLETED else 0)
                    await self._compare(session)

    async def _compare(self, session: ChatSession) -> None:
        location = await self._location(session.desk_id, session.ticket_id)
        if location is not None and not rules.is_at(session, location.board_id, location.company_id):
            await self._move(session, session.ticket_id, location)

    async def _move(self, session: ChatSession, ticket_id: str, location: PlaceChanged) -> None:
        await self._writer.decide_as_system(
            session.desk_id,
            session.id,
            f"ticket_moved:{ticket_id}:{location.ticket_revision}",
            "ticket_moved",
            lambda newest, now: relocated(newest, rules.ticket_moved(newest, ticket_id, location), self._directory.may_see),
        )

    async def _location(self, desk_id: str, ticket_id: str) -> PlaceChanged | None:
        """The ticket's board and company as of its revision; None when there is no such ticket."""
        ticket = await self._tickets.ticket(desk_id, ticket_id)
        if ticket is None:
            return None
        name = self._directory.company_name(desk_id, ticket.company_id)
        return PlaceChanged(ticket.board_id, ticket.company_id, name, ticket.revision)
