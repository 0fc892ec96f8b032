"""Every cell of docs/access.md about frames: what a page may send about the owner's chat, and what it is sent of it (spec 10.2)."""

import asyncio
from contextlib import AsyncExitStack

from stack.services import Stack
from tests.contract import access_page as page
from tests.journeys.access_callers import PEOPLE, Callers, app_of
from tests.journeys.access_cells import MAY, in_order
from tests.journeys.access_frames import FROM, TO, OwnersChat, RecordingPage
from tests.journeys.desk import TestDesk
from tests.journeys.team import Team


async def test_pages_send_and_are_sent_frames_as_documented(stack: Stack, desk: TestDesk) -> None:  # spec 1.12, 2.10, 5.1, 10.2, 13.3
    elsewhere, wrong = TestDesk(stack, f"{desk.id}e"), list[str]()
    await elsewhere.make()
    async with Team(stack) as team, AsyncExitStack() as opened:
        await Callers(team, desk, elsewhere).prepare()
        pages = {}
        for column in page.heading(TO)[2:]:
            word, foreign = PEOPLE[column]
            pages[column] = RecordingPage(desk.gateways[0], app_of(column), (elsewhere if foreign else desk).id_of(word))
        await asyncio.gather(*map(opened.enter_async_context, pages.values()))
        chat = OwnersChat(pages)
        await chat.begin()
        for row in page.rows(FROM):
            for column in in_order(row, pages):
                found = await chat.sent(row.name, column, may=row.cells[column] in MAY)
                wrong += [f"{row.name} from {column}: {found}"] if found != row.cells[column] else []
        await chat.end()
        for row in page.rows(TO):
            for column, cell in row.cells.items():
                shown = chat.shown(column, row.name, row.part)
                wrong += [f"{row.name} {row.part} to {column}: not {cell}"] if shown != (cell == "yes") else []
    assert wrong == [], "\n".join(wrong)
