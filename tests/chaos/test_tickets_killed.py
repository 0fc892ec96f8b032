"""Tickets is killed during 200 uploads and 200 ends of chats, while its attachments are read."""

import asyncio
from collections.abc import Callable
from itertools import chain

import pytest

from stack.page import Page
from stack.services import Stack
from tests.chaos.reader import Reader
from tests.chaos.talks import Talk
from tests.chaos.uploader import NoteUploader, kill_during
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk

COUNT, PEOPLE, KILLS = 200, 8, 2
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


@pytest.mark.timeout(600)
async def test_no_kill_loses_doubles_or_halves_an_attachment_or_a_log(desk: TestDesk, stack: Stack) -> None:  # spec 9.3, 4.2, design 10
    words = [f"u{number}" for number in range(PEOPLE)]
    await desk.add_customers(words)
    engineers, pages = await desk.pages("ava", "sam"), await desk.pages(*words)
    reader, numbers = Reader(engineers[0]), iter(range(COUNT))

    def attached() -> int:
        cards = {id: card for page in engineers for id, card in page.cards.items()}
        return sum(card["ticketLink"] == "TICKET_LINK_ATTACHED" for card in cards.values())

    tickets = [await desk.ticket(page) for page in pages]
    customers = [Customer(desk, *each, engineers[number % 2], attached) for number, each in enumerate(zip(pages, tickets, strict=True))]
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(reader.run())
        running = [group.create_task(customer.run(numbers)) for customer in customers]
        await kill_during(customers, attached, COUNT, KILLS, stack, VICTIM)
        await asyncio.gather(*running)
        await until(lambda: len(reader.whole) >= 2 * COUNT, 120)
        reading.cancel()
    await reader.read_all()

    sent = [await customer.sent() for customer in customers]
    assert [[file["name"] for file in files] for files in sent] == [customer.names for customer in customers]
    assert len(reader.whole) == 2 * COUNT and reader.whole == {file["id"] for file in [*reader.logs(), *chain(*sent)]}
    # Each chat has a ticket of its own with one log.
    assert sorted(chat["sessionId"] for chat in reader.entries("chat")) == sorted(chain(*(customer.ended for customer in customers)))
    assert len(reader.timelines) == COUNT + PEOPLE
