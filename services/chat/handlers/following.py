"""Sessions follow their tickets: the log comes onto one (spec 4.2), and where that one lies, there lies the session (spec 2.10)."""

from services.chat.domain import ending, following
from services.chat.domain.conversation import place_changed
from services.chat.domain.following import TicketPlace
from services.chat.domain.session import ChatSession
from services.chat.handlers.sessions import SessionsOf
from services.chat.ports import Directory, NextDue, SessionQuery, Sessions, Tickets

A_PAGE = 200


# What is heard of a ticket only says that there is something to ask: it may be a repeat, or overtaken. Where the ticket lies, its owner
# says; the ticket's revision in the session's own log keeps an answer that came late from undoing a newer one.
#
# Sessions of a ticket are found in the projection, and a link is heard before whatever moves its ticket afterwards (one topic, one key).
# So that no move can pass by a session that was just linked, hearing of the link is over only when the projection has it.
class Following:
    """Raises ChatError or Unavailable; all of it may be done again."""

    def __init__(self, sessions: SessionsOf, lists: Sessions, directory: Directory, tickets: Tickets, next_due: NextDue) -> None:
        self._sessions, self._lists, self._directory, self._tickets, self._next_due = sessions, lists, directory, tickets, next_due

    async def ticket_linked(self, desk_id: str, session_id: str, ticket_id: str, ticket_number: int) -> None:
        """The ticket service says that the log is on the ticket. Told again, nothing changes. Raises SessionNotFound."""
        place = await self._place(desk_id, ticket_id)
        outcome = await self._sessions.decide_as_system(
            desk_id,
            session_id,
            f"ticket_linked:{ticket_id}",
            "ticket_linked",
            lambda session, now: ending.ticket_linked(session, ticket_id, ticket_number, place),
        )
        await self._lists.project([(outcome.session, await self._next_due(outcome.session))])

    async def ticket_changed(self, desk_id: str, ticket_id: str, board_id: str, company_id: str) -> None:
        """The ticket was seen to lie there."""
        elsewhere = [s for s in await self._of_ticket(desk_id, ticket_id) if not following.lies_there(s, board_id, company_id)]
        place = await self._place(desk_id, ticket_id) if elsewhere else None
        for session in elsewhere:
            if place is not None:
                await self._move(session, place)

    async def _move(self, session: ChatSession, place: TicketPlace) -> None:
        await self._sessions.decide_as_system(
            session.desk_id,
            session.id,
            f"ticket_moved:{place.ticket_id}:{place.revision}",
            "ticket_moved",
            lambda newest, now: place_changed(newest, following.ticket_moved(newest, place), self._directory.may_see),
        )

    async def _place(self, desk_id: str, ticket_id: str) -> TicketPlace | None:
        """None when the ticket is gone."""
        ticket = await self._tickets.ticket(desk_id, ticket_id)
        if ticket is None:
            return None
        name = self._directory.company_name(desk_id, ticket.company_id)
        return TicketPlace(ticket.id, ticket.board_id, ticket.company_id, name, ticket.revision)

    async def _of_ticket(self, desk_id: str, ticket_id: str) -> list[ChatSession]:
        found: list[ChatSession] = []
        token = ""
        while True:
            page = await self._lists.find(SessionQuery(desk_id, ticket_id=ticket_id), A_PAGE, token)
            found += page.sessions
            token = page.next_token
            if not token:
                return found
