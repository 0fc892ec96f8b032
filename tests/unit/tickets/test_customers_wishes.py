"""What customers may change and see of their tickets, and what a refusal reveals (spec 9.1, 9.4, 10.2)."""

from typing import Any

import pytest

from services.tickets.domain.errors import NotAllowed
from services.tickets.domain.ticket import TicketStatus
from services.tickets.domain.timeline import Note
from tests.unit.tickets.desk import AVA, MIA, TicketsDesk


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
async def test_a_customer_is_refused_before_the_ids_of_the_update_are_looked_up(
    desk: TicketsDesk, wish: dict[str, Any]
) -> None:  # spec 10.2
    ticket = await desk.create(MIA)

    with pytest.raises(NotAllowed) as refused:
        await desk.update(MIA, ticket, **wish)

    assert str(refused.value) == "Customers may only close and reopen their own tickets."
    assert await desk.reads.get(MIA, ticket.id) == ticket


async def test_a_customer_reads_only_public_entries(desk: TicketsDesk) -> None:  # spec 9.4
    ticket = await desk.create(MIA)
    for number in range(5):
        await desk.note(AVA, ticket, f"secret {number}", internal=True)
    await desk.note(AVA, ticket, "We are on it.")

    page = await desk.reads.timeline(MIA, ticket.id, 1, 2)

    assert [entry.body.text for entry in page.entries if isinstance(entry.body, Note)] == ["We are on it."]
    assert not page.more


async def test_an_internal_note_changes_nothing_that_a_customer_sees(desk: TicketsDesk) -> None:  # spec 9.2, 9.4
    first = await desk.create(MIA, "first", text="It smokes.", command_id="c1")
    await desk.clock.advance(1)
    await desk.create(MIA, "second")
    await desk.clock.advance(1)
    await desk.note(AVA, first, "Only for us.", internal=True)

    assert (await desk.reads.get(AVA, first.id)).revision == first.revision + 1
    assert (await desk.reads.list(AVA)).tickets[0].id == first.id
    assert await desk.reads.get(MIA, first.id) == first
    assert await desk.create(MIA, "first", text="It smokes.", command_id="c1") == first
    assert await desk.update(MIA, first, status=TicketStatus.NEW) == first
    page = await desk.reads.list(MIA, page_size=1)
    assert page.next is not None and page.tickets[0].summary == "second"
    assert (await desk.reads.list(MIA, page_token=page.next.token())).tickets == (first,)

    closed = await desk.update(MIA, first, status=TicketStatus.CLOSED)
    assert (closed.revision, closed.modified_at) == (first.revision + 2, desk.clock.now())
    assert await desk.list(MIA) == ["first", "second"]
    shown = await desk.reads.get(MIA, first.id)
    await desk.note(AVA, first, "Only for us, again.", internal=True)
    assert await desk.reads.get(MIA, first.id) == shown == closed


async def test_a_customer_cannot_write_an_internal_note(desk: TicketsDesk) -> None:
    ticket = await desk.create(MIA)

    with pytest.raises(NotAllowed):
        await desk.note(MIA, ticket, internal=True)
