"""Chats that go on while a test changes the installation: pairs of people who write to each other without a pause."""

import asyncio
import itertools
import os
import time
from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Any, Self

from parley.tickets.v1 import directory_pb2 as directory
from stack.page import OFFLINE, Page
from stack.people import customer
from tests.cluster.deployed import URL, Directory

PAIRS = 8
ENGINEERS = ("ava", "sam")
# Seconds; a message may wait for a service that starts on a busy machine, but arrives.
ARRIVES_WITHIN = 120
# Messages of one person a second, at most.
PACE = 4
Json = dict[str, Any]


class Talk:
    """One customer and one engineer. Each sends the next message when the other one has the last."""

    def __init__(self, customer: Page, engineer: Page, session_id: str) -> None:
        self.pages = (customer, engineer)
        self.session_id = session_id
        self.acknowledged: dict[tuple[str, str], int] = {}
        self.delays: list[float] = []

    async def write(self, page: Page, other: Page, ended: asyncio.Event) -> None:
        for number in itertools.count():
            if ended.is_set():
                return
            text = f"{page.person_id} {number}"
            post = page.post(self.session_id, text)
            async with asyncio.timeout(ARRIVES_WITHIN):
                revision = self.acknowledged[page.person_id, text] = await post.accepted
            await self.holds(other, revision)
            self.delays.append(time.perf_counter() - post.queued_at)
            await asyncio.sleep(1 / PACE)

    async def holds(self, page: Page, revision: int) -> None:
        """Waits until the page has the entries up to this revision."""
        held = page.session(self.session_id)
        await page.until(lambda: held.revision >= revision, f"revision {revision} of {self.session_id}", seconds=ARRIVES_WITHIN)

    async def check(self) -> None:
        """Each acknowledged message is stored once and in order, and both pages have what is stored for them."""
        stored = (await self.pages[0].whole_session(self.session_id))["entries"]
        assert [entry["revision"] for entry in stored] == list(range(1, len(stored) + 1))
        posted = {
            (entry["by"]["id"], event["messagePosted"]["text"]): entry["revision"]
            for entry in stored[1:]  # the first opened the chat
            for event in entry["events"]
            if "messagePosted" in event
        }
        assert posted == self.acknowledged
        for page in self.pages:
            await self.holds(page, len(stored))
            assert page.session(self.session_id).entries == (await page.whole_session(self.session_id))["entries"]
            mine = [text for by, text in page.session(self.session_id).messages[1:] if by == page.person_id]
            assert mine == [f"{page.person_id} {number}" for number in range(len(mine))]


class Talks:
    """`async with Talks(people)`: everybody is connected and writes."""

    def __init__(self, people: Directory) -> None:
        self._people = people
        self._open = AsyncExitStack()
        self._ended = asyncio.Event()
        self._writers: list[asyncio.Task[None]] = []
        self.talks: list[Talk] = []
        self.engineers: list[Page] = []

    async def __aenter__(self) -> Self:
        # New people each time: a customer has one chat at a time, and a failed test may have left one open.
        names = [f"talker{number}-{os.urandom(3).hex()}" for number in range(PAIRS)]
        await self._people.write(*(directory.DirectoryEntry(person=customer(name, name, "acme", "")) for name in names))
        self.engineers = [await self._open.enter_async_context(Page(URL, "tech", id)) for id in ENGINEERS]
        for number, name in enumerate(names):
            page = await self._open.enter_async_context(Page(URL, "portal", name))
            self.talks.append(await _begin(page, self.engineers[number % len(ENGINEERS)]))
        everybody = [*ENGINEERS, *names]
        for engineer in self.engineers:
            engineer.watch(*everybody)
            await engineer.until(partial(_all_present, engineer, everybody), "everybody is shown as present", ARRIVES_WITHIN)
        for talk in self.talks:
            a, b = talk.pages
            self._writers += [asyncio.create_task(talk.write(*pair, self._ended)) for pair in ((a, b), (b, a))]
        await self.go_on()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for writer in self._writers:
            writer.cancel()
        await asyncio.gather(*self._writers, return_exceptions=True)
        await self._open.aclose()

    @property
    def delays(self) -> list[float]:
        """Seconds from each message's sending to the other one's page, sorted."""
        return sorted(delay for talk in self.talks for delay in talk.delays)

    def shown_offline(self) -> list[Page]:
        """The pages of those who were shown as offline on an engineer's page."""
        pages = [*self.engineers, *(talk.pages[0] for talk in self.talks)]
        return [page for page in pages if any(page.person_id in engineer.went_offline for engineer in self.engineers)]

    async def go_on(self) -> None:
        """Returns when each talk has two more messages. Raises what a writer raised."""
        before = [len(talk.delays) for talk in self.talks]
        async with asyncio.timeout(2 * ARRIVES_WITHIN):
            while any(len(talk.delays) < had + 2 for talk, had in zip(self.talks, before, strict=True)):
                for writer in self._writers:
                    if writer.done():
                        await writer
                await asyncio.sleep(0.1)

    async def check(self) -> None:
        await self.go_on()
        self._ended.set()
        await asyncio.gather(*self._writers)
        for talk in self.talks:
            await talk.check()
            await _end(talk)


def _all_present(page: Page, person_ids: list[str]) -> bool:
    return all(page.presence.get(id, OFFLINE) != OFFLINE for id in person_ids)


async def _begin(customer: Page, engineer: Page) -> Talk:
    asked = {"commandId": f"open-{time.time_ns()}", "text": f"Question of {customer.person_id}"}
    opened = await customer.retried(lambda: customer.api("POST", "/chats", asked))
    session_id = str(opened["session"]["card"]["sessionId"])
    join = {"commandId": f"join-{session_id}", "mode": "JOIN_MODE_TAKE"}
    await engineer.retried(lambda: engineer.api("POST", f"/sessions/{session_id}/join", join))
    talk = Talk(customer, engineer, session_id)
    for page in talk.pages:
        page.session(session_id)
    return talk


async def _end(talk: Talk) -> None:
    _, engineer = talk.pages
    body: Json = {"commandId": f"end-{talk.session_id}", "none": {}}
    await engineer.retried(lambda: engineer.api("POST", f"/sessions/{talk.session_id}/complete", body))
