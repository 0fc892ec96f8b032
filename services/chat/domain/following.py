"""A session has the board and company of its ticket, live and in history alike (spec 2.10)."""

from dataclasses import dataclass

from services.chat.domain.events import ChatEvent, PlaceChanged
from services.chat.domain.session import ChatSession


@dataclass(frozen=True, slots=True)
class TicketLocation:
    """A ticket's board and company, as of its revision."""

    ticket_id: str
    board_id: str
    company_id: str
    company_name: str
    revision: int


def ticket_moved(session: ChatSession, location: TicketLocation) -> list[ChatEvent]:
    """For a session of that ticket. A repeat and an older revision change nothing."""
    return moved_to(session, location) if session.ticket_id == location.ticket_id else []


def moved_to(session: ChatSession, location: TicketLocation) -> list[ChatEvent]:
    """For a session that belongs to the ticket, or is being linked to it."""
    outdated = location.revision <= session.ticket_revision
    if outdated or is_at(session, location.board_id, location.company_id):
        return []
    return [PlaceChanged(location.board_id, location.company_id, location.company_name, location.revision)]


def is_at(session: ChatSession, board_id: str, company_id: str) -> bool:
    return (session.board_id, session.company_id) == (board_id, company_id)
