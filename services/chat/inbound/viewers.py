"""Callers in the words of the domain."""

from servicekit.identity import Caller
from services.chat.domain.people import Person, Side, Viewer

SIDES = {"engineer": Side.ENGINEER, "customer": Side.CUSTOMER, "service": Side.NONE}


def viewer_of(caller: Caller) -> Viewer:
    """A service is on no side and sees all of its desk; that it has the scope was asked at the edge."""
    side = SIDES[caller.kind]
    if side is Side.NONE:
        return Viewer(Person(caller.id, caller.name, side), caller.desk_id, companies=None, boards=None)
    return Viewer(Person(caller.id, caller.name, side), caller.desk_id, caller.role, caller.company_id, caller.companies, caller.boards)
