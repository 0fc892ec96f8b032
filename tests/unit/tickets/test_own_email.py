"""No two people of one desk and side, who are not disabled, get the same e-mail address."""

from dataclasses import replace

import pytest

from services.tickets.domain.directory import Entry, Person
from services.tickets.domain.errors import EmailTaken
from tests.unit.tickets.desk import AVA, OTHER, SERVICE, TicketsDesk, customer, engineer

BO = replace(engineer("bo", "Bo Lindqvist"), email="bo@harbour.example")
NEW = engineer("new", "New Engineer")


@pytest.fixture(autouse=True)
async def bo_has_an_address(desk: TicketsDesk) -> None:
    await desk.directory.upsert(AVA, BO)


@pytest.mark.parametrize("email", ["bo@harbour.example", "BO@Harbour.example"])
@pytest.mark.parametrize(
    "before", [None, NEW, replace(NEW, email="bo@harbour.example", disabled=True)], ids=["added", "changed", "enabled"]
)
async def test_an_address_of_another_is_refused(desk: TicketsDesk, email: str, before: Person | None) -> None:  # spec 10.1, 10.10
    if before:
        await desk.directory.upsert(AVA, before)
    kept = dict(desk.directory_store.kept)

    with pytest.raises(EmailTaken) as refused:
        await desk.directory.upsert(AVA, replace(NEW, email=email))

    assert (refused.value.kind, refused.value.field) == ("already_exists", "entry.person.email")
    assert desk.directory_store.kept == kept


@pytest.mark.parametrize(
    "other",
    [
        replace(customer("new", "New Customer", "acme"), email="bo@harbour.example"),
        replace(engineer("new", "New Engineer", desk_id=OTHER), email="bo@harbour.example"),
        replace(NEW, email="bo@harbour.example.com"),
        replace(NEW, email="bo@harbour.example", disabled=True),
    ],
    ids=["side", "desk", "longer", "disabled"],
)
async def test_the_address_is_free_for_these_people(desk: TicketsDesk, other: Person) -> None:  # spec 10.1
    assert (await desk.directory.upsert(SERVICE, other)).content == other


async def test_an_address_is_free_after_its_person_is_disabled(desk: TicketsDesk) -> None:  # spec 10.10
    await desk.directory.upsert(AVA, replace(BO, disabled=True))
    assert (await desk.directory.upsert(AVA, replace(NEW, email="bo@harbour.example"))).revision == 1
    with pytest.raises(EmailTaken):
        await desk.directory.upsert(AVA, BO)


async def test_people_who_share_an_address_can_be_changed(desk: TicketsDesk) -> None:  # spec 10.10
    shared = replace(NEW, email="Bo@harbour.example")
    desk.directory_store.kept["person:new"] = Entry(shared, 1, 100)

    assert (await desk.directory.upsert(AVA, replace(shared, name="Renamed"))).revision == 2
    assert (await desk.directory.upsert(AVA, replace(BO, email="BO@harbour.example", name="Bo Berg"))).content.name == "Bo Berg"
