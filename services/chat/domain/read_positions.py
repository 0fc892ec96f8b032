"""How far people have read a session, and who may learn of it (spec 7.5, 7.6)."""

from dataclasses import dataclass

from services.chat.domain.people import Person, Side, Viewer
from services.chat.domain.session import ChatSession


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """The person has read the session up to this revision."""

    session_id: str
    person_id: str
    revision: int


def may_learn(viewer: Viewer, session: ChatSession, person_id: str) -> bool:
    """Whether the viewer, who may see the session, may know how far that person has read it. A customer knows of those who are in the
    session; an engineer who only reads it stays unknown to them."""
    return viewer.person.side is not Side.CUSTOMER or person_id == viewer.person.id or session.has(person_id)


def told_people(session: ChatSession, reader: Person) -> frozenset[str]:
    """The reader and those in the session who may learn of the reader's position: the same rule, for all of them at once."""
    others = session.participants if session.has(reader.id) else session.engineers
    return frozenset({reader.id, *(person.id for person in others)})
