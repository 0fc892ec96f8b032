"""Callers as the rules know them."""

from servicekit.errors import PermissionDenied
from servicekit.identity import INTERNAL, Caller
from services.tickets.domain.people import NOTHING, Access, Actor, Role, Side

WRITE_DIRECTORY = "directory:write"
READ_TICKETS = "tickets:read"


def actor_from(caller: Caller, *scopes: str) -> Actor:
    """`scopes`: one of which, or internal, a service account must have. Raises PermissionDenied."""
    if caller.kind == "service":
        if not caller.scopes & {INTERNAL, *scopes}:
            raise PermissionDenied("This service account may not call this.", scope=" or ".join(scopes) or INTERNAL)
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
