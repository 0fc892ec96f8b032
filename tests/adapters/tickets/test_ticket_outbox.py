"""What the relay may rely on when it publishes the ticket log, in memory and on the chosen store alike."""

from typing import cast

from services.tickets.contract import records_of
from services.tickets.domain.ticket_list import TicketQuery
from services.tickets.outbound.mongo_ticket_log import TicketOutbox, UnpublishedLog
from tests.adapters.tickets.conftest import Ports
from tests.adapters.tickets.test_ports import made, noted
from tests.adapters.tickets.test_ticket_list import EVERYTHING


async def test_what_is_unpublished_is_read_in_order_until_it_is_marked_and_once_more_on_request(ports: Ports) -> None:
    outbox = TicketOutbox(cast(UnpublishedLog, ports.log), ports.listed)
    first = made()
    second = noted(first.ticket, "c2")
    for each in (first, second, made("c3", id="t2", number=2)):
        await ports.log.append(each)

    found = sorted(await outbox.unpublished(10), key=lambda ticket: ticket.document_id)
    assert [(ticket.document_id, [record for _, record in ticket.records]) for ticket in found] == [
        ("t1", [*records_of(first), *records_of(second)]),
        ("t2", records_of(made("c3", id="t2", number=2))),
    ]
    assert len(await outbox.unpublished(1)) == 1

    third = noted(second.ticket, "c4")
    await ports.log.append(third)
    await outbox.mark_published(found)
    [left] = await outbox.unpublished(10)
    assert [record for _, record in left.records] == records_of(third)
    listed = (await ports.listed.find(TicketQuery(visibility=EVERYTHING))).tickets
    assert {ticket.id: ticket.revision for ticket in listed} == {"t1": third.ticket.revision, "t2": first.ticket.revision}

    await ports.log.mark_unpublished(second)
    [left] = await outbox.unpublished(10)
    assert [record for _, record in left.records] == [*records_of(second), *records_of(third)]
