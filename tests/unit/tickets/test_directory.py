"""Desks, companies, boards and people: permissions to change and to see them."""

from dataclasses import replace

import pytest

from services.tickets.domain.directory import Board, Company, Content, Desk, Person
from services.tickets.domain.errors import IdTaken, InvalidValue, NotAllowed, PersonNotFound, TrialOff
from services.tickets.domain.people import Access, Actor, Role, Side
from tests.unit.tickets.desk import AVA, BO, EVE, HARBOUR, MIA, PIA, SERVICE, TicketsDesk, customer, engineer


async def test_unchanged_content_publishes_nothing(desk: TicketsDesk) -> None:
    first = await desk.directory.upsert(SERVICE, Board("new", HARBOUR, "New board"))
    repeated = await desk.directory.upsert(SERVICE, Board("new", HARBOUR, "New board"))
    renamed = await desk.directory.upsert(SERVICE, Board("new", HARBOUR, "Newer board"))

    assert (first.revision, repeated.revision, renamed.revision) == (1, 1, 2)
    assert desk.directory_store.published == [first, renamed]
    assert renamed.order == first.order


async def test_an_admin_changes_only_their_own_desk(desk: TicketsDesk) -> None:  # spec 10.2
    await desk.directory.upsert(AVA, Board("new", HARBOUR, "New"))

    refused = []
    for desk_id in ("elsewhere", "nowhere"):
        with pytest.raises(NotAllowed) as error:
            await desk.directory.upsert(AVA, Board("other", desk_id, "Other"))
        refused.append(str(error.value))
    assert refused[0] == refused[1]


@pytest.mark.parametrize("by", [BO, MIA])
async def test_only_admins_change_the_directory(desk: TicketsDesk, by: Actor) -> None:
    with pytest.raises(NotAllowed):
        await desk.directory.upsert(by, Board("new", HARBOUR, "New"))


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (Desk("", "Nameless"), "entry.desk.id"),
        (Desk("a b", "Blank"), "entry.desk.id"),
        (Board("new", HARBOUR, " "), "entry.board.name"),
        (Desk(HARBOUR, "Harbour\0"), "entry.desk.name"),
        (Board("new", HARBOUR, "\u200b"), "entry.board.name"),
        (Board("new", HARBOUR, "New\nBoard"), "entry.board.name"),
        (Company("new", HARBOUR, "\x1b[31mNew", "service-desk"), "entry.company.name"),
        (customer("new", "New\u202e", "acme"), "entry.person.name"),
        (customer("new", "x" * 201, "acme"), "entry.person.name"),
        (replace(customer("new", "New", "acme"), email="a\0@b.example"), "entry.person.email"),
        (replace(customer("new", "New", "acme"), email="a\x1b@b.example"), "entry.person.email"),
        (Board("new", "nowhere", "New"), "entry.board.desk_id"),
        (Company("new", HARBOUR, "New", "foreign"), "entry.company.default_board_id"),
        (Company("new", HARBOUR, "New", ""), "entry.company.default_board_id"),
        (replace(customer("new", "New", "acme"), email="nobody"), "entry.person.email"),
        (replace(customer("new", "New", "acme"), phone="0800 123"), "entry.person.phone"),
        (replace(customer("new", "New", "acme"), time_zone="Mars/Olympus"), "entry.person.time_zone"),
        (replace(customer("new", "New", "acme"), time_zone="localtime"), "entry.person.time_zone"),
        (replace(customer("new", "New", "acme"), role=Role.ADMIN), "entry.person.role"),
        (customer("new", "New", "nowhere"), "entry.person.company_id"),
        (customer("new", "New", ""), "entry.person.company_id"),
        (engineer("new", "New", role=Role.NONE), "entry.person.role"),
        (engineer("new", "New", Access(frozenset({"nowhere"}), None)), "entry.person.access.company_ids"),
        (engineer("new", "New", Access(None, frozenset({"foreign"}))), "entry.person.access.board_ids"),
    ],
)
async def test_an_invalid_entry_is_refused_by_its_field_and_not_saved(desk: TicketsDesk, content: Content, field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        await desk.directory.upsert(SERVICE, content)

    assert refused.value.field == field
    assert desk.directory_store.published == []


async def test_an_engineers_companies_are_read_at_once(desk: TicketsDesk) -> None:  # spec 2.10
    companies = [Company(f"company-{number}", HARBOUR, "Company", "service-desk") for number in range(300)]
    for company in companies:
        await desk.directory.upsert(SERVICE, company)
    desk.directory_store.reads = 0

    await desk.directory.upsert(SERVICE, engineer("new", "New", Access(frozenset(company.id for company in companies), None)))

    assert desk.directory_store.reads == 2


@pytest.mark.parametrize("content", [engineer("mia", "Mia Torres"), customer("eve", "Eve", "acme"), Board("foreign", HARBOUR, "Mine")])
async def test_an_id_cannot_change_its_kind_or_desk(desk: TicketsDesk, content: Content) -> None:
    with pytest.raises(IdTaken):
        await desk.directory.upsert(SERVICE, content)


async def test_the_whole_directory_is_returned_in_pages(desk: TicketsDesk) -> None:
    keys, token = [], ""
    while True:
        entries, token = await desk.directory.page(4, token)
        keys += [entry.key for entry in entries]
        if not token:
            break

    assert keys == sorted(desk.directory_store.kept)
    few, _ = await desk.directory.page(0, "", customers=False)
    assert [entry.key for entry in few] == [key for key in keys if key not in {"person:leo", "person:mia", "person:zoe"}]
    first, token = await desk.directory.page(2, "", only_engineers=True)
    then, end = await desk.directory.page(2, token, only_engineers=True)
    assert ([entry.key for entry in (*first, *then)], end) == (["person:ava", "person:bo", "person:eve", "person:pia"], "")
    with pytest.raises(InvalidValue):
        await desk.directory.page(0, "nonsense")


@pytest.mark.parametrize(
    ("by", "seen"),
    [
        (AVA, {"ava", "bo", "pia", "mia", "leo", "zoe"}),
        (BO, {"ava", "bo", "pia", "mia", "leo"}),
        (MIA, set()),
        (EVE, {"eve"}),
    ],
)
async def test_people_are_listed_by_the_access_of_the_caller(desk: TicketsDesk, by: Actor, seen: set[str]) -> None:  # spec 2.10, 10.2
    people, _ = await desk.directory.people(by, None, "")

    assert {person.id for person in people} == seen
    assert [person.name for person in people] == sorted(person.name for person in people)


async def test_people_are_listed_by_kind_and_company(desk: TicketsDesk) -> None:
    people, _ = await desk.directory.people(AVA, Side.CUSTOMER, "acme")
    assert [p.id for p in people] == ["leo", "mia"]
    desk.directory_store.people_read = 0
    assert await desk.directory.people(BO, None, "globex", search="zoe") == ([], "")
    assert desk.directory_store.people_read == 0


@pytest.mark.parametrize(
    ("by", "search", "found"),
    [
        (AVA, "TORRES mi", ["mia"]),
        (AVA, "orres", []),
        (AVA, "zürich-a", ["zoe"]),
        (AVA, "ADAMS zoe", ["zoe"]),
        (AVA, "jose", ["leo"]),
        (AVA, "JOSÉ", ["leo"]),
        (AVA, "vok@acme", ["leo"]),
        (AVA, "@acme", ["leo"]),
        (AVA, "example", []),
        (AVA, "p", ["leo", "pia"]),
        (AVA, "太郎", ["kim"]),
        (BO, "zoe", []),
        (BO, "a", ["ava", "leo"]),
        (AVA, "nobody", []),
        (AVA, "-", []),
    ],
)
async def test_people_are_found_by_beginnings_in_their_name_or_email(desk: TicketsDesk, by: Actor, search: str, found: list[str]) -> None:
    await desk.directory.upsert(SERVICE, replace(customer("leo", "José Park", "acme"), email="leo.no-vok@acme.example"))
    await desk.directory.upsert(SERVICE, customer("zoe", "Zoe Zurich-Adams", "globex"))
    await desk.directory.upsert(SERVICE, customer("kim", "山田太郎", "globex"))

    people, token = await desk.directory.people(by, None, "", search=search)

    assert (sorted(person.id for person in people), token) == (found, "")


async def test_a_search_lists_each_person_once_in_pages_of_bounded_cost(desk: TicketsDesk) -> None:  # spec 11.1
    for number in range(60):
        company = "acme" if number % 2 else "globex"
        name = f"Sam Samson-Samuel {number:02}"
        await desk.directory.upsert(SERVICE, replace(customer(f"s{number:02}", name, company), email=f"sam{number}@sam.example"))
    desk.directory_store.people_read = 0

    first, token = await desk.directory.people(BO, None, "", 4, search="sam")
    cost = desk.directory_store.people_read
    ids = [person.id for person in first]
    while token:
        page, token = await desk.directory.people(BO, None, "", 4, token, "sam")
        ids += [person.id for person in page]

    assert sorted(ids) == [f"s{number:02}" for number in range(1, 60, 2)]
    assert len(first) == 4 and cost < 20


async def test_a_search_stops_after_a_bounded_number_of_positions(desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.tickets.handlers.people_list.MAX_READ", 8)
    for number in range(40):
        await desk.directory.upsert(SERVICE, customer(f"s{number:02}", f"Samuel {'Last' if number == 39 else 'Other'}", "acme"))
    pages, token = list[list[str]](), ""
    while not pages or token:
        page, token = await desk.directory.people(AVA, None, "", 2, token, "samuel last")
        pages.append([person.id for person in page])

    assert pages[0] == [] and [id for page in pages for id in page] == ["s39"]


async def test_pages_of_people_have_each_person_once(desk: TicketsDesk) -> None:  # spec 11.1
    whole, none = await desk.directory.people(AVA, None, "")
    listed: list[str] = []
    token = ""
    while len(listed) < len(whole):
        page, token = await desk.directory.people(AVA, None, "", 2, token)
        listed += [person.id for person in page]
    assert (listed, token, none) == ([person.id for person in whole], "", "")


async def test_a_page_of_people_reads_no_more_than_it_needs(desk: TicketsDesk) -> None:
    same_name = [customer(f"m{n:02}", "Mia Torres", "acme") for n in range(3)]
    for person in (*same_name, *(customer(f"z{n:02}", f"Zed {n:02}", "acme") for n in range(40))):
        await desk.directory.upsert(SERVICE, person)
    whole, _ = await desk.directory.people(AVA, Side.CUSTOMER, "acme")
    desk.directory_store.people_read = 0

    first, token = await desk.directory.people(AVA, Side.CUSTOMER, "acme", 3)
    then, _ = await desk.directory.people(AVA, Side.CUSTOMER, "acme", 3, token)

    assert [person.id for person in (*first, *then)] == [person.id for person in whole[:6]]
    assert desk.directory_store.people_read < 20


@pytest.mark.parametrize("token", ["?", "W10=", "x" * 1000, "W1tb" * 20_000])
async def test_an_invalid_page_token_is_refused(desk: TicketsDesk, token: str) -> None:  # spec 11.1
    with pytest.raises(InvalidValue) as refused:
        await desk.directory.people(AVA, None, "", 0, token)
    assert refused.value.field == "page_token"


async def test_a_hidden_person_looks_like_a_missing_one(desk: TicketsDesk) -> None:  # spec 10.2
    refused = []
    for by, id in [(BO, "zoe"), (BO, "nobody"), (MIA, "leo"), (EVE, "mia")]:
        with pytest.raises(PersonNotFound) as error:
            await desk.directory.person(by, id)
        refused.append(str(error.value))

    assert len(set(refused)) == 1
    for by, id, name in ((MIA, "mia", "Mia Torres"), (SERVICE, "zoe", "Zoe Adams")):
        person, revision = await desk.directory.person(by, id)
        assert (person.name, revision) == (name, 1)


@pytest.mark.parametrize(
    ("by", "boards", "companies"),
    [
        (AVA, ["projects", "service-desk"], ["acme", "globex"]),
        (BO, ["projects", "service-desk"], ["acme"]),
        (PIA, ["projects"], ["acme", "globex"]),
        (MIA, ["service-desk"], ["acme"]),
    ],
)
async def test_the_desk_directory_has_what_the_caller_may_see(
    desk: TicketsDesk, by: Actor, boards: list[str], companies: list[str]
) -> None:
    (own_desk, revision), seen_companies, seen_boards = await desk.directory.desk_directory(by)

    assert ([b.id for b, _ in seen_boards], [c.id for c, _ in seen_companies]) == (boards, companies)
    assert (own_desk.name, revision) == ("Harbour IT", 1)


async def test_a_caller_of_all_desks_has_no_desk_directory(desk: TicketsDesk) -> None:
    with pytest.raises(NotAllowed):
        await desk.directory.desk_directory(SERVICE)


async def test_trial_people_are_listed_engineers_first_with_boards_and_companies(desk: TicketsDesk) -> None:  # spec 10.1
    await desk.directory.upsert(
        SERVICE, Person(id="gone", desk_id=HARBOUR, side=Side.CUSTOMER, name="G", company_id="acme", trial=True, disabled=True)
    )
    await desk.directory.upsert(SERVICE, replace(customer("real", "Real", "acme"), trial=False))

    people, companies, boards = await desk.directory.trial_people()

    assert [person.id for person in people] == ["ava", "bo", "pia", "eve", "mia", "leo", "zoe"]
    assert {company.id for company in companies} == {"acme", "globex"}
    assert [board.id for board in boards] == ["projects"]


async def test_no_trial_person_is_listed_while_trial_is_off() -> None:  # spec 10.1
    with pytest.raises(TrialOff):
        await TicketsDesk(trial=False).directory.trial_people()
