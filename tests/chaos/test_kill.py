"""The kill test: processes are killed under load, and every acknowledged message is stored once and in order."""

import asyncio

import pytest
from hypothesis import settings

from stack.conversation import Conversation
from stack.page import Page
from stack.services import Stack
from tests.chaos.talks import Talk, begin, one_log
from tests.journeys.agreement import all_agree
from tests.journeys.desk import TestDesk

# `make soak` sends more.
SESSIONS, MESSAGES = 50, 5000 if settings().max_examples > 100 else 2000
VICTIMS = ("chat-1", "gateway-1", "tickets-1")


@pytest.mark.timeout(600)
async def test_kills_neither_lose_duplicate_nor_reorder_messages(desk: TestDesk, stack: Stack) -> None:  # spec 3.6, 3.7, 3.8, 4.2
    customers = [f"c{number}" for number in range(SESSIONS)]
    await desk.add_customers(customers)
    engineers = await desk.pages("ava", "sam")
    talks = await asyncio.gather(*(begin(desk, name, engineers[number % 2]) for number, name in enumerate(customers)))

    each = MESSAGES // SESSIONS // 2
    writing = [asyncio.create_task(talk.write(page, each)) for talk in talks for page in (talk.customer, talk.engineer)]
    for number, victim in enumerate(VICTIMS):
        await reached(talks, (number + 1) * MESSAGES // (len(VICTIMS) + 1))
        await asyncio.to_thread(stack.kill, victim)
        await asyncio.to_thread(stack.wait_ready, victim, 60)
    await asyncio.gather(*writing)
    await asyncio.gather(*(talk.end() for talk in talks))
    # This gateway starts after the sessions have ended, so it can only fetch its lists.
    await asyncio.to_thread(stack.kill, "gateway-1")
    await asyncio.to_thread(stack.wait_ready, "gateway-1", 60)

    for talk in talks:
        await check(talk, each)
    # After all that, each page lists the same as a page that starts now.
    await all_agree(*engineers, *(talk.customer for talk in talks), seconds=60)
    assert {talk.session_id for talk in talks} == {id for page in engineers for id in page.cards}


async def reached(talks: list[Talk], count: int) -> None:
    await talks[0].engineer.until(lambda: sum(len(talk.acknowledged) for talk in talks) >= count, f"{count} messages", seconds=240)


async def check(talk: Talk, each: int) -> None:
    entries = (await talk.engineer.whole_session(talk.session_id))["entries"]
    assert [entry["revision"] for entry in entries] == list(range(1, len(entries) + 1))
    posted = [
        (entry["by"]["id"], event["messagePosted"]["text"], entry["revision"])
        for entry in entries
        for event in entry["events"]
        if "messagePosted" in event
    ]
    assert len(posted) == 2 * each + 1  # and the first, which opened it
    assert {(by, text): revision for by, text, revision in posted[1:]} == talk.acknowledged
    for page in (talk.customer, talk.engineer):
        mine = [text for by, text, _ in posted[1:] if by == page.person_id]
        assert mine == [f"{page.person_id} {talk.session_id} {number}" for number in range(each)]

    await one_log(talk)
    for page in (talk.customer, talk.engineer):
        held = page.session(talk.session_id)
        await until_kind(page, held, "ticketLinked")
        now = await page.whole_session(talk.session_id)
        assert held.entries[-1]["hash"] == now["hash"]


async def until_kind(page: Page, held: Conversation, kind: str) -> None:
    await page.until(lambda: kind in held.kinds, f"the page holds {kind}", seconds=60)
