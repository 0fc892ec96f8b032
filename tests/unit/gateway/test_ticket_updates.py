"""A changed ticket reaches the pages that may see it, and those that no longer may learn that it is gone."""

import json
from dataclasses import replace

import pytest

from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit.clock import SystemClock
from servicekit.identity import Caller
from servicekit.kafka_records import Received
from servicekit.kafka_topics import TICKETS
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.ticket_viewers import TicketViewers
from services.gateway.inbound.kafka_events import ticket_changed
from services.gateway.ports import SignedIn, Socket
from tests.unit.gateway.facts import AVA, MIA, ZOE
from tests.unit.gateway.fakes import NO_LIMITS, FakeService, FakeSocket

LEO = replace(MIA, id="leo")

SAM = replace(AVA, id="sam")
ONLY_ACME, ONLY_SERVICE = replace(SAM, id="bo", companies=frozenset({"acme"})), replace(SAM, id="pia", boards=frozenset({"service"}))
PEOPLE = (MIA, LEO, ZOE, SAM, ONLY_ACME, ONLY_SERVICE)


def moved(customer: Caller, board_id: str, former: tickets.TicketUpdated) -> Received:
    ticket = tickets.Ticket(id="t", summary="VPN", board_id=board_id, company_id=customer.company_id)
    ticket.customer.id = customer.id
    headers = {"desk": MIA.desk_id, "company": customer.company_id, "board": board_id, "kind": "updated"}
    headers |= {field.name: id for field, id in former.ListFields() if field.name != "former_customer_id"}
    return Received(TICKETS.name, 0, 0, "t", tickets.TicketEvent(ticket=ticket, updated=former).SerializeToString(), headers)


def no_viewers() -> TicketViewers:
    none = FakeService()
    return TicketViewers(ConnectionReports(none, SystemClock(), "gateway-1", "1"), none, none, none, NO_LIMITS)


@pytest.mark.parametrize(
    ("record", "seen", "lost"),
    [
        (moved(MIA, "service", tickets.TicketUpdated()), {"mia", "sam", "bo", "pia"}, set()),
        (moved(LEO, "service", tickets.TicketUpdated(former_customer_id="mia")), {"leo", "sam", "bo", "pia"}, {"mia"}),
        (
            moved(ZOE, "service", tickets.TicketUpdated(former_customer_id="mia", former_company_id="acme")),
            {"zoe", "sam", "pia"},
            {"mia", "bo"},
        ),
        (moved(MIA, "orders", tickets.TicketUpdated(former_board_id="service")), {"mia", "sam", "bo"}, {"pia"}),
    ],
    ids=["changed", "to a colleague", "to another company", "to another board"],
)
def test_a_moved_ticket_is_withdrawn_from_the_pages_that_may_no_longer_see_it(  # spec 9.6, 10.2
    record: Received, seen: set[str], lost: set[str]
) -> None:
    index: SocketIndex[Socket] = SocketIndex()
    pages = {person.id: FakeSocket(person.id) for person in PEOPLE}
    for person in PEOPLE:
        pages[person.id].identify(SignedIn(person, directory.SignIn()))
        index.add(pages[person.id])

    assert ticket_changed(index, no_viewers(), record) == len(seen | lost)

    sent = {id: [json.loads(frame)["ticket"] for frame in page.frames] for id, page in pages.items()}
    summaries = {id: [ticket["summary"] for ticket in of_person] for id, of_person in sent.items() if of_person}
    assert summaries == {id: ["VPN"] for id in seen} | {id: [""] for id in lost}
    assert {ticket["id"] for of_person in sent.values() for ticket in of_person} == {"t"}


def test_a_moved_ticket_stays_with_a_former_customer_whose_company_shares_its_tickets() -> None:  # spec 9.4, 9.6
    index: SocketIndex[Socket] = SocketIndex()
    page = FakeSocket("mia")
    page.identify(SignedIn(MIA, directory.SignIn()))
    page.shared_tickets = True
    index.add(page)

    ticket_changed(index, no_viewers(), moved(LEO, "service", tickets.TicketUpdated(former_customer_id="mia")))

    assert [json.loads(frame)["ticket"].get("summary") for frame in page.frames] == ["VPN"]
