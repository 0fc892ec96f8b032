"""What an archived company or board may be named by, and which board may be archived (spec 2.10).

Chats, tickets and people of an archived company or board stay as they are, can be read and found, and are finished as usual. The access of
an engineer may name it, because it lets them read. Nothing else that is new names it.
"""

from collections.abc import Iterable

from services.tickets.domain.directory import Board, Company, Content, Mention, Person
from services.tickets.domain.errors import BoardArchived, CompanyArchived, DefaultBoard
from services.tickets.domain.people import Side


def must_be_open(content: Content | None, field: str) -> None:
    """Raises BoardArchived or CompanyArchived with the field that names it."""
    match content:
        case Board(archived=True):
            raise BoardArchived(field)
        case Company(archived=True):
            raise CompanyArchived(field)


def newly_named(before: Content | None, after: Content) -> Mention | None:
    """The default board of a company or the company of a customer, if `before` does not name it: it must be open. A company that leaves the
    archive names its board anew."""
    named = _named(after)
    return named if named != _named(before) else None


def is_archived_now(before: Content | None, after: Content) -> bool:
    """Whether the change archives a board, for which `must_be_no_default` holds. The desk must have another one that is not archived."""
    return isinstance(after, Board) and after.archived and not (isinstance(before, Board) and before.archived)


def must_be_no_default(board_id: str, companies: Iterable[Company]) -> None:
    """`companies` are all of the desk. Raises DefaultBoard, which names no company, because the caller may not see it."""
    if any(company.default_board_id == board_id and not company.archived for company in companies):
        raise DefaultBoard


def _named(content: Content | None) -> Mention | None:
    match content:
        case Company(archived=False):
            return Mention("entry.company.default_board_id", Board, content.default_board_id)
        case Person(side=Side.CUSTOMER):
            return Mention("entry.person.company_id", Company, content.company_id)
        case _:
            return None
