"""Archived companies and boards stay readable, and nothing new names them (spec 2.10)."""

import asyncio
from dataclasses import replace

import pytest

from services.tickets.domain.csv_rows import Table
from services.tickets.domain.directory import Board, Company, Person
from services.tickets.domain.errors import DefaultBoard, InvalidValue, LastBoard, NotAllowed, TicketsError
from services.tickets.domain.people import Access, Actor, Role, Side
from tests.unit.tickets.desk import AVA, HARBOUR, MIA, ONLY_ACME, SERVICE, TicketsDesk, actor, customer, engineer, two_rely_at_once
from tests.unit.tickets.test_importing import imported

OLD_BOARD = Board("old", HARBOUR, "Old board", archived=True)
GLOBEX = Company("globex", HARBOUR, "Globex", "projects", shared_tickets=True)
OLD_COMPANY = replace(GLOBEX, archived=True)


@pytest.fixture
async def archived(desk: TicketsDesk) -> TicketsDesk:
    """The desk with an archived board and an archived company, which is Zoe's."""
    await desk.directory.upsert(AVA, replace(OLD_BOARD, archived=False))
    await desk.directory.upsert(AVA, OLD_BOARD)
    await desk.directory.upsert(AVA, OLD_COMPANY)
    return desk


def refused(error: TicketsError) -> tuple[str, str, str]:
    return error.kind, error.code, error.field


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        (Company("new", HARBOUR, "New Ltd", "old"), "board_archived", "entry.company.default_board_id"),
        (Company("acme", HARBOUR, "Acme Ltd", "old"), "board_archived", "entry.company.default_board_id"),
        (customer("nia", "Nia Berg", "globex"), "company_archived", "entry.person.company_id"),
        (customer("mia", "Mia Torres", "globex"), "company_archived", "entry.person.company_id"),
    ],
)
@pytest.mark.parametrize("by", [AVA, SERVICE], ids=["admin", "service"])
async def test_no_new_person_and_no_new_default_may_name_one(
    archived: TicketsDesk, by: Actor, content: Company | Person, code: str, field: str
) -> None:  # spec 2.10
    kept = dict(archived.directory_store.kept)

    with pytest.raises(InvalidValue) as error:
        await archived.directory.upsert(by, content)

    assert refused(error.value) == ("invalid_argument", code, field)
    assert archived.directory_store.kept == kept


async def test_people_of_an_archived_company_and_access_to_it_can_still_be_changed(archived: TicketsDesk) -> None:  # spec 2.10
    await archived.directory.upsert(AVA, replace(customer("zoe", "Zoe Adams", "globex"), email="zoe@globex.example"))
    reads_old = Access(frozenset({"globex"}), frozenset({"old"}))

    assert (await archived.directory.upsert(AVA, engineer("bo", "Bo Lindqvist", reads_old))).revision == 2


async def test_the_default_board_of_an_open_company_and_the_last_board_cannot_be_archived(desk: TicketsDesk) -> None:  # spec 2.10
    projects = Board("projects", HARBOUR, "Projects", archived=True)
    with pytest.raises(DefaultBoard) as default:
        await desk.directory.upsert(AVA, projects)
    assert refused(default.value) == ("failed_precondition", "default_board", "entry.board.archived")

    for company in ("acme", "globex"):
        await desk.directory.upsert(AVA, Company(company, HARBOUR, company, "projects", archived=True))
    await desk.directory.upsert(AVA, projects)
    with pytest.raises(LastBoard) as last:
        await desk.directory.upsert(AVA, Board("service-desk", HARBOUR, "Service desk", archived=True))
    assert refused(last.value) == ("failed_precondition", "last_board", "entry.board.archived")


async def test_of_two_admins_who_archive_the_last_two_boards_at_the_same_moment_one_is_refused(desk: TicketsDesk) -> None:  # spec 2.10
    for company in ("acme", "globex"):
        await desk.directory.upsert(AVA, Company(company, HARBOUR, company, "projects", archived=True))
    relied, changes = two_rely_at_once(desk), len(desk.directory_store.audited)
    boards = [Board("projects", HARBOUR, "Projects", archived=True), Board("service-desk", HARBOUR, "Service desk", archived=True)]
    ends = await asyncio.gather(*(desk.directory.upsert(AVA, board) for board in boards), return_exceptions=True)

    assert relied[:2] == ["service-desk", "projects"]
    (error,) = [end for end in ends if isinstance(end, TicketsError)]
    assert refused(error) == ("failed_precondition", "last_board", "entry.board.archived")
    stored = [await desk.directory_store.get(Board, board.id) for board in boards]
    assert sorted(board.archived for board in stored if board) == [False, True]
    assert len(desk.directory_store.audited) == changes + 1


async def test_a_company_leaves_the_archive_with_an_open_default_board_alone(archived: TicketsDesk) -> None:  # spec 2.10
    await archived.directory.upsert(AVA, Board("projects", HARBOUR, "Projects", archived=True))
    await archived.directory.upsert(AVA, replace(OLD_COMPANY, name="Globex Corp"))

    with pytest.raises(InvalidValue) as error:
        await archived.directory.upsert(AVA, GLOBEX)
    assert refused(error.value) == ("invalid_argument", "board_archived", "entry.company.default_board_id")

    await archived.directory.upsert(AVA, replace(GLOBEX, default_board_id="service-desk"))
    assert (await archived.create(AVA, board_id="service-desk", customer_id="zoe")).company.id == "globex"


async def test_a_client_of_an_earlier_version_takes_nothing_back_from_the_archive(archived: TicketsDesk) -> None:  # spec 2.10
    renamed = await archived.directory.upsert(SERVICE, replace(GLOBEX, name="Globex Corp"), keeps_newer=True)

    assert renamed.content == replace(OLD_COMPANY, name="Globex Corp")


@pytest.mark.parametrize(
    ("by", "wrong", "code", "field"),
    [
        (AVA, {"board_id": "old", "customer_id": "mia"}, "board_archived", "board_id"),
        (AVA, {"board_id": "service-desk", "customer_id": "zoe"}, "company_archived", "customer_id"),
        (actor(customer("zoe", "Zoe Adams", "globex")), {}, "company_archived", "customer_id"),
    ],
)
async def test_no_new_ticket_names_one(archived: TicketsDesk, by: Actor, wrong: dict[str, str], code: str, field: str) -> None:
    # spec 2.10
    with pytest.raises(InvalidValue) as error:
        await archived.create(by, **wrong)

    assert refused(error.value) == ("invalid_argument", code, field)


async def test_its_tickets_are_read_and_finished_and_no_ticket_moves_there(archived: TicketsDesk) -> None:  # spec 2.10
    ticket = await archived.create(MIA)
    for wish, code in (({"board_id": "old"}, "board_archived"), ({"customer_id": "zoe"}, "company_archived")):
        with pytest.raises(InvalidValue) as error:
            await archived.update(AVA, ticket, **wish)
        assert error.value.code == code

    await archived.directory.upsert(AVA, Company("acme", HARBOUR, "Acme Ltd", "service-desk", archived=True))
    await archived.directory.upsert(AVA, Board("service-desk", HARBOUR, "Service desk", archived=True))
    changed = await archived.update(AVA, ticket, board_id="service-desk", customer_id="mia", summary="Printer is out")
    assert (changed.summary, changed.board.name, changed.company.name) == ("Printer is out", "Service desk", "Acme Ltd")
    await archived.note(MIA, ticket, "Thank you")


async def test_a_page_of_active_people_is_full_although_those_before_are_of_an_archived_company(desk: TicketsDesk) -> None:
    # spec 2.10, 9.6
    for number in range(60):
        gone = number < 50
        person = customer(f"s{number:02}", f"Sam {number:02}", "globex" if gone else "acme")
        await desk.directory.upsert(SERVICE, replace(person, disabled=number == 51))
    await desk.directory.upsert(SERVICE, Company("globex", HARBOUR, "Globex", "projects", archived=True))
    wanted = [f"s{number:02}" for number in range(50, 60) if number != 51]

    first, token = await desk.directory.people(AVA, Side.CUSTOMER, "", 4, search="sam", only_active=True)
    rest, end = await desk.directory.people(AVA, Side.CUSTOMER, "", 20, token, search="sam", only_active=True)

    assert ([person.id for person in first], [person.id for person in rest], end) == (wanted[:4], wanted[4:], "")
    active, _ = await desk.directory.people(AVA, None, "", only_active=True)
    assert {person.id for person in active} == {"ava", "bo", "pia", "leo", "mia", *wanted}


async def test_only_an_admin_with_access_to_it_archives(desk: TicketsDesk) -> None:  # spec 10.2
    limited = actor(engineer("lou", "Lou Diaz", ONLY_ACME, Role.ADMIN))
    for by in (limited, MIA, actor(engineer("sam", "Sam", role=Role.SUPERVISOR))):
        with pytest.raises(NotAllowed):
            await desk.directory.upsert(by, OLD_COMPANY)

    acme = Company("acme", HARBOUR, "Acme Ltd", "service-desk", archived=True)
    assert (await desk.directory.upsert(limited, acme)).content == acme


@pytest.mark.parametrize(
    ("table", "text", "column"),
    [
        (Table.COMPANIES, "id,name,default_board_id\nnorth,North Ltd,old\n", "default_board_id"),
        (Table.PEOPLE, "id,name,company_id\nnia,Nia,globex\n", "company_id"),
        (Table.TICKETS, "id,customer_id,board_id,summary\n1,mia,old,Broken\n", "board_id"),
        (Table.TICKETS, "id,customer_id,board_id,summary\n1,zoe,projects,Broken\n", "customer_id"),
    ],
)
async def test_an_import_refuses_lines_that_name_one(archived: TicketsDesk, table: Table, text: str, column: str) -> None:  # spec 2.10
    assert await imported(archived, table, text, AVA) == [(2, column)]


async def test_an_import_takes_no_company_back_from_the_archive(archived: TicketsDesk) -> None:  # spec 2.10
    assert await imported(archived, Table.COMPANIES, "id,name,default_board_id\nglobex,Globex Corp,projects\n") == []

    assert await archived.directory_store.get(Company, "globex") == replace(OLD_COMPANY, name="Globex Corp")
