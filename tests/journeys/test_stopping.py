"""Replicas are stopped by SIGTERM while people write: nothing is lost, repeated or reordered, and nobody is shown as offline."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from stack.page import Page
from stack.services import Stack
from tests.fakes.waiting import until
from tests.journeys.agreement import all_agree
from tests.journeys.balancer import balancer
from tests.journeys.desk import TestDesk

pytestmark = pytest.mark.stops_services
MESSAGES_AFTER = 10


@pytest.fixture
def stopped(stack: Stack) -> Iterator[Any]:
    """A function that sends SIGTERM to a replica. It is started again at the end."""
    names: list[str] = []

    def stop(name: str) -> None:
        names.append(name)
        stack.terminate(name)

    yield stop
    for name in names:
        stack.bring_up(name)
        stack.wait_ready(name)


async def write(page: Page, session_id: str, enough: asyncio.Event) -> list[str]:
    """Posts message after message until `enough`; returns the texts, all of which were accepted."""
    texts: list[str] = []
    while not enough.is_set():
        texts.append(f"{page.person_id} {len(texts)}")
        await page.post(session_id, texts[-1]).accepted
    return texts


async def written_while(stops: Any, session_id: str, *pages: Page) -> None:
    """Both people write before, during and after `stops()`, which returns once the replica has stopped."""
    enough = asyncio.Event()
    writing = [asyncio.create_task(write(page, session_id, enough)) for page in pages]
    held = pages[0].session(session_id)
    await pages[0].until(lambda: len(held.messages) > 2, "the first messages")
    await stops()
    before = len(held.messages)
    await pages[0].until(lambda: len(held.messages) >= before + MESSAGES_AFTER, "messages after the stop", seconds=60)
    enough.set()
    texts = [await done for done in writing]
    await all_agree(*pages)
    for page, own in zip(pages, texts, strict=True):
        assert [text for by, text in held.messages if by == page.person_id and text.startswith(by)] == own


async def test_pages_of_a_stopping_gateway_move_to_another_and_nobody_is_shown_offline(
    stack: Stack, desk: TestDesk, stopped: Any
) -> None:  # spec 12.1
    sam = await desk.page("sam", gateway=1)
    people = [desk.id_of("ava"), desk.id_of("mia")]
    ports = [stack.replicas[name].http_port for name in ("gateway-1", "gateway-2")]
    async with balancer(ports) as url, Page(url, "tech", people[0]) as ava, Page(url, "portal", people[1]) as mia:
        session_id = await desk.handled(mia, ava)
        sam.send({"t": "watchPeople", "personIds": people})
        await sam.until(lambda: {sam.presence.get(id) for id in people} == {"PRESENCE_ONLINE"}, "both online")
        shown = len(sam.frames)

        async def gateway_stops() -> None:
            stopped("gateway-1")
            await until(lambda: all(page.close_codes == [1001] for page in (ava, mia)))
            await until(lambda: "gateway-1" not in stack.pids())

        await written_while(gateway_stops, session_id, mia, ava)

        assert (ava.connects, mia.connects) == (2, 2)
        changes = [state["presence"] for frame in sam.frames[shown:] if frame["t"] == "presence" for state in frame["presences"]]
        assert "PRESENCE_OFFLINE" not in changes


async def test_a_stopping_chat_replica_answers_what_it_has_and_the_other_one_goes_on(
    stack: Stack, desk: TestDesk, stopped: Any
) -> None:  # spec 12.1
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)

    async def chat_stops() -> None:
        stopped("chat-1")
        await until(lambda: "chat-1" not in stack.pids())

    await written_while(chat_stops, session_id, mia, ava)
