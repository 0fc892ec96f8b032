"""A desk keeps an admin, and a change of an entry does not overwrite another one."""

from dataclasses import replace

import pytest

from services.tickets.domain.directory import Entry, Person
from services.tickets.domain.errors import ChangedMeanwhile, LastAdmin, OwnAdminRole
from services.tickets.domain.people import Role
from tests.unit.tickets.desk import AVA, HARBOUR, OTHER, SERVICE, TicketsDesk, engineer

ADMIN = engineer("ava", "Ava Chen", role=Role.ADMIN)


async def ava_of(desk: TicketsDesk) -> Entry | None:
    return await desk.directory_store.entry(Person, "ava")


@pytest.mark.parametrize("without", [replace(ADMIN, role=Role.SUPERVISOR), replace(ADMIN, disabled=True)], ids=["role", "disabled"])
async def test_an_admin_keeps_their_own_role(desk: TicketsDesk, without: Person) -> None:  # spec 10.2
    await desk.directory.upsert(AVA, engineer("bo", "Bo Lindqvist", role=Role.ADMIN))
    before = await ava_of(desk)

    with pytest.raises(OwnAdminRole) as refused:
        await desk.directory.upsert(AVA, without)

    assert refused.value.field == "entry.person.role"
    assert await ava_of(desk) == before
    assert (await desk.directory.upsert(AVA, replace(ADMIN, name="Ava Berg"))).revision == 2


@pytest.mark.parametrize("without", [replace(ADMIN, role=Role.ENGINEER), replace(ADMIN, disabled=True)], ids=["role", "disabled"])
async def test_the_last_admin_of_a_desk_stays_one(desk: TicketsDesk, without: Person) -> None:  # spec 10.2
    await desk.directory.upsert(SERVICE, engineer("eve", "Eve Other", role=Role.ADMIN, desk_id=OTHER))
    await desk.directory.upsert(SERVICE, replace(engineer("kai", "Kai Moss", role=Role.ADMIN), disabled=True))
    with pytest.raises(LastAdmin) as refused:
        await desk.directory.upsert(SERVICE, without)
    assert refused.value.field == "entry.person.role"

    await desk.directory.upsert(AVA, engineer("bo", "Bo Lindqvist", role=Role.ADMIN))
    bo = replace(AVA, id="bo")
    assert (await desk.directory.upsert(bo, without)).content == without


async def test_a_change_of_an_older_revision_is_refused_and_a_repeat_is_not(desk: TicketsDesk) -> None:  # spec 11.1
    bo = engineer("bo", "Bo Lindqvist")
    first = await desk.directory.upsert(AVA, replace(bo, phone="+442079460101"), 1)
    repeated = await desk.directory.upsert(AVA, replace(bo, phone="+442079460101"), 1)
    with pytest.raises(ChangedMeanwhile) as refused:
        await desk.directory.upsert(AVA, replace(bo, email="bo@harbour.example"), 1)
    with pytest.raises(ChangedMeanwhile):
        await desk.directory.upsert(AVA, engineer("new", "New"), 1)

    assert first == repeated
    assert refused.value.field == "if_revision"
    assert await desk.directory_store.entry(Person, "bo") == first
    assert await desk.directory_store.entry(Person, "new") is None
    assert (await desk.directory.upsert(AVA, bo, 2)).content == bo


async def test_everybody_else_changes_freely(desk: TicketsDesk) -> None:
    kai = engineer("kai", "Kai Moss", role=Role.SUPERVISOR)
    for person in (kai, replace(kai, role=Role.ADMIN), kai, replace(kai, disabled=True)):
        assert (await desk.directory.upsert(AVA, person)).content == person
    assert [entry.content.desk_id for entry in desk.directory_store.published] == [HARBOUR] * 4
