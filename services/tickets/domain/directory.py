"""Desks, companies, boards and people, and what makes one valid."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, TypeVar

from servicekit.files import MB
from servicekit.time_zones import zones
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.limits import ID, must_be_line
from services.tickets.domain.people import NOTHING, Access, Ref, Role, Side

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
MAX_EMAIL = 255
PHONE = re.compile(r"\+[1-9]\d{4,14}")


class Kind(StrEnum):
    DESK = "desk"
    COMPANY = "company"
    BOARD = "board"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Desk:
    """`max_file_mb`: of the largest file that people may attach, 0 = as the service allows (spec 9.3)."""

    kind: ClassVar = Kind.DESK
    id: str
    name: str
    max_file_mb: int = 0

    @property
    def desk_id(self) -> str:
        return self.id

    def largest_file(self, most: int) -> int:
        """In bytes; `most` is the limit of the service."""
        return min(most, self.max_file_mb * MB) if self.max_file_mb else most


@dataclass(frozen=True, slots=True)
class _OfDesk:
    """What belongs to a desk."""

    id: str
    desk_id: str
    name: str

    @property
    def ref(self) -> Ref:
        return Ref(self.id, self.name)


@dataclass(frozen=True, slots=True)
class Company(_OfDesk):
    kind: ClassVar = Kind.COMPANY
    default_board_id: str
    shared_tickets: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Board(_OfDesk):
    kind: ClassVar = Kind.BOARD
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(_OfDesk):
    """Engineers have `role` and `access`, customers have `company_id`. `erased`: only the id stays of them (spec 10.6).
    `time_zone`: a name of the IANA database, empty when unknown."""

    kind: ClassVar = Kind.PERSON
    side: Side
    email: str = ""
    phone: str = ""
    role: Role = Role.NONE
    company_id: str = ""
    access: Access = NOTHING
    trial: bool = False
    disabled: bool = False
    erased: bool = False
    time_zone: str = ""


Content = Desk | Company | Board | Person
ContentT = TypeVar("ContentT", bound=Content)


@dataclass(frozen=True, slots=True)
class Entry:
    """`order` counts entries as they are added, over all desks; `revision` counts the changes of this one."""

    content: Content
    revision: int
    order: int

    @property
    def key(self) -> str:
        return key_of(self.content.kind, self.content.id)


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference to another entry, which must exist on the same desk."""

    field: str
    kind: type[Content]
    id: str

    @property
    def key(self) -> str:
        return key_of(self.kind.kind, self.id)


def key_of(kind: Kind, id: str) -> str:
    return f"{kind}:{id}"


def check(content: Content) -> None:
    """Raises InvalidValue with the field. The caller checks that what `mentions` yields exists."""
    kind = content.kind
    _must(bool(ID.fullmatch(content.id)), kind, "id", "An id has 1 to 64 letters, digits, '_', '.' and '-'.")
    must_be_line(content.name, f"entry.{kind}.name")
    if isinstance(content, Company):
        _must(bool(content.default_board_id), kind, "default_board_id", "A company needs a default board.")
    if isinstance(content, Person):
        if content.email:
            must_be_line(content.email, "entry.person.email", MAX_EMAIL)
        _must(not content.email or bool(EMAIL.fullmatch(content.email)), kind, "email", "This is no e-mail address.")
        _must(not content.phone or bool(PHONE.fullmatch(content.phone)), kind, "phone", "A phone number is stored as E.164.")
        zone = content.time_zone
        _must(not zone or zone in zones(), kind, "time_zone", f"There is no time zone {zone[:64]!r}.")
        engineer = content.side is Side.ENGINEER
        _must(engineer == (content.role is not Role.NONE), kind, "role", "Engineers have a role, customers have none.")
        _must(engineer != bool(content.company_id), kind, "company_id", "Customers have a company, engineers have none.")


def with_newer(before: Content, after: Content) -> Content:
    """`after` with the fields of `before` that clients of earlier versions and imports leave out."""
    if isinstance(before, Company | Board) and isinstance(after, Company | Board):
        return replace(after, archived=before.archived)
    if isinstance(before, Desk) and isinstance(after, Desk):
        return replace(after, max_file_mb=before.max_file_mb)
    return after


def mentions(content: Content) -> Iterator[Mention]:
    """The entries that this one refers to, with the fields that do."""
    if isinstance(content, Desk):
        return
    yield Mention(f"entry.{content.kind}.desk_id", Desk, content.desk_id)
    if isinstance(content, Company):
        yield Mention("entry.company.default_board_id", Board, content.default_board_id)
    if isinstance(content, Person):
        if content.side is Side.CUSTOMER:
            yield Mention("entry.person.company_id", Company, content.company_id)
        for id in sorted(content.access.companies or ()):
            yield Mention("entry.person.access.company_ids", Company, id)
        for id in sorted(content.access.boards or ()):
            yield Mention("entry.person.access.board_ids", Board, id)


def is_admin(content: Content | None) -> bool:
    return isinstance(content, Person) and content.role is Role.ADMIN and not content.disabled


def _must(good: bool, kind: Kind, field: str, message: str) -> None:
    if not good:
        raise InvalidValue(f"entry.{kind}.{field}", message)
