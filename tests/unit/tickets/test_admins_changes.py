"""An admin whose access is limited changes what is within it, a desk keeps an admin of the whole desk, and admins overwrite nothing."""

from dataclasses import replace

import pytest

from services.tickets.domain.access.directory import must_erase, must_export
from services.tickets.domain.directory import Board, Company, Content, Desk, Person
from services.tickets.domain.errors import ChangedMeanwhile, IdTaken, InvalidValue, LastAdmin, NotAllowed, PersonNotFound
from services.tickets.domain.people import OPERATOR, Access, Actor, Role
from tests.unit.tickets.desk import AVA, HARBOUR, ONLY_ACME, ONLY_PROJECTS, OTHER, SERVICE, TicketsDesk, customer, engineer

IN_ACME = replace(AVA, id="ada", access=ONLY_ACME)
IN_PROJECTS = replace(AVA, id="pat", access=ONLY_PROJECTS)
ACME = Company("acme", HARBOUR, "Acme Ltd", "service-desk")
GLOBEX = Company("globex", HARBOUR, "Globex", "projects", shared_tickets=True)
BOTH = Access(frozenset({"acme"}), frozenset({"projects"}))


@pytest.mark.parametrize(
    ("by", "content"),
    [
        (IN_ACME, replace(ACME, name="Acme Inc")),
        (IN_ACME, replace(ACME, default_board_id="projects")),
        (IN_ACME, Board("new", HARBOUR, "New board")),
        (IN_ACME, customer("new", "Nia Cole", "acme")),
        (IN_ACME, engineer("bo", "Bo Lindqvist", BOTH)),
        (IN_PROJECTS, Board("projects", HARBOUR, "Projects 2")),
        (IN_PROJECTS, Company("new", HARBOUR, "New Ltd", "projects")),
        (IN_PROJECTS, replace(ACME, name="Acme Inc")),
        (IN_PROJECTS, engineer("pia", "Pia Berg", ONLY_PROJECTS)),
    ],
)
async def test_a_limited_admin_changes_what_is_within_their_access(desk: TicketsDesk, by: Actor, content: Content) -> None:  # spec 10.2
    assert (await desk.directory.upsert(by, content)).content == content


@pytest.mark.parametrize(
    ("by", "content"),
    [
        (IN_ACME, Desk(HARBOUR, "Harbour")),
        (IN_ACME, replace(GLOBEX, name="Globex Inc")),
        (IN_ACME, replace(GLOBEX, id="missing", name="Missing")),
        (IN_ACME, customer("new", "Nia Cole", "globex")),
        (IN_ACME, customer("mia", "Mia Torres", "globex")),
        (IN_ACME, engineer("bo", "Bo Lindqvist")),
        (IN_ACME, engineer("bo", "Bo Lindqvist", Access(frozenset({"acme", "globex"}), None))),
        (IN_ACME, engineer("pia", "Pia Novak", ONLY_ACME)),
        (IN_ACME, engineer("ava", "Ava Chen", ONLY_ACME)),
        (IN_PROJECTS, Board("service-desk", HARBOUR, "Renamed")),
        (IN_PROJECTS, Board("missing", HARBOUR, "Missing")),
        (IN_PROJECTS, engineer("new", "New", Access(None, frozenset({"service-desk"})))),
    ],
)
async def test_nothing_beyond_their_access_is_changed_by_a_limited_admin(desk: TicketsDesk, by: Actor, content: Content) -> None:
    kept = dict(desk.directory_store.kept)  # spec 10.2

    with pytest.raises(NotAllowed) as refused:
        await desk.directory.upsert(by, content)

    assert str(refused.value) == "Your access does not cover this entry of the directory."
    assert desk.directory_store.kept == kept


async def test_a_customer_whom_a_limited_admin_may_not_see_is_like_one_of_another_desk(desk: TicketsDesk) -> None:  # spec 10.2
    await desk.directory.upsert(SERVICE, Company("far", OTHER, "Far Ltd", "foreign"))
    await desk.directory.upsert(SERVICE, customer("fay", "Fay Far", "far", desk_id=OTHER))
    kept = dict(desk.directory_store.kept)

    answers = []
    for id in ("zoe", "fay"):
        with pytest.raises(IdTaken) as refused:
            await desk.directory.upsert(IN_ACME, customer(id, "Zoe Adams", "acme"))
        answers.append((str(refused.value), refused.value.field))

    assert answers[0] == answers[1] and desk.directory_store.kept == kept


@pytest.mark.parametrize("company", [GLOBEX, Company("new", HARBOUR, "New Ltd", "projects")], ids=["changed", "new"])
async def test_a_default_board_that_the_admin_may_not_see_is_like_a_missing_one(desk: TicketsDesk, company: Company) -> None:  # spec 10.2
    answers = []
    for board in ("service-desk", "missing"):
        with pytest.raises(InvalidValue) as refused:
            await desk.directory.upsert(IN_PROJECTS, replace(company, default_board_id=board))
        answers.append((str(refused.value), refused.value.field))

    assert answers[0] == answers[1] == ("There is no such board.", "entry.company.default_board_id")


@pytest.mark.parametrize("must", [must_erase, must_export])
@pytest.mark.parametrize("by", [IN_ACME, IN_PROJECTS])
def test_a_limited_admin_erases_and_exports_nobody(must: object, by: Actor) -> None:  # spec 10.2, 10.6
    mia = customer("mia", "Mia Torres", "acme")
    answers = []
    for person in (mia, None):
        with pytest.raises(NotAllowed) as refused:
            must(by, person)  # type: ignore[operator]
        answers.append(str(refused.value))
    assert answers[0] == answers[1]

    assert must(AVA, mia) == must(OPERATOR, mia) == mia  # type: ignore[operator]
    for foreign in (None, replace(mia, desk_id=OTHER)):
        with pytest.raises(PersonNotFound):
            must(AVA, foreign)  # type: ignore[operator]


@pytest.mark.parametrize("limited", [ONLY_ACME, ONLY_PROJECTS])
async def test_a_desk_keeps_an_admin_of_all_of_it(desk: TicketsDesk, limited: Access) -> None:  # spec 10.2
    ava = await desk.directory_store.get(Person, "ava")
    assert ava is not None
    await desk.directory.upsert(AVA, engineer("bo", "Bo Lindqvist", limited, Role.ADMIN))
    with pytest.raises(LastAdmin):
        await desk.directory.upsert(AVA, replace(ava, access=limited))

    await desk.directory.upsert(AVA, engineer("bo", "Bo Lindqvist", role=Role.ADMIN))
    assert (await desk.directory.upsert(AVA, replace(ava, access=limited))).content == replace(ava, access=limited)


async def test_the_revisions_of_the_desk_directory_let_no_admin_overwrite_another(desk: TicketsDesk) -> None:  # spec 10.2
    _, ((acme, read), *_), _ = await desk.directory.desk_directory(AVA)
    renamed = await desk.directory.upsert(AVA, replace(acme, name="Acme Inc"), read)

    with pytest.raises(ChangedMeanwhile):
        await desk.directory.upsert(AVA, replace(acme, name="Acme Co"), read)

    _, (now, *_), _ = await desk.directory.desk_directory(AVA)
    assert now == (renamed.content, read + 1)
