"""What customers may change of their tickets, and what a refusal tells them (spec 9.1, 10.2)."""

from typing import Any

import pytest

from services.tickets.domain.errors import NotAllowed
from services.tickets.domain.ticket import TicketStatus
from tests.unit.tickets.desk import MIA, TicketsDesk


@pytest.mark.parametrize(
    "wish",
    [
        {"assignee_id": "pia"},
        {"assignee_id": "ava"},
        {"assignee_id": "nobody"},
        {"board_id": "service-desk"},
        {"board_id": "nowhere"},
        {"status": TicketStatus.CLOSED, "board_id": "projects"},
    ],
)
async def test_a_customer_is_refused_before_anything_of_the_wish_is_looked_up(desk: TicketsDesk, wish: dict[str, Any]) -> None:  # spec 10.2
    ticket = await desk.create(MIA)

    with pytest.raises(NotAllowed) as told:
        await desk.update(MIA, ticket, **wish)

    assert str(told.value) == "Customers may close and reopen their own tickets; the rest is up to the engineers."
    assert await desk.reads.get(MIA, ticket.id) == ticket
