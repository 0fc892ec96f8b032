"""Who may call what, and whose presence a caller sees (spec 1.8, 1.12, 1.15, 10.2)."""

from typing import Protocol

from services.presence.domain.errors import NotAllowed, WrongArgument
from services.presence.domain.person import Person

GATEWAY = "gateway"


class Caller(Protocol):
    """`kind`: engineer, customer or service. `companies`: those to which an engineer is limited; None = all."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def desk_id(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def companies(self) -> frozenset[str] | None: ...


def must_be_engineer(caller: Caller, words: str) -> None:
    """Raises NotAllowed with `words`, such as "choose a presence"."""
    if caller.kind != "engineer":
        raise NotAllowed(f"Only engineers {words}")


def must_be_admin(caller: Caller, words: str) -> None:
    """Raises NotAllowed with `words`."""
    if caller.kind != "engineer" or caller.role != "admin":
        raise NotAllowed(f"Only admins {words}")


def must_report(caller: Caller) -> None:
    """Of a service of Parley. Raises NotAllowed for all but gateways."""
    if caller.id != GATEWAY:
        raise NotAllowed("Only gateways have connections to report")


def must_watch(caller: Caller) -> None:
    """Raises NotAllowed for customers."""
    if caller.kind == "customer":
        raise NotAllowed("Customers can't watch presence")


def desk_of(caller: Caller, desk_id: str) -> str:
    """The desk of a request about people: a person's own, whatever the request names. Raises NotAllowed or WrongArgument for services."""
    if caller.kind != "service":
        return caller.desk_id
    if caller.desk_id and desk_id not in ("", caller.desk_id):
        raise NotAllowed("That is not your desk")
    if not (desk_id or caller.desk_id):
        raise WrongArgument("Name the desk", field="desk_id")
    return desk_id or caller.desk_id


def may_see(caller: Caller, person: Person) -> bool:
    """Of the caller's desk: customers, and engineers who are limited to some companies, see engineers and themselves."""
    return sees_all(caller) or person.engineer or person.id == caller.id


def sees_all(caller: Caller) -> bool:
    """Presence does not know the companies of customers. The pages of a limited engineer get presence from the gateway, which does."""
    return caller.kind == "service" or (caller.kind == "engineer" and caller.companies is None)
