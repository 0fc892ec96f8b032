"""Who may see and change what of the directory, read the audit log, and export and erase a person (spec 10.2, 10.5, 10.6).

An admin whose access is limited to some companies or boards changes only what is within it, and exports and erases nobody, because the
data of a person is in chats and tickets of any company and board. What they may not see is answered as if it did not exist.
"""

from services.tickets.domain.directory import Board, Company, Content, Person, is_admin
from services.tickets.domain.errors import IdTaken, InvalidValue, NotAllowed, OwnAdminRole, PersonErased, PersonNotFound
from services.tickets.domain.people import Access, Actor, Role, Side

EVERYTHING = Access()


def is_service(actor: Actor) -> bool:
    return actor.side is Side.SERVICE


def desk_of(actor: Actor) -> str:
    """Raises NotAllowed for a service account of all desks."""
    if not actor.desk_id:
        raise NotAllowed("The caller must belong to a desk.")
    return actor.desk_id


def access_of(actor: Actor) -> Access:
    """A service sees everything of its desk."""
    return EVERYTHING if actor.side is Side.SERVICE else actor.access


def may_list_people(actor: Actor, company_id: str) -> bool:
    """Whether the caller may list the people of that company, or, if it is "", those whom they may see. Customers list nobody."""
    return actor.side is not Side.CUSTOMER and (not company_id or access_of(actor).company(company_id))


def may_see_person(actor: Actor, person: Person) -> bool:
    """Engineers see engineers and the customers of their companies, customers see themselves, services see everybody."""
    if not actor.is_of(person.desk_id):
        return False
    match actor.side:
        case Side.SERVICE:
            return True
        case Side.ENGINEER:
            return person.side is Side.ENGINEER or actor.access.company(person.company_id)
        case Side.CUSTOMER:
            return person.id == actor.id


def may_see_company(actor: Actor, company: Company) -> bool:
    if not actor.is_of(company.desk_id):
        return False
    return company.id == actor.company_id if actor.side is Side.CUSTOMER else actor.access.company(company.id)


def may_see_board(actor: Actor, board: Board, own: Company | None) -> bool:
    """`own` is the company of a customer, who sees its default board alone."""
    if not actor.is_of(board.desk_id):
        return False
    if actor.side is Side.CUSTOMER:
        return own is not None and board.id == own.default_board_id
    return actor.access.board(board.id)


def must_manage(actor: Actor, content: Content) -> None:
    """Service accounts may write entries of any desk, admins those of their own desk and within their access. Raises NotAllowed for
    everybody else, before anything is looked up."""
    if not actor.is_of(content.desk_id) or not (actor.side is Side.SERVICE or actor.role is Role.ADMIN):
        raise NotAllowed("Only an admin may change the directory of a desk.")
    if not _covers(actor, content):
        raise NotAllowed("Your access does not cover this entry of the directory.")


def must_replace(actor: Actor, before: Content | None, after: Content) -> None:
    """`after` passed must_manage. Raises NotAllowed for an engineer with more access than the caller; IdTaken, as for an id of another
    desk, for a customer whom the caller may not see; InvalidValue for a new default board that the caller may not see."""
    if isinstance(after, Company) and actor.side is Side.ENGINEER:
        same = isinstance(before, Company) and before.default_board_id == after.default_board_id
        if not same and not actor.access.board(after.default_board_id):
            raise InvalidValue("entry.company.default_board_id", "There is no such board.")
    if isinstance(before, Person) and not _covers(actor, before):
        if may_see_person(actor, before):
            raise NotAllowed("Your access does not cover this entry of the directory.")
        raise IdTaken("This id belongs to something else.", field="entry.person.id")


def must_keep_own_role(by: Actor, after: Content) -> None:
    """Raises OwnAdminRole when the caller would lose the role by this change. Their own access they may limit."""
    if by.id == after.id and by.side is Side.ENGINEER and not is_admin(after):
        raise OwnAdminRole


def must_read_audit_log(actor: Actor) -> None:
    """The log names people, companies and boards of the whole desk. Raises NotAllowed for everybody but admins with access to all of it and
    service accounts, whose scope is checked at the call (spec 10.2)."""
    if not actor.desk_id or not (actor.side is Side.SERVICE or actor.role is Role.ADMIN):
        raise NotAllowed("Only admins of the desk may read its audit log.")
    if actor.side is not Side.SERVICE and actor.access != EVERYTHING:
        raise NotAllowed("Only admins with access to the whole desk may read its audit log.")


def must_erase(by: Actor, person: Person | None) -> Person:
    """The person, whom service accounts and admins of the whole desk may erase. Raises NotAllowed or PersonNotFound."""
    return _for_whole_desk(by, person, "Only an admin with access to the whole desk may erase a person.")


def must_export(by: Actor, person: Person | None) -> Person:
    """The person, whose data service accounts and admins of the whole desk may export. Raises NotAllowed, PersonNotFound or
    PersonErased."""
    person = _for_whole_desk(by, person, "Only an admin with access to the whole desk may export the data of a person.")
    if person.erased:
        raise PersonErased(PersonErased.message, field="person_id")
    return person


def _for_whole_desk(by: Actor, person: Person | None, refusal: str) -> Person:
    if by.side is not Side.SERVICE and not (by.role is Role.ADMIN and by.access == EVERYTHING):
        raise NotAllowed(refusal)
    if person is None or not by.is_of(person.desk_id):
        raise PersonNotFound
    return person


def is_admin_of_all(content: Content | None) -> bool:
    """Whether it is an admin of the whole desk, of whom a desk keeps one."""
    return isinstance(content, Person) and is_admin(content) and content.access == EVERYTHING


def takes_admin(before: Content, after: Content) -> bool:
    """Whether the change takes the role from an admin, who may be disabled by it, or limits the access of an admin of the whole desk."""
    return (is_admin(before) and not is_admin(after)) or (is_admin_of_all(before) and not is_admin_of_all(after))


def _covers(actor: Actor, content: Content) -> bool:
    """Whether the entry is within the caller's access. An engineer is when they have no more access themselves."""
    access = access_of(actor)
    match content:
        case Company():
            return access.company(content.id)
        case Board():
            return access.board(content.id)
        case Person() if content.side is Side.CUSTOMER:
            return access.company(content.company_id)
        case Person():
            return _within(content.access.companies, access.companies) and _within(content.access.boards, access.boards)
        case _:
            return access == EVERYTHING


def _within(ids: frozenset[str] | None, most: frozenset[str] | None) -> bool:
    return most is None or (ids is not None and ids <= most)
