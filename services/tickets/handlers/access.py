"""Who the caller is, and loading what the caller may see. Everything else is treated as missing."""

from servicekit.errors import PermissionDenied
from servicekit.identity import Caller
from services.tickets.domain.directory import Board, Company, Kind, Person
from services.tickets.domain.people import NOTHING, Access, Actor, Role, Side
from services.tickets.domain.ticket import Ticket, must_see
from services.tickets.ports import Directory, TicketLog


def actor_from(caller: Caller) -> Actor:
    """The gRPC server has checked the scope of a service account. Raises PermissionDenied for a person without a desk."""
    if caller.kind == "service":
        return Actor(id=caller.id, name=caller.name, side=Side.SERVICE, desk_id=caller.desk_id, access=Access())
    if not caller.desk_id:
        # No desk means every desk, which only service accounts may have.
        raise PermissionDenied("A person belongs to a desk.")
    return Actor(
        id=caller.id,
        name=caller.name,
        side=Side(caller.kind),
        desk_id=caller.desk_id,
        role=Role(caller.role) if caller.role in set(Role) else Role.ENGINEER,
        company_id=caller.company_id,
        access=Access(caller.companies, caller.boards) if caller.kind == "engineer" else NOTHING,
    )


class VisibleReader:
    """Reads what the caller may see."""

    def __init__(self, log: TicketLog, directory: Directory) -> None:
        self._log, self._directory = log, directory

    async def ticket(self, by: Actor, ticket_id: str) -> Ticket:
        """Raises TicketNotFound for a ticket that is missing or hidden."""
        ticket = await self._log.load(by.desk_id, ticket_id)
        must_see(by, ticket, shared=await self.shares(by))
        return ticket

    async def shares(self, by: Actor) -> bool:
        """Whether a customer sees the tickets of colleagues (spec 9.4)."""
        if by.side is not Side.CUSTOMER:
            return False
        company = await self.company(by.desk_id, by.company_id)
        return company is not None and company.shared_tickets

    async def company(self, desk_id: str, id: str) -> Company | None:
        content = await self._content(Kind.COMPANY, id)
        return content if isinstance(content, Company) and content.desk_id == desk_id else None

    async def board(self, desk_id: str, id: str) -> Board | None:
        content = await self._content(Kind.BOARD, id)
        return content if isinstance(content, Board) and content.desk_id == desk_id else None

    async def person(self, desk_id: str, id: str) -> Person | None:
        content = await self._content(Kind.PERSON, id)
        return content if isinstance(content, Person) and content.desk_id == desk_id else None

    async def _content(self, kind: Kind, id: str) -> object:
        entry = await self._directory.get(kind, id)
        return entry.content if entry else None
