"""An admin gives no two companies, and no two boards, of one desk the same name."""

from dataclasses import replace

import pytest

from services.tickets.domain.directory import Board, Company
from services.tickets.domain.errors import NameTaken
from tests.unit.tickets.desk import AVA, HARBOUR, SERVICE, TicketsDesk

NEW = Company(id="new", desk_id=HARBOUR, name="New Ltd", default_board_id="service-desk")
NETWORK = Board(id="network", desk_id=HARBOUR, name="Network")


@pytest.mark.parametrize("name", ["Acme Ltd", "ACME ltd"])
@pytest.mark.parametrize("before", [None, NEW], ids=["added", "renamed"])
async def test_the_name_of_another_company_is_refused(desk: TicketsDesk, name: str, before: Company | None) -> None:  # spec 2.10
    if before:
        await desk.directory.upsert(AVA, before)
    kept = dict(desk.directory_store.kept)

    with pytest.raises(NameTaken) as refused:
        await desk.directory.upsert(AVA, replace(NEW, name=name))

    assert (refused.value.kind, refused.value.field) == ("already_exists", "entry.company.name")
    assert desk.directory_store.kept == kept


async def test_the_name_of_another_board_is_refused(desk: TicketsDesk) -> None:  # spec 2.10
    await desk.directory.upsert(AVA, NETWORK)

    with pytest.raises(NameTaken) as refused:
        await desk.directory.upsert(AVA, replace(NETWORK, id="second"))

    assert refused.value.field == "entry.board.name"


async def test_a_company_may_have_the_name_of_a_board_and_change_its_own(desk: TicketsDesk) -> None:  # spec 2.10
    await desk.directory.upsert(AVA, NETWORK)
    await desk.directory.upsert(AVA, replace(NEW, name="Network"))

    assert (await desk.directory.upsert(AVA, replace(NEW, name="NETWORK"))).revision == 2


async def test_companies_that_an_import_gave_one_name_can_still_be_changed(desk: TicketsDesk) -> None:  # spec 2.10
    twin = replace(NEW, name="Acme Ltd")
    await desk.directory.upsert(SERVICE, twin)

    assert (await desk.directory.upsert(AVA, replace(twin, shared_tickets=True))).revision == 2
