"""A session follows its ticket when the ticket moves to another board or company (spec 2.10)."""

from services.chat.domain import following
from services.chat.domain.conversation import place_changed
from services.chat.domain.following import TicketLocation
from services.chat.domain.session import ChatSession
from services.chat.handlers.session_writer import SessionWriter
from services.chat.ports import Directory, SessionQuery, Sessions, Tickets, all_sessions


# A consumed change of a ticket is only a reason to ask: it may be a repeat or outdated. The service tickets answers with the location; the
# ticket's revision in the session's log keeps a late answer from undoing a newer one.
class Following:
    """Raises ChatError or Unavailable; every method may be repeated."""

    def __init__(self, writer: SessionWriter, lists: Sessions, directory: Directory, tickets: Tickets) -> None:
        self._writer, self._lists, self._directory, self._tickets = writer, lists, directory, tickets

    async def ticket_changed(self, desk_id: str, ticket_id: str, board_id: str, company_id: str) -> None:
        """A change of the ticket, with its board and company at that time, was consumed."""
        sessions = all_sessions(self._lists, SessionQuery(desk_id, ticket_id=ticket_id))
        elsewhere = [session async for session in sessions if not following.is_at(session, board_id, company_id)]
        location = await location_of(self._tickets, self._directory, desk_id, ticket_id) if elsewhere else None
        for session in elsewhere:
            if location is not None:
                await self._move(session, location)

    async def _move(self, session: ChatSession, location: TicketLocation) -> None:
        await self._writer.decide_as_system(
            session.desk_id,
            session.id,
            f"ticket_moved:{location.ticket_id}:{location.revision}",
            "ticket_moved",
            lambda newest, now: place_changed(newest, following.ticket_moved(newest, location), self._directory.may_see),
        )


async def location_of(tickets: Tickets, directory: Directory, desk_id: str, ticket_id: str) -> TicketLocation | None:
    """None when the ticket is gone."""
    ticket = await tickets.ticket(desk_id, ticket_id)
    if ticket is None:
        return None
    name = directory.company_name(desk_id, ticket.company_id)
    return TicketLocation(ticket.id, ticket.board_id, ticket.company_id, name, ticket.revision)
