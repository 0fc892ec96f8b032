"""Tickets is killed during 200 uploads and 200 ends of chats, while its attachments are read."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from itertools import chain

import pytest

from stack.page import Page
from stack.services import Stack
from tests.chaos.halves import HalfUploader, Halfway, LargeFile
from tests.chaos.reader import Reader
from tests.chaos.talks import Talk
from tests.chaos.uploader import Moment, NoteUploader, kill_at, next_upload
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk

COUNT, PEOPLE = 200, 8
# How many chats may wait for their log: a kill during an upload also stops logs that are being attached.
AHEAD = 24
VICTIM = "tickets-1"


class Customer(NoteUploader):
    """One who uploads each file while a chat of theirs becomes a ticket. `attached`: of how many chats the log is attached now."""

    def __init__(self, desk: TestDesk, page: Page, ticket_id: str, engineer: Page, attached: Callable[[], int]) -> None:
        super().__init__(page, ticket_id)
        self.desk, self.engineer, self.attached = desk, engineer, attached
        self.ended: list[str] = []

    async def upload(self, number: int) -> None:
        await until(lambda: number < self.attached() + AHEAD, 120)
        await asyncio.gather(super().upload(number), self._chat(f"Chat {number}"))

    async def _chat(self, text: str) -> None:
        session_id = await self.desk.handled(self.page, self.engineer, text)
        await Talk(self.desk, self.page, self.engineer, session_id).end()
        self.ended.append(session_id)


class Kills:
    """When tickets is killed: at six chosen moments, each after a random pause."""

    def __init__(self, stack: Stack, customers: Sequence[Customer], halves: Sequence[HalfUploader], large: LargeFile) -> None:
        self.stack, self.customers, self.large = stack, customers, large
        self.uploads, self.downloads = list(halves), list[Halfway]()
        self.running: list[asyncio.Task[None]] = []
        self._left = iter(halves)

    def moments(self) -> list[Moment]:
        return [self._upload, partial(next_upload, self.customers), self._download, self._end, self._any, self._both]

    async def kill(self) -> None:
        await asyncio.to_thread(self.stack.kill, VICTIM)
        for halfway in [*(upload.halfway for upload in self.uploads), *self.downloads]:
            if halfway.reached.is_set():
                halfway.killed.set()

    async def _both(self) -> None:
        await asyncio.gather(self._upload(), self._download())

    async def _upload(self) -> None:
        """Half a file was sent."""
        uploader = next(self._left)
        self._begin(uploader.upload(COUNT + self.uploads.index(uploader)))
        await self._halfway(uploader.halfway)

    async def _download(self) -> None:
        """Half a file was received."""
        self.downloads.append(Halfway())
        self._begin(self.large.download(self.downloads[-1]))
        await self._halfway(self.downloads[-1])

    async def _end(self) -> None:
        """A chat has ended, whose log is attached next."""
        before = self._ended()
        await until(lambda: self._ended() > before, 60)
        await asyncio.sleep(random.uniform(0, 0.3))

    async def _any(self) -> None:
        await asyncio.sleep(random.uniform(0, 2))

    def _ended(self) -> int:
        return sum(len(customer.ended) for customer in self.customers)

    def _begin(self, transfer: Coroutine[None, None, None]) -> None:
        self.running.append(asyncio.create_task(transfer))

    async def _halfway(self, halfway: Halfway) -> None:
        await halfway.reached.wait()
        await asyncio.sleep(random.uniform(0, 0.3))


@pytest.mark.timeout(600)
async def test_no_kill_loses_doubles_or_halves_an_attachment_or_a_log(desk: TestDesk, stack: Stack) -> None:  # spec 9.3, 4.2, design 10
    words = [f"u{number}" for number in range(PEOPLE + 3)]
    await desk.add_customers(words)
    engineers, pages = await desk.pages("ava", "sam"), await desk.pages(*words)
    reader, numbers = Reader(engineers[0]), iter(range(COUNT))

    def attached() -> int:
        cards = {id: card for page in engineers for id, card in page.cards.items()}
        return sum(card["ticketLink"] == "TICKET_LINK_ATTACHED" for card in cards.values())

    with_tickets = list(zip(pages, [await desk.ticket(page) for page in pages], strict=True))
    customers = [Customer(desk, *each, engineers[number % 2], attached) for number, each in enumerate(with_tickets[:PEOPLE])]
    halves, large = [HalfUploader(*each) for each in with_tickets[PEOPLE:-1]], LargeFile(*with_tickets[-1])
    await large.add(COUNT + len(halves))
    kills = Kills(stack, customers, halves, large)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(reader.run())
        running = [group.create_task(customer.run(numbers)) for customer in customers]
        await kill_at(kills.moments(), attached, COUNT, kills.kill)
        await asyncio.gather(*running, *kills.running)
        await until(lambda: len(reader.whole) >= 2 * COUNT, 120)
        reading.cancel()
    await reader.read_all()

    assert sum(upload.halfway.cut_off for upload in halves) > 0 and sum(each.cut_off for each in kills.downloads) > 0
    uploaders = [*customers, *halves, large]
    sent = [await uploader.sent() for uploader in uploaders]
    assert [[file["name"] for file in files] for files in sent] == [uploader.names for uploader in uploaders]
    assert reader.whole == {file["id"] for file in [*reader.logs(), *chain(*sent)]}
    # Each chat has a ticket of its own with one log.
    assert len(reader.logs()) == COUNT == len(list(chain(*(customer.ended for customer in customers))))
    assert sorted(chat["sessionId"] for chat in reader.entries("chat")) == sorted(chain(*(customer.ended for customer in customers)))
    assert len(reader.timelines) == COUNT + len(with_tickets)
