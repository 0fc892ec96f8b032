"""A session lies where its ticket lies, live and in history alike (spec 2.10)."""

from dataclasses import dataclass

from services.chat.domain.events import ChatEvent, PlaceChanged
from services.chat.domain.session import ChatSession


@dataclass(frozen=True, slots=True)
class TicketLocation:
    """Where a ticket lies, as of its revision."""

    ticket_id: str
    board_id: str
    company_id: str
    company_name: str
    revision: int


def ticket_moved(session: ChatSession, location: TicketLocation) -> list[ChatEvent]:
    """What follows for a session of that ticket. A repeat, and news older than what the session knows, change nothing."""
    return moved_to(session, location) if session.ticket_id == location.ticket_id else []


def moved_to(session: ChatSession, location: TicketLocation) -> list[ChatEvent]:
    """For a session that belongs to the ticket, or is just coming to it."""
    outdated = location.revision <= session.ticket_revision
    if outdated or is_at(session, location.board_id, location.company_id):
        return []
    return [PlaceChanged(location.board_id, location.company_id, location.company_name, location.revision)]


def is_at(session: ChatSession, board_id: str, company_id: str) -> bool:
    return (session.board_id, session.company_id) == (board_id, company_id)
