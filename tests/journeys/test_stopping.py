"""Replicas are stopped by SIGTERM and added while people write: nothing is lost, repeated or reordered, and nobody is shown as offline."""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pytest

from services.gateway.outbound.replica_routes import ranked
from stack.page import Page
from stack.services import Stack
from tests.fakes.waiting import until
from tests.journeys.agreement import all_agree
from tests.journeys.balancer import balancer
from tests.journeys.desk import TestDesk
from tests.journeys.metrics import samples

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


async def written_while(changes: Any, session_ids: Sequence[str], *pages: Page) -> None:
    """Both people write in each session before, during and after `changes()`, which returns once a replica has stopped or is ready."""
    enough = asyncio.Event()
    writers = [(page, session_id) for session_id in session_ids for page in pages]
    writing = [asyncio.create_task(write(page, session_id, enough)) for page, session_id in writers]
    held = {session_id: pages[0].session(session_id) for session_id in session_ids}
    await pages[0].until(lambda: all(len(each.messages) > 2 for each in held.values()), "the first messages")
    await changes()
    before = {session_id: len(each.messages) for session_id, each in held.items()}
    await pages[0].until(
        lambda: all(len(each.messages) >= before[session_id] + MESSAGES_AFTER for session_id, each in held.items()),
        "messages after the change",
        seconds=60,
    )
    enough.set()
    texts = [await done for done in writing]
    await all_agree(*pages)
    for (page, session_id), own in zip(writers, texts, strict=True):
        assert [text for by, text in held[session_id].messages if by == page.person_id and text.startswith(by)] == own


async def posts_of(stack: Stack, name: str) -> float:
    """How many messages this replica of chat has accepted since its start."""
    found = await samples(stack, name)
    return sum(sample.value for sample in found if (sample.name, sample.labels) == ("parley_chat_entries_total", {"kind": "post"}))


async def test_pages_of_a_stopping_gateway_move_to_another_and_nobody_is_shown_offline(
    stack: Stack, desk: TestDesk, stopped: Any
) -> None:  # spec 12.1
    sam = await desk.page("sam", gateway=1)
    people = [desk.id_of("ava"), desk.id_of("mia")]
    ports = [stack.replicas[name].http_port for name in ("gateway-1", "gateway-2")]
    async with balancer(ports) as url, Page(url, "tech", people[0]) as ava, Page(url, "portal", people[1]) as mia:
        session_id = await desk.handled(mia, ava)
        sam.watch(*people)
        await sam.until(lambda: {sam.presence.get(id) for id in people} == {"PRESENCE_ONLINE"}, "both online")

        async def gateway_stops() -> None:
            stopped("gateway-1")
            await until(lambda: all(page.close_codes == [1001] for page in (ava, mia)))
            await until(lambda: "gateway-1" not in stack.pids())

        await written_while(gateway_stops, [session_id], mia, ava)

        assert (ava.connects, mia.connects) == (2, 2)
        assert sam.went_offline == []


async def test_a_stopping_chat_replica_answers_what_it_has_and_the_other_one_goes_on(
    stack: Stack, desk: TestDesk, stopped: Any
) -> None:  # spec 12.1
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)

    async def chat_stops() -> None:
        stopped("chat-1")
        await until(lambda: "chat-1" not in stack.pids())

    await written_while(chat_stops, [session_id], mia, ava)


async def test_an_added_chat_replica_takes_its_share_of_the_sessions_and_no_other(
    stack: Stack, desk: TestDesk, stopped: Any
) -> None:  # spec 12.1
    names = {stack.replicas[name].grpc: name for name in ("chat-1", "chat-2")}
    stopped("chat-2")
    await until(lambda: "chat-2" not in stack.pids())
    mia, ava = await desk.pages("mia", "ava")
    # Replica -> a session that is its own once both run.
    sessions: dict[str, str] = {}
    while len(sessions) < len(names):
        session_id = await desk.handled(mia, ava, ticket_id=await desk.ticket(mia))
        sessions.setdefault(names[ranked(session_id, list(names))[0]], session_id)

    async def chat_is_added() -> None:
        stack.bring_up("chat-2")
        await asyncio.to_thread(stack.wait_ready, "chat-2", 60)

        async def takes_its_share() -> bool:
            return await posts_of(stack, "chat-2") > 0

        await until(takes_its_share)

    await written_while(chat_is_added, list(sessions.values()), mia, ava)

    async def moved(page: Page) -> bool:
        before = await posts_of(stack, "chat-2")
        await page.post(sessions["chat-2"], "moved").accepted
        return await posts_of(stack, "chat-2") > before

    for page in (mia, ava):  # on two gateways
        await until(partial(moved, page))
    before = {name: await posts_of(stack, name) for name in sessions}
    for page in (mia, ava):
        for session_id in sessions.values():
            await page.post(session_id, "each at its own replica").accepted
    assert {name: await posts_of(stack, name) - before[name] for name in sessions} == {"chat-1": 2, "chat-2": 2}
