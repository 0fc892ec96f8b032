"""A session lies where its ticket lies, live and in history alike (spec 2.10)."""

from dataclasses import dataclass

from services.chat.domain.events import ChatEvent, PlaceChanged
from services.chat.domain.session import ChatSession


@dataclass(frozen=True, slots=True)
class TicketPlace:
    """Where a ticket lies, as of its revision."""

    ticket_id: str
    board_id: str
    company_id: str
    company_name: str
    revision: int


def ticket_moved(session: ChatSession, place: TicketPlace) -> list[ChatEvent]:
    """What follows for a session of that ticket. A repeat, and news older than what the session knows, change nothing."""
    return moved_to(session, place) if session.ticket_id == place.ticket_id else []


def moved_to(session: ChatSession, place: TicketPlace) -> list[ChatEvent]:
    """For a session that belongs to the ticket, or is just coming to it."""
    known = place.revision <= session.ticket_revision
    if known or lies_there(session, place.board_id, place.company_id):
        return []
    return [PlaceChanged(place.board_id, place.company_id, place.company_name, place.revision)]


def lies_there(session: ChatSession, board_id: str, company_id: str) -> bool:
    return (session.board_id, session.company_id) == (board_id, company_id)
