"""One person's flood of messages, without a rate limit, does not delay other people (spec 10.4)."""

import asyncio
from itertools import count

from stack.page import Page
from tests.journeys.desk import TestDesk

TABS, AT_ONCE = 4, 150


async def flood(page: Page, session_id: str, stop: asyncio.Event) -> None:
    """Posts more messages than may be in flight, and continues whenever some are refused."""
    for number in count():
        ids = {"sessionId": session_id, "commandId": f"{id(page)}-{number}", "previousCommandId": ""}
        page.send({"t": "post", **ids, "text": "x" * 1000, "traceparent": ""})
        if number % AT_ONCE == AT_ONCE - 1:
            answers = len(refusals(page))
            await page.until(lambda answers=answers: stop.is_set() or len(refusals(page)) > answers, "a post is refused")  # type: ignore[misc]
            if stop.is_set():
                return


def refusals(page: Page) -> list[dict[str, object]]:
    return [frame for frame in page.frames if frame["t"] == "refused"]


async def test_an_engineer_can_end_a_flooded_chat_while_other_chats_keep_working(desk: TestDesk) -> None:  # spec 3.3, 10.4
    mia, ava, leo, sam = await desk.pages("mia", "ava", "leo", "sam")
    flooded, quiet = await desk.handled(mia, ava), await desk.handled(leo, sam)
    tabs = [await desk.page("mia") for _ in range(TABS)]
    for tab in tabs:
        tab.session(flooded)
    stop = asyncio.Event()
    floods = [asyncio.create_task(flood(tab, flooded, stop)) for tab in tabs]
    # The queue is full, so some of the posts are refused.
    await tabs[0].until(lambda: bool(refusals(tabs[0])), "a post is refused")
    for number in range(3):
        assert await leo.post(quiet, f"still here {number}").accepted
    await ava.api("POST", f"/sessions/{flooded}/complete", {"commandId": "end", "none": {}})
    assert not stop.is_set()
    stop.set()
    await asyncio.gather(*floods)
    await ava.until(lambda: flooded not in ava.cards or ava.cards[flooded]["status"] == "CHAT_STATUS_COMPLETED", "the chat has ended")
