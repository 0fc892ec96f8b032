"""Who may see and do what in chat (spec 2.8 to 2.10, 7.5, 7.6, 8.3, 10.2, 13.1 to 13.5), decided here and nowhere else.

A session that is hidden and one that does not exist give the same answer: SessionNotFound. What a session's status allows is decided by
the rules that call this module.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from services.chat.domain.desk_settings import ChatSettings, JoinPolicy
from services.chat.domain.errors import FiguresNotFound, NotAllowed, SessionNotFound
from services.chat.domain.files import FileUpload
from services.chat.domain.people import Person, Side, Viewer
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType
from services.chat.domain.transfer import Transfer

if TYPE_CHECKING:
    from services.chat.domain.opening import ChatContext

# The roles that look after the chats of others.
SUPERVISING = frozenset({"supervisor", "admin"})


class Limits(Protocol):
    """The companies and boards to which an engineer is limited; None = all."""

    @property
    def companies(self) -> frozenset[str] | None: ...
    @property
    def boards(self) -> frozenset[str] | None: ...


@dataclass(frozen=True, slots=True)
class ListLimits:
    """What lists leave out for a viewer before `may_read` or `may_see` decides about each session; the fields are those of the queries."""

    seen_by: str = ""
    customer_id: str = ""
    companies: frozenset[str] | None = None
    boards: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """The person has read the session up to `revision`, and a page of theirs has received it up to `delivered`. 0 = not known."""

    session_id: str
    person_id: str
    revision: int
    delivered: int = 0

    def joined(self, other: "ReadPosition") -> "ReadPosition":
        """The further of both numbers."""
        return replace(self, revision=max(self.revision, other.revision), delivered=max(self.delivered, other.delivered))


def covers(limits: Limits, company_id: str, board_id: str) -> bool:
    """Whether both the company and the board are allowed (spec 2.10)."""
    # Without calls of the two below, because each message needs it.
    companies, boards = limits.companies, limits.boards
    return (companies is None or company_id in companies) and (boards is None or board_id in boards)


def covers_company(limits: Limits, company_id: str) -> bool:
    return limits.companies is None or company_id in limits.companies


def covers_board(limits: Limits, board_id: str) -> bool:
    return limits.boards is None or board_id in limits.boards


def covers_all_companies(limits: Limits) -> bool:
    return limits.companies is None


def is_service(viewer: Viewer) -> bool:
    """Whether the viewer is a service that acts for nobody, and sees its whole desk."""
    return viewer.person.side is Side.NONE


def is_admin(viewer: Viewer) -> bool:
    return viewer.person.side is Side.ENGINEER and viewer.role == "admin"


def supervises(viewer: Viewer) -> bool:
    return viewer.person.side is Side.ENGINEER and viewer.role in SUPERVISING


def engineer_of(viewer: Viewer) -> Viewer:
    """Raises NotAllowed unless the viewer is an engineer."""
    return _of_side(viewer, Side.ENGINEER, "Only engineers may do this.")


def customer_of(viewer: Viewer) -> Viewer:
    """Raises NotAllowed unless the viewer is a customer."""
    return _of_side(viewer, Side.CUSTOMER, "Only customers may do this.")


def person_of(viewer: Viewer) -> Viewer:
    """Raises NotAllowed for a service that acts for nobody."""
    if is_service(viewer):
        raise NotAllowed("Only people may do this.", code="wrong_side")
    return viewer


def supervisor_of(viewer: Viewer) -> Viewer:
    """For the figures of a desk. Raises FiguresNotFound for everybody but services and supervisors, as for a page that does not exist."""
    if is_service(viewer) or supervises(viewer):
        return viewer
    raise FiguresNotFound


def must_not_be_customer(viewer: Viewer, words: str) -> None:
    """Raises NotAllowed with `words`."""
    if viewer.person.side is Side.CUSTOMER:
        raise NotAllowed(words, code="wrong_side")


def must_be_admin(viewer: Viewer, words: str) -> None:
    """For what concerns the whole desk, so admins with limited access may not do it. Raises NotAllowed with `words`."""
    if not is_admin(engineer_of(viewer)):
        raise NotAllowed(f"Only admins may {words}.", code="admins_only")
    if viewer.companies is not None or viewer.boards is not None:
        raise NotAllowed(f"Only admins with access to the whole desk may {words}.")


def _of_side(viewer: Viewer, side: Side, words: str) -> Viewer:
    if viewer.person.side is not side:
        raise NotAllowed(words, code="wrong_side")
    return viewer


def may_see(viewer: Viewer, session: ChatSession) -> bool:
    """Whether the viewer may know of this session. A viewer on no side is a service and sees its whole desk."""
    if session.voided or viewer.desk_id not in ("", session.desk_id):
        return False
    if viewer.person.side is Side.CUSTOMER:
        return session.customer.id == viewer.person.id
    if viewer.person.side is Side.ENGINEER:
        if is_private(session.type, session.status) and session.creator.id != viewer.person.id:
            return False
        return covers(viewer, session.company_id, session.board_id) or _is_asked(viewer, session)
    return True


def is_private(type: ChatType, status: ChatStatus) -> bool:
    """Whether it is an unanswered push chat, of which no engineer but its creator may know (spec 2.9)."""
    return type is ChatType.PUSH and status is ChatStatus.WAITING


def _is_asked(viewer: Viewer, session: ChatSession) -> bool:
    """Engineers of the board to which a session would move may see it while they are asked to take it over (spec 13.2)."""
    transfer = session.transfer
    if transfer is None or not transfer.asks(viewer.person.id):
        return False
    return covers(viewer, session.company_id, transfer.board_of(session))


def check_may_see(viewer: Viewer, session: ChatSession) -> None:
    if not may_see(viewer, session):
        raise SessionNotFound(session.id)


def may_read(viewer: Viewer, session: ChatSession) -> bool:
    """`may_see`; a customer's history holds only sessions with a ticket (spec 8.3)."""
    if not may_see(viewer, session):
        return False
    ended = session.status is ChatStatus.COMPLETED and not session.has(viewer.person.id)
    return not (viewer.person.side is Side.CUSTOMER and ended and not session.ticket_id)


def limits_of(viewer: Viewer) -> ListLimits:
    match viewer.person.side:
        case Side.CUSTOMER:
            return ListLimits(seen_by=viewer.person.id, customer_id=viewer.person.id)
        case Side.ENGINEER:
            return ListLimits(seen_by=viewer.person.id, companies=viewer.companies, boards=viewer.boards)
        case Side.NONE:
            return ListLimits()


def check_may_act(viewer: Viewer, session: ChatSession) -> None:
    """Raises SessionNotFound if the viewer may not read the session."""
    if not may_read(viewer, session):
        raise SessionNotFound(session.id)


def check_takes_part(viewer: Viewer, session: ChatSession) -> None:
    """Raises NotAllowed for an engineer who sees the session only because they are asked to take it over: they read it and answer, and do
    nothing else before they have accepted (spec 13.2). After the transfer they would be in a session that they may not see."""
    if viewer.person.side is Side.ENGINEER and not covers(viewer, session.company_id, session.board_id):
        raise NotAllowed("Accept the transfer to take part in this chat.", code="accept_transfer")


def must_be_service(viewer: Viewer, field: str) -> None:
    """For a field that only services may set. Raises NotAllowed."""
    if viewer.person.side is not Side.NONE:
        raise NotAllowed("Only services may name somebody else.", field=field, code="wrong_side")


def check_is_in(session: ChatSession, by: Person) -> None:
    """Raises NotAllowed for everybody but the people in the session."""
    if not session.has(by.id):
        raise NotAllowed("Only people in the session may do this.", code="not_in_session")


def check_may_note(session: ChatSession, viewer: Viewer) -> None:
    """Supervisors write internal notes also in sessions that they are not in (spec 13.3). Raises NotAllowed."""
    if not supervises(viewer):
        check_is_in(session, viewer.person)


def check_is(by: Person, only: Person, words: str, code: str = "not_yours") -> None:
    """For what one person alone may do. Raises NotAllowed with `words`, such as "withdraw this transfer"."""
    if by.id != only.id:
        raise NotAllowed(f"Only {only.name} may {words}.", code=code)


def check_opened(session: ChatSession, by: Person) -> None:
    """Raises NotAllowed for everybody but the customer who opened the session."""
    if by.id != session.creator.id:
        raise NotAllowed("Only the customer who opened it may do this.", code="not_yours")


def check_asked(transfer: Transfer, by: Person, words: str) -> None:
    """Raises NotAllowed with `words` for everybody who is not asked to take the session over."""
    if not transfer.asks(by.id):
        raise NotAllowed(f"Only engineers who were asked may {words}.", code="not_yours")


def owns_upload(viewer: Viewer, upload: FileUpload, session_id: str) -> bool:
    """A file is posted by the person who uploaded it alone, in the session for which it was uploaded (spec 13.5)."""
    return (upload.desk_id, upload.session_id, upload.by_id) == (viewer.desk_id, session_id, viewer.person.id)


def may_join(session: ChatSession, by: Person, policy: JoinPolicy) -> bool:
    """Whether an engineer may join a handled session (spec 3.5, 3.9)."""
    return policy is JoinPolicy.OPEN or any(person.id == by.id for person in session.invited)


def owns_ticket(viewer: Viewer, customer_id: str) -> bool:
    """Whether the viewer is the ticket's customer: customers chat on their own tickets alone."""
    return viewer.person.id == customer_id


def may_chat(settings: ChatSettings, context: "ChatContext") -> bool:
    """A customer's setting overrides the company's, which overrides the desk's (spec 2.8)."""
    own = settings.customers.get(context.customer.id, settings.companies.get(context.company_id))
    return own if own is not None else (settings.post_ticket_chat if context.ticket_id else settings.pre_ticket_chat)


def check_may_chat(settings: ChatSettings, context: "ChatContext") -> None:
    if not may_chat(settings, context):
        raise NotAllowed("Chat is not enabled for this customer.", code="chat_off")


def may_call_back(settings: ChatSettings, company_id: str, customer_id: str) -> bool:
    """The desk's own switch; a customer or company that may not chat may not ask for a call-back either (spec 2.8)."""
    return settings.call_back and settings.customers.get(customer_id, settings.companies.get(company_id)) is not False


def check_may_call_back(settings: ChatSettings, company_id: str, customer_id: str) -> None:
    if not may_call_back(settings, company_id, customer_id):
        raise NotAllowed("Call-backs are not enabled for this customer.", code="call_back_off")


def may_see_position(viewer: Viewer, session: ChatSession, person_id: str) -> bool:
    """Whether the viewer, who may see the session, may see how far that person has read it. A customer sees the positions of
    participants, but not of an engineer who only reads the session."""
    return viewer.person.side is not Side.CUSTOMER or person_id == viewer.person.id or session.has(person_id)


def who_may_see_position(session: ChatSession, reader: Person) -> frozenset[str]:
    """The reader and the participants who may see the reader's position: the rule of `may_see_position` for all of them."""
    others = session.participants if session.has(reader.id) else session.engineers
    return frozenset({reader.id, *(person.id for person in others)})
