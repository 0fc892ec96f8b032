"""Who may call what, and whose presence a caller sees (spec 1.8, 1.12, 1.15, 10.2)."""

from dataclasses import dataclass
from typing import Protocol

from services.presence.domain.errors import NoSuchPerson, NotAllowed, WrongArgument
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
    @property
    def boards(self) -> frozenset[str] | None: ...
    @property
    def unlisted(self) -> bool:
        """Whether the token does not list the companies and boards, because they are too many."""
        ...

    @property
    def whole_desk(self) -> bool:
        """Whether the caller's access is not limited."""
        ...


@dataclass(frozen=True, slots=True)
class Access:
    """What the directory says of a person: a customer of the company, or an engineer, whose company is "" and who is limited to these
    companies and boards; None = all."""

    company_id: str
    companies: frozenset[str] | None
    boards: frozenset[str] | None


def must_be_engineer(caller: Caller, words: str) -> None:
    """Raises NotAllowed with `words`, such as "choose a presence"."""
    if caller.kind != "engineer":
        raise NotAllowed(f"Only engineers {words}")


def must_be_admin(caller: Caller, words: str) -> None:
    """Raises NotAllowed with `words`."""
    if caller.kind != "engineer" or caller.role != "admin":
        raise NotAllowed(f"Only admins {words}")


def must_be_admin_of_desk(caller: Caller, words: str) -> None:
    """For what concerns the whole desk. Raises NotAllowed with `words`, also for admins with limited access."""
    must_be_admin(caller, words)
    if not caller.whole_desk:
        raise NotAllowed(f"Only admins with access to the whole desk {words}")


def listed_access(caller: Caller) -> Access | None:
    """The access of an engineer; None when the token does not list it."""
    return None if caller.unlisted else Access("", caller.companies, caller.boards)


def is_limited(caller: Caller) -> bool:
    return not caller.whole_desk


def must_cover(own: Access | None, person: Access | None) -> None:
    """For what an admin with the limited access `own` does to a person, as in the directory: to customers of their companies, and to
    engineers who have no more access. Raises NotAllowed, or NoSuchPerson for a customer whom they may not see and for somebody who does
    not exist."""
    if own is None or person is None or (person.company_id and not _within(frozenset({person.company_id}), own.companies)):
        raise NoSuchPerson("There is no such person", field="person_id")
    if not person.company_id and not (_within(person.companies, own.companies) and _within(person.boards, own.boards)):
        raise NotAllowed("Your access does not cover this person")


def _within(ids: frozenset[str] | None, most: frozenset[str] | None) -> bool:
    return most is None or (ids is not None and ids <= most)


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


def lists_everybody(caller: Caller) -> bool:
    """Whether a caller who names nobody is answered with everybody of the desk who is not offline. Only services are."""
    return caller.kind == "service"


def may_see(caller: Caller, person: Person) -> bool:
    """Of the caller's desk: customers, and engineers who are limited to some companies, see engineers and themselves."""
    return sees_all(caller) or person.engineer or person.id == caller.id


def sees_all(caller: Caller) -> bool:
    """Presence does not know the companies of customers. The pages of a limited engineer get presence from the gateway, which does."""
    return caller.kind == "service" or (caller.kind == "engineer" and caller.companies is None)
