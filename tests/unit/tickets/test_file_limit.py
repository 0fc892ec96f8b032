"""The size of the largest file is a setting of the desk, within the limit of the service (spec 9.3)."""

from dataclasses import replace

import pytest

from servicekit.files import MB
from services.tickets.domain.audit import AuditChange
from services.tickets.domain.directory import Desk, Entry
from services.tickets.domain.errors import InvalidValue, NotAllowed, TooLarge
from services.tickets.domain.people import Actor, Role
from tests.unit.tickets.desk import AVA, HARBOUR, MIA, MOST, ONLY_ACME, OTHER, SERVICE, TicketsDesk, actor, engineer

DESK = Desk(HARBOUR, "Harbour IT")


def test_the_smaller_of_both_limits_counts() -> None:  # spec 9.3
    assert [replace(DESK, max_file_mb=own).largest_file(25 * MB) for own in (0, 2, 25, 30)] == [25 * MB, 2 * MB, 25 * MB, 25 * MB]


async def test_a_file_above_the_limit_of_the_desk_is_refused_and_a_repeat_is_not(desk: TicketsDesk) -> None:  # spec 9.3
    ticket = await desk.create(MIA)
    first = await desk.upload(MIA, ticket, command_id="first", content=b"x" * (MB + 1))
    await desk.directory.upsert(AVA, replace(DESK, max_file_mb=1))

    with pytest.raises(TooLarge) as refused:
        await desk.upload(MIA, ticket, content=b"x" * (MB + 1))
    assert (refused.value.field, refused.value.details) == ("size", {"most": str(MB)})
    assert await desk.upload(MIA, ticket, command_id="first", content=b"x" * (MB + 1)) == first
    assert (await desk.uploads.most_of(HARBOUR), await desk.uploads.most_of(OTHER)) == (MB, MOST)


async def test_a_limit_above_the_service_is_refused_and_names_the_field(desk: TicketsDesk) -> None:  # spec 9.3
    with pytest.raises(InvalidValue) as refused:
        await desk.directory.upsert(AVA, replace(DESK, max_file_mb=26))

    assert (refused.value.code, refused.value.field) == ("file_limit", "entry.desk.max_file_mb")
    assert await desk.directory_store.get(Desk, HARBOUR) == DESK


async def test_a_desk_keeps_its_limit_after_the_operator_has_lowered_that_of_the_service(desk: TicketsDesk) -> None:  # spec 9.3
    kept = Entry(replace(DESK, max_file_mb=40), revision=1, order=1)
    desk.directory_store.kept[kept.key] = kept

    assert await desk.directory.upsert(AVA, kept.content) == kept
    renamed = await desk.directory.upsert(AVA, replace(DESK, name="Harbour", max_file_mb=40))
    assert (renamed.content, renamed.revision) == (Desk(HARBOUR, "Harbour", 40), 2)
    with pytest.raises(InvalidValue) as refused:
        await desk.directory.upsert(AVA, replace(DESK, max_file_mb=30))
    assert (refused.value.code, refused.value.field) == ("file_limit", "entry.desk.max_file_mb")


@pytest.mark.parametrize("by", [MIA, actor(engineer("lou", "Lou Diaz", ONLY_ACME, Role.ADMIN))], ids=["customer", "limited admin"])
async def test_only_an_admin_of_the_whole_desk_changes_it(desk: TicketsDesk, by: Actor) -> None:  # spec 10.2
    with pytest.raises(NotAllowed):
        await desk.directory.upsert(by, replace(DESK, max_file_mb=5))


async def test_a_client_of_an_earlier_version_changes_no_limit(desk: TicketsDesk) -> None:  # spec 9.3
    await desk.directory.upsert(AVA, replace(DESK, max_file_mb=5))
    assert desk.directory_store.audited[-1].changes == (AuditChange("max_file_mb", "", "5"),)

    renamed = await desk.directory.upsert(SERVICE, replace(DESK, name="Harbour"), keeps_newer=True)
    assert renamed.content == Desk(HARBOUR, "Harbour", 5)
