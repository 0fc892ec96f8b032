"""Who the caller is, and loading what the caller may see. Everything else is treated as missing."""

from typing import TypeVar

from servicekit.errors import PermissionDenied
from servicekit.identity import Caller
from services.tickets.domain.access.tickets import is_customer, must_see
from services.tickets.domain.directory import Board, Company, Desk, Person
from services.tickets.domain.people import NOTHING, Access, Actor, Role, Side
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Directory, TicketLog

OfDesk = TypeVar("OfDesk", Company, Board, Person)


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
    """Reads tickets that a caller may see, and entries of the caller's desk."""

    def __init__(self, log: TicketLog, directory: Directory) -> None:
        self._log, self._directory = log, directory

    async def ticket(self, by: Actor, ticket_id: str) -> Ticket:
        """Raises TicketNotFound for a ticket that is missing or hidden."""
        ticket = await self._log.load(by.desk_id, ticket_id)
        must_see(by, ticket, shared=await self.shares(by))
        return ticket

    async def shares(self, by: Actor) -> bool:
        """Whether a customer sees the tickets of colleagues (spec 9.4)."""
        if not is_customer(by):
            return False
        company = await self.find(Company, by.desk_id, by.company_id)
        return company is not None and company.shared_tickets

    async def largest_file(self, desk_id: str, most: int) -> int:
        """Of the desk, in bytes; `most` is the limit of the service (spec 9.3)."""
        desk = await self._directory.get(Desk, desk_id)
        return desk.largest_file(most) if desk else most

    async def find(self, kind: type[OfDesk], desk_id: str, id: str) -> OfDesk | None:
        """That company, board or person of the directory; None for one of another desk. Checks nothing else."""
        found = await self._directory.get(kind, id)
        return found if found and found.desk_id == desk_id else None
