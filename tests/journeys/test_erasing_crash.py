"""Services are killed while a person is erased: the erasure ends when they are back (spec 10.6)."""

import asyncio
from collections.abc import Iterator

import pytest

from parley.tickets.v1 import directory_pb2 as d
from parley.tickets.v1 import erasing_pb2 as e
from stack.services import Stack
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.erased import found_in
from tests.journeys.team import Team
from tests.journeys.test_erasing import Texts, add

pytestmark = pytest.mark.stops_services
TICKETS = ("tickets-1", "tickets-2")


@pytest.fixture
def killed(stack: Stack) -> Iterator[None]:
    """Both replicas of tickets are up again at the end."""
    yield
    for name in TICKETS:
        stack.bring_up(name)
        stack.wait_ready(name)


async def test_an_erasure_ends_after_tickets_was_killed_during_it(stack: Stack, desk: TestDesk, killed: None) -> None:  # spec 10.6
    texts, asked = Texts(desk), e.GetErasureRequest(person_id=desk.id_of("guest"))
    await add(desk, "guest", kind=d.PERSON_KIND_CUSTOMER, name=texts.customer, email=texts.email, company_id=desk.id_of("acme"))
    customer = await desk.page("guest")
    await customer.retried(lambda: customer.api("POST", "/tickets", {"commandId": "own", "summary": texts.summary, "text": texts.message}))
    async with Team(stack) as team:
        admin = team.person(desk, "ava")

        async def shares() -> dict[str, bool]:
            state = await team.do("ErasingService.GetErasure", asked, admin)
            return {share.service: share.HasField("done_at") for share in state.erasure.shares}

        async def chat_is_done() -> bool:
            return (await shares())["chat"]

        async def all_done() -> bool:
            return all((await shares()).values())

        # Notify cannot end its part, so the erasure is not over when tickets is killed.
        stack.take_down("notify-1")
        stack.take_down("notify-2")
        try:
            await team.do("ErasingService.ErasePerson", e.ErasePersonRequest(person_id=desk.id_of("guest")), admin)
            await until(chat_is_done, 60)
            assert not (await shares())["notify"]
            for name in TICKETS:
                stack.take_down(name)
        finally:
            for name in (*TICKETS, "notify-1", "notify-2"):
                stack.bring_up(name)
        for name in TICKETS:
            await asyncio.to_thread(stack.wait_ready, name)
        await until(all_done, 60)

    assert await asyncio.to_thread(found_in, stack, texts.customer, texts.email, texts.summary, texts.message) == []
