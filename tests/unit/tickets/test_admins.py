"""A desk keeps an admin, and a change of an entry does not overwrite another one."""

import asyncio
from dataclasses import replace

import pytest

from services.tickets.domain.audit import AuditEntry
from services.tickets.domain.directory import Entry, Person
from services.tickets.domain.erasure import begun
from services.tickets.domain.errors import ChangedMeanwhile, LastAdmin, OwnAdminRole
from services.tickets.domain.people import Role
from tests.unit.tickets.desk import AVA, OTHER, SERVICE, TicketsDesk, engineer, two_rely_at_once

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


@pytest.mark.parametrize("loses", ["role", "erasure"])
async def test_two_admins_who_take_the_role_from_each_other_leave_one(desk: TicketsDesk, loses: str) -> None:  # spec 10.2, 10.6
    bo = engineer("bo", "Bo Lindqvist", role=Role.ADMIN)
    await desk.directory.upsert(AVA, bo)
    save, waits, go_on = desk.directory_store.save, asyncio.Event(), asyncio.Event()

    async def save_of_ava_waits(entry: Entry, audited: AuditEntry | None) -> None:
        """The call that takes the role from Ava has found Bo, and saves after the other call."""
        if entry.content.id == "bo" and not waits.is_set():
            waits.set()
            await go_on.wait()
        await save(entry, audited)

    desk.directory_store.save = save_of_ava_waits  # type: ignore[method-assign]
    from_ava = asyncio.create_task(desk.directory.upsert(replace(AVA, id="bo"), replace(ADMIN, role=Role.ENGINEER)))
    await waits.wait()
    if loses == "role":
        await desk.directory.upsert(AVA, replace(bo, role=Role.ENGINEER))
    else:
        await desk.erasures.begin(AVA, "bo")
    go_on.set()

    with pytest.raises(LastAdmin):
        await from_ava
    ava = await ava_of(desk)
    assert ava and ava.content == ADMIN


async def test_when_both_calls_rely_on_the_other_admin_one_succeeds(desk: TicketsDesk) -> None:  # spec 10.2
    bo = engineer("bo", "Bo Lindqvist", role=Role.ADMIN)
    await desk.directory.upsert(AVA, bo)
    relied = two_rely_at_once(desk)
    ends = await asyncio.gather(
        desk.directory.upsert(replace(AVA, id="bo"), replace(ADMIN, disabled=True)),
        desk.directory.upsert(AVA, replace(bo, disabled=True)),
        return_exceptions=True,
    )

    assert relied[:2] == ["bo", "ava"]
    assert [type(end) for end in ends if isinstance(end, Exception)] == [LastAdmin]


async def test_relying_on_an_admin_changes_nothing_of_them(desk: TicketsDesk) -> None:  # spec 10.2, 10.5
    await desk.directory.upsert(AVA, engineer("bo", "Bo Lindqvist", role=Role.ADMIN))
    audited = len(desk.directory_store.audited)

    await desk.directory.upsert(AVA, engineer("bo", "Bo Lindqvist", role=Role.ENGINEER))

    ava = await ava_of(desk)
    assert ava and (ava.content, ava.revision) == (ADMIN, 2)
    assert [entry.subject_id for entry in desk.directory_store.audited[audited:]] == ["bo"]


async def test_the_last_admin_is_not_erased(desk: TicketsDesk) -> None:  # spec 10.2, 10.6
    with pytest.raises(LastAdmin):
        await desk.erasures.begin(SERVICE, "ava")
    assert desk.erasure_store.kept == {}

    await desk.directory.upsert(AVA, engineer("bo", "Bo Lindqvist", role=Role.ADMIN))
    assert (await desk.erasures.begin(SERVICE, "ava")).closed_at


async def test_an_erasure_that_leaves_no_admin_waits_and_stops_no_other(desk: TicketsDesk) -> None:  # spec 10.2, 10.6
    await desk.erasure_store.add(begun(ADMIN, SERVICE, desk.clock.now()))
    await desk.erasures.begin(AVA, "mia")
    await desk.clock.advance(30)
    assert [task.person_id for task in await desk.erasures.tasks("chat")] == ["mia"]

    await desk.directory.upsert(AVA, engineer("bo", "Bo Lindqvist", role=Role.ADMIN))
    await desk.erasures.tasks("chat")
    await desk.clock.advance(30)

    assert [task.person_id for task in await desk.erasures.tasks("chat")] == ["ava", "mia"]


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
    assert [entry.content.id for entry in desk.directory_store.published].count("kai") == 4
