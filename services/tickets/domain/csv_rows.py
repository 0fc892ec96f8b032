"""Lines of CSV files as companies, people and tickets (the command import). A wrong value raises InvalidValue with its column."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from services.tickets.domain.commands import CreateTicket
from services.tickets.domain.directory import Company, Person
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.importing import ImportTicket, command_id_of, time_from
from services.tickets.domain.limits import ID
from services.tickets.domain.people import NOTHING, Access, Role, Side
from services.tickets.domain.ticket import Priority, TicketStatus

Row = Mapping[str, str]


class Table(StrEnum):
    COMPANIES = "companies"
    PEOPLE = "people"
    TICKETS = "tickets"


REQUIRED: Mapping[Table, Collection[str]] = {
    Table.COMPANIES: ("id", "name", "default_board_id"),
    Table.PEOPLE: ("id", "name"),
    Table.TICKETS: ("id", "customer_id", "board_id", "summary"),
}
OPTIONAL: Mapping[Table, Collection[str]] = {
    Table.COMPANIES: ("shared_tickets",),
    Table.PEOPLE: ("email", "phone", "company_id", "role", "companies", "boards", "time_zone"),
    Table.TICKETS: ("text", "priority", "status", "created_at", "closed_at", "assignee_email"),
}
# Field of an error -> the column that the operator knows it by, where they differ.
COLUMNS = {"command_id": "id", "company_ids": "companies", "board_ids": "boards"}
YES_OR_NO = {"": False, "no": False, "yes": True}
ALL = "*"


def check_columns(table: Table, columns: Collection[str]) -> None:
    for column in REQUIRED[table]:
        if column not in columns:
            raise InvalidValue(column, f"The file has no column {column}.")
    for column in columns:
        if column not in (*REQUIRED[table], *OPTIONAL[table]):
            raise InvalidValue(column, f"A file of {table} has no such column.")
    if len(set(columns)) < len(columns):
        raise InvalidValue("columns", "A column is there twice.")


def column_of(field: str) -> str:
    """The column of an error's field, such as entry.person.email."""
    name = field.rpartition(".")[2]
    return COLUMNS.get(name, name)


def with_stored(row: Row, stored: Company | Person) -> Row:
    """The line, with the stored values of the columns that its file lacks."""
    if isinstance(stored, Company):
        return {"shared_tickets": "yes" if stored.shared_tickets else "no", **row}
    access = {"companies": _text(stored.access.companies), "boards": _text(stored.access.boards)}
    own = {"email": stored.email, "phone": stored.phone, "time_zone": stored.time_zone}
    return {**own, "company_id": stored.company_id, "role": stored.role, **access, **row}


def company_from(desk_id: str, row: Row) -> Company:
    shared = row.get("shared_tickets", "").lower()
    if shared not in YES_OR_NO:
        raise InvalidValue("shared_tickets", "Write yes or no.")
    return Company(row["id"], desk_id, row["name"], row["default_board_id"], YES_OR_NO[shared])


def person_from(desk_id: str, row: Row) -> Person:
    """A line with a role is an engineer, any other one a customer."""
    role = row.get("role", "").lower()
    if role not in set(Role):
        raise InvalidValue("role", "Write engineer, supervisor or admin; nothing for a customer.")
    for column in ("companies", "boards"):
        if not role and row.get(column):
            raise InvalidValue(column, "Only engineers have access to companies and boards.")
    return Person(
        id=row["id"],
        desk_id=desk_id,
        name=row["name"],
        side=Side.ENGINEER if role else Side.CUSTOMER,
        email=row.get("email", ""),
        phone=row.get("phone", ""),
        role=Role(role),
        company_id=row.get("company_id", ""),
        access=Access(_ids(row.get("companies", "")), _ids(row.get("boards", ""))) if role else NOTHING,
        time_zone=row.get("time_zone", ""),
    )


def ticket_from(row: Row) -> ImportTicket:
    if not ID.fullmatch(row["id"]) or len(row["id"]) > 50:
        raise InvalidValue("id", "An id has 1 to 50 letters, digits, '_', '.' and '-'.")
    priority = row.get("priority", "").upper() or Priority.NORMAL.name
    if priority not in Priority.__members__:
        raise InvalidValue("priority", "Write low, normal, high or urgent.")
    status = row.get("status", "").lower().replace(" ", "_") or TicketStatus.NEW.value
    if status not in set(TicketStatus):
        raise InvalidValue("status", "Write new, in progress, waiting customer or closed.")
    new = CreateTicket(
        command_id=command_id_of(row["id"]),
        summary=row["summary"],
        text=row.get("text", ""),
        board_id=row["board_id"],
        customer_id=row["customer_id"],
        priority=Priority[priority],
    )
    created_at, closed_at = (time_from(row.get(column, ""), column) for column in ("created_at", "closed_at"))
    email = row.get("assignee_email", "")
    return ImportTicket(
        id=row["id"], new=new, status=TicketStatus(status), created_at=created_at, closed_at=closed_at, assignee_email=email
    )


def _ids(text: str) -> frozenset[str] | None:
    """Ids with spaces between them. None, for all, for *."""
    return None if text == ALL else frozenset(text.split())


def _text(ids: frozenset[str] | None) -> str:
    return ALL if ids is None else " ".join(sorted(ids))
