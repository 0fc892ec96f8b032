"""Changing a ticket: its summary, customer, board, assignee and status, with the access of each caller."""

import pytest

from services.tickets.domain.errors import InvalidValue, NotAllowed, TicketNotFound
from services.tickets.domain.ticket import TicketStatus
from services.tickets.domain.timeline import Note, TicketChange
from tests.unit.tickets.desk import AVA, BO, LEO, MIA, PIA, ZOE, TicketsDesk


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"board_id": "nowhere"}, "board_id"),
        ({"board_id": ""}, "board_id"),
        ({"assignee_id": "mia"}, "assignee_id"),
        ({"assignee_id": "eve"}, "assignee_id"),
        ({"assignee_id": "pia"}, "assignee_id"),
        ({"summary": ""}, "summary"),
        ({"customer_id": ""}, "customer_id"),
        ({"customer_id": "nobody"}, "customer_id"),
        ({"customer_id": "ava"}, "customer_id"),
        ({"customer_id": "eve"}, "customer_id"),
        ({"customer_id": "zoe", "assignee_id": "bo"}, "assignee_id"),
    ],
)
async def test_an_invalid_update_is_refused_by_its_field_and_changes_nothing(desk: TicketsDesk, wish: dict[str, str], field: str) -> None:
    ticket = await desk.create(MIA)

    with pytest.raises(InvalidValue) as refused:
        await desk.update(AVA, ticket, **wish)

    assert refused.value.field == field
    assert await desk.reads.get(AVA, ticket.id) == ticket


async def test_another_customer_takes_the_ticket_over_and_the_former_one_sees_it_no_more(desk: TicketsDesk) -> None:  # spec 9.6, 9.4
    ticket = await desk.create(MIA, text="It smokes.")
    await desk.update(AVA, ticket, assignee_id="bo")

    moved = await desk.update(AVA, ticket, customer_id="zoe", summary="Scanner on fire")

    assert (moved.customer, moved.company.id, moved.summary) == (ZOE.ref, "globex", "Scanner on fire")
    assert (await desk.list(MIA), await desk.list(ZOE)) == ([], ["Scanner on fire"])
    with pytest.raises(TicketNotFound):
        await desk.reads.get(MIA, ticket.id)
    changed = [entry for entry in await desk.timeline(AVA, ticket, after=3) if isinstance(entry.body, TicketChange)]
    assert [(entry.body, entry.internal) for entry in changed] == [
        (TicketChange("summary", "Printer on fire", "Scanner on fire"), False),
        (TicketChange("customer", "Mia Torres", "Zoe Adams", "mia"), True),
        (TicketChange("company", "Acme Ltd", "Globex", "acme"), True),
        # Bo has access to Acme alone.
        (TicketChange("assignee", "Bo Lindqvist", "", "bo"), False),
    ]
    assert [type(entry.body) for entry in await desk.timeline(ZOE, ticket)] == [
        TicketChange,
        Note,
        TicketChange,
        TicketChange,
        TicketChange,
    ]


async def test_an_engineer_gives_a_ticket_only_to_customers_of_the_own_companies(desk: TicketsDesk) -> None:  # spec 9.6, 2.10
    ticket = await desk.create(MIA)

    assert (await desk.update(BO, ticket, customer_id="leo")).customer == LEO.ref
    with pytest.raises(InvalidValue) as refused:
        await desk.update(BO, ticket, customer_id="zoe")
    assert refused.value.field == "customer_id"
    for customer in (MIA, LEO):
        with pytest.raises((NotAllowed, TicketNotFound)):
            await desk.update(customer, ticket, customer_id=customer.id)


async def test_a_ticket_that_moves_to_another_board_keeps_only_an_assignee_with_access(desk: TicketsDesk) -> None:  # spec 9.6, 2.10
    ticket = await desk.create(ZOE)
    assert (await desk.update(AVA, ticket, assignee_id="pia")).assignee == PIA.ref
    assert (await desk.update(AVA, ticket, customer_id="mia")).assignee == PIA.ref

    assert (await desk.update(AVA, ticket, board_id="service-desk")).assignee is None


async def test_an_assignee_can_be_removed(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA)

    assert (await desk.update(AVA, ticket, assignee_id="bo")).assignee is not None
    assert (await desk.update(AVA, ticket, assignee_id="")).assignee is None


async def test_a_repeated_update_returns_its_first_result(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA)
    closed = await desk.update(MIA, ticket, status=TicketStatus.CLOSED, command_id="close")
    await desk.update(MIA, ticket, status=TicketStatus.NEW)

    assert await desk.update(MIA, ticket, status=TicketStatus.CLOSED, command_id="close") == closed
    assert (await desk.reads.get(MIA, ticket.id)).status is TicketStatus.NEW
