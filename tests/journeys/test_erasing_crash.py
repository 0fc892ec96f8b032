"""Services are killed while a person is erased: the erasure ends when they are back (spec 10.6)."""

import asyncio
import random
from collections.abc import Iterator
from functools import partial

import pytest

from parley.tickets.v1 import directory_pb2 as d
from parley.tickets.v1 import erasing_pb2 as e
from stack.services import Stack
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.erased import found_in
from tests.journeys.team import Team
from tests.journeys.test_erasing import Texts, add, are_named, is_nothing_left
from tests.journeys.test_erasing_others_chats import ASKED, ended_with_a_ticket, texts_of

pytestmark = pytest.mark.stops_services
TICKETS, CHAT = ("tickets-1", "tickets-2"), ("chat-1", "chat-2")
KILLS = 4


@pytest.fixture
def killed(stack: Stack) -> Iterator[None]:
    """All replicas of tickets and chat are up again at the end."""
    yield
    for name in (*TICKETS, *CHAT):
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


async def test_the_chats_of_others_lose_the_name_while_chat_is_killed(stack: Stack, desk: TestDesk, killed: None) -> None:
    # spec 10.6, 8.4
    texts = Texts(desk)
    name, guest = texts.engineer, desk.id_of("guest")
    await add(desk, "guest", kind=d.PERSON_KIND_CUSTOMER, name=name, email=texts.email, company_id=desk.id_of("acme"))
    mia, zoe, ava = await desk.pages("mia", "zoe", "ava")
    over, _ = await ended_with_a_ticket(desk, zoe, ava, [f"Ask {name}", texts.email], name)
    live = await desk.handled(mia, ava, f"{ASKED} {name}")
    await until(partial(are_named, stack, name, texts.email), 60)
    async with Team(stack) as team:
        admin = team.person(desk, "ava")
        await team.do("ErasingService.ErasePerson", e.ErasePersonRequest(person_id=guest), admin)
        for _ in range(KILLS):
            # Chat asks for its tasks about every five seconds, and each step takes some.
            await asyncio.sleep(random.uniform(0.5, 3))
            for replica in CHAT:
                await asyncio.to_thread(stack.kill, replica)

        async def is_done() -> bool:
            state = await team.do("ErasingService.GetErasure", e.GetErasureRequest(person_id=guest), admin)
            return bool(state.erasure.HasField("done_at"))

        await until(is_done, 90)

    assert await asyncio.to_thread(found_in, stack, name, texts.email) == []
    await until(partial(is_nothing_left, stack, texts.first_name, texts.last_name), 60)
    assert await texts_of(ava, over) == [f"{ASKED} Erased person", "Ask Erased person", "Erased person"]
    assert await texts_of(ava, live) == [f"{ASKED} Erased person"]
    for session_id in (over, live):
        events = [event for entry in (await ava.whole_session(session_id))["entries"] for event in entry["events"]]
        assert sum("personErased" in event for event in events) == 1, events
