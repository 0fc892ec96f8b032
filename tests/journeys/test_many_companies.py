"""Engineers who are limited to hundreds of companies work as others do: no call carries the list (spec 2.10)."""

import pytest

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.loop import all_of
from stack.engines import ApacheKafka
from stack.people import upsert
from stack.services import Stack
from tests.conftest import KAFKA
from tests.journeys.desk import TestDesk

pytestmark = [
    pytest.mark.stops_services,
    pytest.mark.skipif(
        KAFKA is ApacheKafka, reason="starts 200 pages; make test-load runs it, and the adapter tests try its queries on both stores"
    ),
]

ENGINEERS, COMPANIES, CUSTOMERS = 200, 300, 20
# As many at a time as a loaded machine serves within the deadlines of calls.
AT_ONCE = 8


async def test_200_engineers_limited_to_300_companies_sign_in_join_and_post(stack: Stack, desk: TestDesk) -> None:  # spec 2.10, 10.9
    companies = [desk.id_of("acme"), *(desk.id_of(f"company-{number}") for number in range(COMPANIES - 1))]
    board, made = desk.id_of("service-desk"), companies[1:]
    await upsert(
        stack, [directory.DirectoryEntry(company=directory.Company(id=id, desk_id=desk.id, name=id, default_board_id=board)) for id in made]
    )
    engineers = [f"engineer-{number}" for number in range(ENGINEERS)]
    await desk.add_engineers(engineers, directory.Access(company_ids=companies, all_boards=True))
    customers = [f"customer-{number}" for number in range(CUSTOMERS)]
    await desk.add_customers(customers)
    pages = [await desk.page(customer) for customer in customers]
    chats = [await desk.chat(page) for page in pages]
    elsewhere = await desk.chat(await desk.page("zoe"), "Globex is on fire")

    async def works(number: int, engineer: str) -> None:
        page, session_id = await desk.page(engineer, number % len(desk.gateways)), chats[number % CUSTOMERS]
        await page.until(lambda: session_id in page.cards, "the chat of a company of the list")
        join = {"commandId": f"join {engineer}", "mode": "JOIN_MODE_TAKE" if number < CUSTOMERS else "JOIN_MODE_ALSO"}
        await page.retried(lambda: page.api("POST", f"/sessions/{session_id}/join", join))
        await page.post(session_id, f"from {engineer}").accepted
        assert elsewhere not in page.cards
        await page.__aexit__(None, None, None)

    await all_of((works(number, engineer) for number, engineer in enumerate(engineers[:CUSTOMERS])), AT_ONCE)
    await all_of((works(number, engineer) for number, engineer in enumerate(engineers) if number >= CUSTOMERS), AT_ONCE)

    for number, (page, session_id) in enumerate(zip(pages, chats, strict=True)):
        session = await page.whole_session(session_id)
        texts = {event["messagePosted"]["text"] for entry in session["entries"] for event in entry["events"] if "messagePosted" in event}
        assert texts == {"Printer is on fire", *(f"from {engineer}" for engineer in engineers[number::CUSTOMERS])}
