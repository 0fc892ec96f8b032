"""A session has the board and company of its ticket, live and in history alike (spec 2.10)."""

from services.chat.domain.events import ChatEvent, PlaceChanged
from services.chat.domain.session import ChatSession


def ticket_moved(session: ChatSession, ticket_id: str, place: PlaceChanged) -> list[ChatEvent]:
    """For a session of that ticket, which is at `place` now. A repeat and an older revision change nothing."""
    return moved_to(session, place) if session.ticket_id == ticket_id else []


def moved_to(session: ChatSession, place: PlaceChanged) -> list[ChatEvent]:
    """For a session that belongs to the ticket, or is being linked to it."""
    outdated = place.ticket_revision <= session.ticket_revision
    return [] if outdated or is_at(session, place.board_id, place.company_id) else [place]


def is_at(session: ChatSession, board_id: str, company_id: str) -> bool:
    return (session.board_id, session.company_id) == (board_id, company_id)
