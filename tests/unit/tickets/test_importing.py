"""Lines of CSV files become companies, people and tickets, or are refused with their column."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from servicekit.erasing import ErasureTask
from services.tickets.domain.commands import AddNote, CreateTicket, UpdateTicket, UploadAttachment
from services.tickets.domain.csv_rows import Table, check_columns
from services.tickets.domain.directory import Company, Person
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.people import Access, Actor, Side
from services.tickets.domain.ticket import Priority, TicketStatus
from services.tickets.domain.timeline import Note
from services.tickets.handlers.importing import Importing, Refusal
from tests.unit.tickets.desk import AVA, HARBOUR, MIA, PIA, SERVICE, TicketsDesk


async def imported(desk: TicketsDesk, table: Table, text: str, by: Actor = SERVICE) -> list[tuple[int, str]]:
    """The lines that were refused, and their columns."""
    reader = csv.DictReader(io.StringIO(text), strict=True)
    rows = ((reader.line_num, row) for row in reader)
    importing = Importing(desk.directory_store, desk.directory, desk.commands, desk.log)
    found = [line async for line in importing.lines(by, HARBOUR, table, rows)]
    assert all(line is None or line.reason for line in found)
    return [(line.line, line.column) for line in found if isinstance(line, Refusal)]


async def test_companies_and_people_are_imported_and_a_repeat_changes_nothing(desk: TicketsDesk) -> None:  # spec 9.1
    companies = "id,name,default_board_id,shared_tickets\nnorth,North Ltd,projects,yes\nsouth,South Ltd,service-desk,\n"
    people = "id,name,email,company_id,role,companies,boards\nnia,Nía,nia@north.example,north,,,\nola,Ola,,,engineer,*,projects\n"
    for _ in range(2):
        assert await imported(desk, Table.COMPANIES, companies) == []
        assert await imported(desk, Table.PEOPLE, people) == []

    north = await desk.directory_store.get(Company, "north")
    nia, ola = [await desk.directory_store.get(Person, id) for id in ("nia", "ola")]
    assert north == Company("north", HARBOUR, "North Ltd", "projects", shared_tickets=True)
    assert nia and (nia.name, nia.side, nia.company_id, nia.email) == ("Nía", Side.CUSTOMER, "north", "nia@north.example")
    assert ola and (ola.access.companies, ola.access.boards) == (None, frozenset({"projects"}))
    assert all(desk.directory_store.kept[key].revision == 1 for key in ("company:north", "person:nia", "person:ola"))


async def test_an_import_gives_nobody_their_access_back(desk: TicketsDesk) -> None:  # spec 10.10
    text = "id,name,company_id\nnia,Nia,acme\n"
    await imported(desk, Table.PEOPLE, text)
    nia = await desk.directory_store.get(Person, "nia")
    assert nia
    await desk.directory.upsert(SERVICE, replace(nia, disabled=True))

    assert await imported(desk, Table.PEOPLE, text.replace("Nia", "Nia Berg")) == []
    assert await desk.directory_store.get(Person, "nia") == replace(nia, name="Nia Berg", disabled=True)


async def test_an_import_keeps_what_its_file_does_not_have(desk: TicketsDesk) -> None:  # spec 9.1
    companies = "id,name,default_board_id,shared_tickets\nnorth,North Ltd,projects,yes\n"
    people = """id,name,email,phone,company_id,role,companies,boards
nia,Nia,nia@north.example,+4930123456,north,,,
ola,Ola,ola@north.example,,,supervisor,*,projects service-desk
"""
    await imported(desk, Table.COMPANIES, companies)
    await imported(desk, Table.PEOPLE, people)
    for id in ("nia", "ola"):
        person = await desk.directory_store.get(Person, id)
        assert person
        await desk.directory.upsert(SERVICE, replace(person, time_zone="Europe/Berlin"))
    before = dict(desk.directory_store.kept)

    assert await imported(desk, Table.PEOPLE, people) == []
    assert await imported(desk, Table.PEOPLE, "id,name\nnia,Nia\nola,Ola\n") == []
    assert await imported(desk, Table.COMPANIES, "id,name,default_board_id\nnorth,North Ltd,projects\n") == []
    assert desk.directory_store.kept == before

    assert await imported(desk, Table.PEOPLE, "id,name,phone,boards\nola,Ola,+4930123457,\n") == []
    ola, then = await desk.directory_store.get(Person, "ola"), before["person:ola"].content
    assert isinstance(then, Person) and ola == replace(then, phone="+4930123457", access=Access(None, frozenset()))
    assert await imported(desk, Table.PEOPLE, "id,name,time_zone\nola,Ola,Asia/Tokyo\n") == []
    assert await desk.directory_store.get(Person, "ola") == replace(ola, time_zone="Asia/Tokyo")


async def test_tickets_are_created_once_by_the_engineer_who_imports_them(desk: TicketsDesk) -> None:  # spec 9.1, 9.6
    text = """id,customer_id,board_id,summary,text,priority
OLD-1,zoe,projects,Badge is lost,"At the door,
yesterday.",Urgent
OLD-2,mia,service-desk,VPN drops,,
"""
    for by in (AVA, AVA, PIA):
        assert await imported(desk, Table.TICKETS, text, by) == []

    assert sorted(await desk.list(AVA)) == ["Badge is lost", "VPN drops"]
    for by in (AVA, PIA):
        assert await imported(desk, Table.TICKETS, text.replace("VPN drops", "VPN is gone"), by) == [(4, "id")]


async def test_a_ticket_keeps_its_status_times_and_assignee_and_shows_that_it_was_imported(desk: TicketsDesk) -> None:  # spec 9.1, 9.2
    bo = await desk.directory_store.get(Person, "bo")
    assert bo
    await desk.directory.upsert(SERVICE, replace(bo, email="bo@harbour.example"))
    text = """id,customer_id,board_id,summary,text,status,created_at,closed_at,assignee_email
OLD-1,mia,service-desk,Badge is lost,At the door,Closed,2024-05-01T10:00:00+02:00,2024-05-02T08:00:00Z,BO@harbour.example
OLD-2,mia,service-desk,VPN drops,,in progress,2024-06-01T08:00:00Z,,
"""
    for _ in range(2):
        assert await imported(desk, Table.TICKETS, text, AVA) == []

    drops, badge = (await desk.reads.list(AVA)).tickets
    created, closed = datetime(2024, 5, 1, 8, tzinfo=UTC), datetime(2024, 5, 2, 8, tzinfo=UTC)
    assert (badge.status, badge.created_at, badge.modified_at, badge.assignee) == (TicketStatus.CLOSED, created, closed, bo.ref)
    assert (drops.status, drops.modified_at, drops.assignee) == (TicketStatus.IN_PROGRESS, datetime(2024, 6, 1, 8, tzinfo=UTC), None)
    entries = await desk.timeline(AVA, badge)
    assert [(entry.at, entry.internal) for entry in entries] == [
        (created, False),
        (created, False),
        (closed, False),
        (desk.clock.now(), True),
    ]
    assert entries[-1].body == Note("Imported. It was OLD-1 before.")
    assert await desk.list(AVA, "OLD-1") == ["Badge is lost"]
    assert await imported(desk, Table.TICKETS, text.replace("2024-06-01", "2024-06-02"), AVA) == [(3, "id")]


async def test_a_repeat_after_an_erasure_changes_nothing(desk: TicketsDesk) -> None:  # spec 9.1, 10.6
    bo = await desk.directory_store.get(Person, "bo")
    assert bo
    await desk.directory.upsert(SERVICE, replace(bo, email="bo@harbour.example"))
    columns = "id,customer_id,board_id,summary,text,status,created_at,assignee_email\n"
    row = "OLD-1,mia,service-desk,Badge is lost,,in progress,2024-05-01T10:00:00Z,"
    assert await imported(desk, Table.TICKETS, f"{columns}{row}bo@harbour.example\n", AVA) == []

    await desk.erasures.begin(AVA, "bo")
    await desk.erasing.erase(ErasureTask("bo", HARBOUR, False, ("Bo Lindqvist", "bo@harbour.example")))
    # The digest of the line, which has the address, is gone.
    assert [commit.command.content for commit in desk.log.kept] == [""]
    assert await imported(desk, Table.TICKETS, f"{columns}{row}\n", AVA) == []
    assert len(desk.log.kept) == 1


async def test_no_caller_uses_the_command_id_of_an_import(desk: TicketsDesk) -> None:  # spec 9.1
    ticket = await desk.create(MIA)
    doors = (
        CreateTicket(command_id="import:OLD-1", summary="Mine", text="", board_id="", customer_id="", priority=Priority.NORMAL),
        UpdateTicket(command_id="import:OLD-1", ticket_id=ticket.id, status=TicketStatus.CLOSED),
        AddNote(command_id="import:OLD-1", ticket_id=ticket.id, text="Look."),
    )
    for command in doors:
        with pytest.raises(InvalidValue) as refused:
            command.checked(MIA)
        assert refused.value.field == "command_id"
    with pytest.raises(InvalidValue) as refused:
        UploadAttachment(command_id="import:OLD-1", ticket_id=ticket.id, name="a.txt", size=1).checked(MIA, 10)
    assert refused.value.field == "command_id"


# Each file: its columns, a good line, and lines that are refused for the columns behind them.
WRONG: list[tuple[Table, str, str, dict[str, str]]] = [
    (
        Table.COMPANIES,
        "id,name,default_board_id,shared_tickets",
        "ok,Ok,projects,no",
        {"x y,X,projects,": "id", "x,X,nowhere,": "default_board_id", "x,X,projects,maybe": "shared_tickets"},
    ),
    (
        Table.PEOPLE,
        "id,name,company_id,email,time_zone",
        "ok,Ok,acme,,Europe/Berlin",
        {
            "x,X,nowhere,,": "company_id",
            "x,X,,,": "company_id",
            "x,,acme,,": "name",
            "x,X,acme,@,": "email",
            "x,X,acme,,Mars/Olympus": "time_zone",
            "x,X,acme,,,much": "",
        },
    ),
    (
        Table.PEOPLE,
        "id,name,company_id,role,boards",
        "ok,Ok,,admin,*",
        {"x,X,,boss,": "role", "x,X,acme,,projects": "boards", "x,X,,engineer,nowhere": "boards", "x": "name"},
    ),
    (
        Table.TICKETS,
        "id,customer_id,board_id,summary,priority",
        "ok,zoe,projects,Ok,low",
        {
            ",zoe,projects,X,": "id",
            "x,nobody,projects,X,": "customer_id",
            "x,zoe,nowhere,X,": "board_id",
            "x,zoe,projects,,": "summary",
            "x,zoe,projects,X,soon": "priority",
        },
    ),
    (
        Table.TICKETS,
        "id,customer_id,board_id,summary,status,created_at,closed_at,assignee_email",
        "ok,zoe,projects,Ok,waiting customer,,,",
        {
            "x,zoe,projects,X,lost,,,": "status",
            "x,zoe,projects,X,,2024-05-01,,": "created_at",
            "x,zoe,projects,X,,2999-05-01T08:00:00Z,,": "created_at",
            "x,zoe,projects,X,,0001-01-01T00:00:00+14:00,,": "created_at",
            "x,zoe,projects,X,new,,2024-05-01T08:00:00Z,": "closed_at",
            "x,zoe,projects,X,closed,2024-05-01T08:00:00Z,2024-04-01T08:00:00Z,": "closed_at",
            "x,zoe,projects,X,closed,2024-05-01T08:00:00Z,2999-04-01T08:00:00Z,": "closed_at",
            "x,zoe,projects,X,closed,,2024-05-01T08:00:00Z,": "created_at",
            "x,zoe,projects,X,,,,nobody@harbour.example": "assignee_email",
        },
    ),
]


@pytest.mark.parametrize(("table", "columns", "good", "wrong"), WRONG)
async def test_a_wrong_line_is_refused_with_its_column_and_the_others_are_imported(
    desk: TicketsDesk, table: Table, columns: str, good: str, wrong: dict[str, str]
) -> None:  # spec 9.1
    by = AVA if table is Table.TICKETS else SERVICE
    refused = await imported(desk, table, "\n".join([columns, *wrong, good]), by)

    assert refused == list(enumerate(wrong.values(), start=2))
    stored = desk.directory_store.kept.keys()
    assert await desk.list(AVA) == ["Ok"] if table is Table.TICKETS else {"company:ok", "person:ok"} & stored
    assert not {"company:x", "person:x"} & stored


@pytest.mark.parametrize(
    ("columns", "wrong"),
    [
        ("id,name", "default_board_id"),
        ("id,name,default_board_id,colour", "colour"),
        ("id,id,name,default_board_id", "columns"),
        ("", "id"),
    ],
)
def test_a_file_with_other_columns_is_refused_whole(columns: str, wrong: str) -> None:  # spec 9.1
    with pytest.raises(InvalidValue) as refused:
        check_columns(Table.COMPANIES, columns.split(","))

    assert refused.value.field == wrong
