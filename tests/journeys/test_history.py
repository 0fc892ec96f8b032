"""The history through the real gateway and on real engines: who finds what, and searches after a crash."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from stack.page import Page
from tests.adapters.chat.running import House
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk

CHATS = {"mia": "Printer is on fire", "zoe": "Lantern is out"}


@pytest.fixture
async def house(tmp_path: Path, engine_settings: dict[str, str], unique: str) -> AsyncIterator[House]:
    house = House(tmp_path, engine_settings, unique)
    async with house.peers_up():
        yield house


async def found(page: Page, query: str = "") -> set[str]:
    """The sessions that the history lists, which are all that it counts."""
    answer = await page.api("GET", f"/history{query}")
    ids = [str(card["sessionId"]) for card in answer.get("cards", [])]
    assert answer.get("total", 0) == len(ids) and not answer.get("moreThanTotal") and not answer.get("nextPageToken")
    return set(ids)


async def finds(page: Page, query: str, sessions: set[str]) -> None:
    """Waits until the history lists exactly these: it follows a change within seconds."""

    async def listed() -> bool:
        # Cards and total are read one after the other, so only one of them may have a change.
        with suppress(AssertionError):
            return await found(page, query) == sessions
        return False

    await until(listed)


async def test_each_engineer_finds_what_they_may_see_and_nothing_of_the_rest(desk: TestDesk) -> None:  # spec 8.1, 2.10, 10.2
    ava, bo, mia, zoe = await desk.pages("ava", "bo", "mia", "zoe")
    printer, lantern = await desk.handled(mia, ava, CHATS["mia"]), await desk.chat(zoe, CHATS["zoe"])
    await finds(ava, "?search=fire", {printer})
    await finds(ava, "", {printer, lantern})
    assert await found(ava, f"?company={desk.id_of('globex')}&status=waiting&type=request") == {lantern}
    assert await found(ava, f"?customer={desk.id_of('mia')}&from=1700000000&until=4000000000") == {printer}
    assert await found(bo) == {printer}
    forbidden, missing = [await bo.api("GET", f"/history?company={company}") for company in (desk.id_of("globex"), "no-such")]
    assert forbidden == missing
    assert await found(bo, "?search=lantern") == await found(bo, f"?customer={desk.id_of('zoe')}") == set()


async def test_a_chat_on_a_ticket_of_a_hidden_board_is_not_there(desk: TestDesk) -> None:  # spec 2.10, 10.2, 8.1
    ava, mia = await desk.pages("ava", "mia")
    await desk.add_engineer("kit", "service-desk")
    kit = await desk.page("kit")
    session_id = await desk.handled(mia, ava)
    await finds(kit, "?search=printer", {session_id})
    create = {"boardId": desk.id_of("projects"), "summary": "Printer", "priority": "normal"}
    await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "end", "create": create})
    await finds(kit, "?search=printer", set())
    await finds(ava, "?search=printer&status=completed", {session_id})
    assert await found(kit) == set()


async def test_what_was_written_before_a_crash_is_found_after_it(house: House) -> None:  # spec 8.1, design 10
    async with house.replica() as crashing:
        session_id = (await crashing.request()).session.card.session_id
        await crashing.post(session_id, "before-the-crash")
        await crashing.kill()

    async with house.replica() as calls:

        async def is_found() -> bool:
            return [card.session_id for card in await calls.history("crash printer")] == [session_id]

        await until(is_found)
