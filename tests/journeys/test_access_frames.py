"""Every cell of docs/access.md about frames: what a page may send about the owner's chat, and what it is sent of it (spec 10.2)."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from stack.services import Stack
from tests.contract import access_page as page
from tests.journeys.access_callers import NOBODY, PEOPLE, Callers, app_of
from tests.journeys.access_cells import MAY, in_order
from tests.journeys.access_frames import FROM, TO, OwnersChat, RecordingPage, without_sign_in
from tests.journeys.desk import TestDesk
from tests.journeys.team import Team
from tests.journeys.test_bad_frames import good

SHARING = "sharing"
# The owner and the admin make the chat.
WHILE_SHARED = ("owner", "admin", SHARING)


@pytest.mark.parametrize("shared", [False, True], ids=["not shared", "shared"])
async def test_pages_send_and_are_sent_frames_as_documented(stack: Stack, desk: TestDesk, shared: bool) -> None:
    # spec 1.12, 2.10, 5.1, 9.4, 10.2, 13.3
    elsewhere, wrong = TestDesk(stack, f"{desk.id}e"), list[str]()
    await elsewhere.make()
    columns = WHILE_SHARED if shared else [column for column in PEOPLE if column != SHARING]
    await desk.share_tickets(shared)
    async with Team(stack) as team, AsyncExitStack() as opened:
        await Callers(team, desk, elsewhere).prepare()
        pages = {}
        for column in columns:
            word, foreign = PEOPLE[column]
            pages[column] = RecordingPage(desk.gateways[0], app_of(column), (elsewhere if foreign else desk).id_of(word))
        await asyncio.gather(*map(opened.enter_async_context, pages.values()))
        if shared:
            assert pages[SHARING].me["company"]["sharedTickets"]
        chat = OwnersChat(pages)
        await chat.begin()
        for row in page.rows(FROM):
            for column in in_order(row, pages):
                found = await chat.sent(row.name, column, may=row.cells[column] in MAY)
                wrong += [f"{row.name} from {column}: {found}"] if found != row.cells[column] else []
        await chat.end()
        for row in page.rows(TO):
            for column in pages:
                shown = chat.shown(column, row.name, row.part)
                wrong += [f"{row.name} {row.part} to {column}: not {row.cells[column]}"] if shown != (row.cells[column] == "yes") else []
    assert wrong == [], "\n".join(wrong)


async def test_a_socket_without_a_sign_in_sends_and_is_sent_nothing(desk: TestDesk) -> None:  # spec 10.2
    cells = {row.cells[NOBODY] for row in page.rows(TO)}
    for row in page.rows(FROM):
        for app in ("tech", "portal"):
            cells |= {row.cells[NOBODY], await without_sign_in(desk.gateways[0], app, good(row.name, "a-session"))}
    assert cells == {"401"}
