"""Chats in which both sides write, and whose ends make tickets."""

import asyncio
from functools import partial
from typing import Any

from stack.page import Page
from tests.journeys.desk import TestDesk


class Talk:
    """One customer and one engineer who each send the next message when the last one is accepted."""

    def __init__(self, desk: TestDesk, customer: Page, engineer: Page, session_id: str) -> None:
        self.desk, self.customer, self.engineer, self.session_id = desk, customer, engineer, session_id
        self.acknowledged: dict[tuple[str, str], int] = {}

    async def write(self, page: Page, count: int) -> None:
        for number in range(count):
            text = f"{page.person_id} {self.session_id} {number}"
            self.acknowledged[page.person_id, text] = await page.post(self.session_id, text).accepted

    async def end(self) -> None:
        body: dict[str, object] = {
            "commandId": "end",
            "create": {"boardId": self.desk.id_of("projects"), "summary": self.session_id, "priority": "normal"},
        }
        await retried(self.engineer, "POST", f"/sessions/{self.session_id}/complete", body)


async def retried(page: Page, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
    """Retries the same command while the server is unavailable, as the apps do."""

    async def once() -> dict[str, object]:
        return await page.api(method, path, body)

    return await page.retried(once)


async def read(page: Page, path: str) -> Any:
    return await retried(page, "GET", path)


async def begin(desk: TestDesk, customer: str, engineer: Page) -> Talk:
    page = await desk.page(customer)
    session_id = await desk.chat(page)
    join = {"commandId": f"join-{session_id}", "mode": "JOIN_MODE_TAKE"}
    await engineer.retried(partial(engineer.api, "POST", f"/sessions/{session_id}/join", join))
    page.session(session_id)
    engineer.session(session_id)
    return Talk(desk, page, engineer, session_id)


async def one_log(talk: Talk) -> None:
    """The session has a ticket, with exactly one log and one chat entry."""
    async with asyncio.timeout(60):
        while True:
            card = (await read(talk.engineer, f"/sessions/{talk.session_id}?after=0"))["session"]["card"]
            if card["ticketLink"] == "TICKET_LINK_ATTACHED":
                break
            await asyncio.sleep(0.2)
    found = (await read(talk.engineer, f"/tickets?search={talk.session_id}"))["tickets"]
    assert [ticket["id"] for ticket in found] == [card["ticketId"]]
    timeline = (await read(talk.engineer, f"/tickets/{card['ticketId']}"))["timeline"]
    assert len([entry for entry in timeline if entry.get("note") and entry["note"]["attachments"]]) == 1
    assert len([entry for entry in timeline if entry.get("chat")]) == 1
