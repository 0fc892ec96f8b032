"""Callers as the rules know them."""

from servicekit.errors import PermissionDenied
from servicekit.identity import Caller
from services.tickets.domain.people import NOTHING, Access, Actor, Role, Side


def actor_from(caller: Caller) -> Actor:
    """That a service account has the scope was asked at the edge. Raises PermissionDenied for a person of no desk."""
    if caller.kind == "service":
        return Actor(id=caller.id, name=caller.name, side=Side.SERVICE, desk_id=caller.desk_id, access=Access())
    if not caller.desk_id:
        # No desk means every desk, and that is for service accounts.
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
