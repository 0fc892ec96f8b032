"""Who may see a session (spec 2.9, 2.10, 10.2, 13.2) and who may see a read position (spec 7.5, 7.6).

A session that is hidden and one that does not exist give the same answer: SessionNotFound.
"""

from dataclasses import dataclass

from services.chat.domain.errors import NotAllowed, SessionNotFound
from services.chat.domain.people import Person, Side, Viewer
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """The person has read the session up to this revision."""

    session_id: str
    person_id: str
    revision: int


def may_see(viewer: Viewer, session: ChatSession) -> bool:
    """Whether the viewer may know of this session. A viewer on no side is a service and sees its whole desk."""
    if session.voided or viewer.desk_id not in ("", session.desk_id):
        return False
    if viewer.person.side is Side.CUSTOMER:
        return session.customer.id == viewer.person.id
    if viewer.person.side is Side.ENGINEER:
        if session.type is ChatType.PUSH and session.status is ChatStatus.WAITING and session.creator.id != viewer.person.id:
            return False
        return viewer.covers(session.company_id, session.board_id) or _is_asked(viewer, session)
    return True


def _is_asked(viewer: Viewer, session: ChatSession) -> bool:
    """Engineers of the board to which a session would move may see it while they are asked to take it over (spec 13.2)."""
    transfer = session.transfer
    if transfer is None or not transfer.asks(viewer.person.id):
        return False
    return viewer.covers(session.company_id, transfer.board_of(session))


def check_may_see(viewer: Viewer, session: ChatSession) -> None:
    if not may_see(viewer, session):
        raise SessionNotFound(session.id)


def may_read(viewer: Viewer, session: ChatSession) -> bool:
    """`may_see`; a customer's history holds only sessions with a ticket (spec 8.3)."""
    if not may_see(viewer, session):
        return False
    ended = session.status is ChatStatus.COMPLETED and not session.has(viewer.person.id)
    return not (viewer.person.side is Side.CUSTOMER and ended and not session.ticket_id)


def check_may_act(viewer: Viewer, session: ChatSession) -> None:
    """Raises SessionNotFound if the viewer may not read the session."""
    if not may_read(viewer, session):
        raise SessionNotFound(session.id)


def check_takes_part(viewer: Viewer, session: ChatSession) -> None:
    """Raises NotAllowed for an engineer who sees the session only because they are asked to take it over: they read it and answer, and do
    nothing else before they have accepted (spec 13.2). After the transfer they would be in a session that they may not see."""
    if viewer.person.side is Side.ENGINEER and not viewer.covers(session.company_id, session.board_id):
        raise NotAllowed("Accept the transfer to take part in this chat.", code="accept_transfer")


def must_be_service(viewer: Viewer, field: str) -> None:
    """For a field that only services may set. Raises NotAllowed."""
    if viewer.person.side is not Side.NONE:
        raise NotAllowed("Only services may name somebody else.", field=field, code="wrong_side")


def engineer_of(viewer: Viewer) -> Viewer:
    """Raises NotAllowed unless the viewer is an engineer."""
    return _of_side(viewer, Side.ENGINEER, "Only engineers may do this.")


def must_be_admin(viewer: Viewer, words: str) -> None:
    """For what concerns the whole desk, so admins with limited access may not do it. Raises NotAllowed with `words`."""
    if engineer_of(viewer).role != "admin":
        raise NotAllowed(f"Only admins may {words}.", code="admins_only")
    if not viewer.whole_desk:
        raise NotAllowed(f"Only admins with access to the whole desk may {words}.")


def customer_of(viewer: Viewer) -> Viewer:
    """Raises NotAllowed unless the viewer is a customer."""
    return _of_side(viewer, Side.CUSTOMER, "Only customers may do this.")


def person_of(viewer: Viewer) -> Viewer:
    """Raises NotAllowed for a service that acts for nobody."""
    if viewer.person.side is Side.NONE:
        raise NotAllowed("Only people may do this.", code="wrong_side")
    return viewer


def _of_side(viewer: Viewer, side: Side, words: str) -> Viewer:
    if viewer.person.side is not side:
        raise NotAllowed(words, code="wrong_side")
    return viewer


def may_see_position(viewer: Viewer, session: ChatSession, person_id: str) -> bool:
    """Whether the viewer, who may see the session, may see how far that person has read it. A customer sees the positions of
    participants, but not of an engineer who only reads the session."""
    return viewer.person.side is not Side.CUSTOMER or person_id == viewer.person.id or session.has(person_id)


def who_may_see_position(session: ChatSession, reader: Person) -> frozenset[str]:
    """The reader and the participants who may see the reader's position: the rule of `may_see_position` for all of them."""
    others = session.participants if session.has(reader.id) else session.engineers
    return frozenset({reader.id, *(person.id for person in others)})
