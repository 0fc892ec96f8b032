"""Compares what a page holds with what it would fetch now: entries, cards, and the gateway's digest of them."""

import asyncio
import itertools
from typing import Any

from stack.page import Page

Json = dict[str, Any]
_numbers = itertools.count()


async def digest(page: Page) -> Json:
    """The gateway's current digest for this page. Following a session that does not exist makes the gateway send one."""
    before = sum(frame["t"] == "digest" for frame in page.frames)
    page.send({"t": "followSessions", "sessionIds": [*page.sessions, f"nothing-{next(_numbers)}"]})
    await page.until(lambda: sum(frame["t"] == "digest" for frame in page.frames) > before, "a digest")
    return next(frame for frame in reversed(page.frames) if frame["t"] == "digest")


async def differences(page: Page) -> dict[str, tuple[Any, Any]]:
    """The differing parts (cards, a session's entries, digest) as (what the page holds, what it would fetch now)."""
    start = await page.retried(lambda: page.api("GET", "/start"))
    pairs: dict[str, tuple[Any, Any]] = {"cards": (page.cards, {card["sessionId"]: card for card in start["cards"]})}
    for session in page.sessions.values():
        pairs[session.id] = (session.entries, (await page.whole_session(session.id))["entries"])
    pairs["digest"] = ((await digest(page))["cards"], start["cardsDigest"])
    return {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}


async def all_agree(*pages: Page, seconds: float = 60) -> None:
    """Waits until each page holds exactly what it would fetch, because updates may still be in flight."""
    for page in pages:
        try:
            async with asyncio.timeout(seconds):
                while await differences(page):
                    pass
        except TimeoutError:
            left = await differences(page)
            assert left == {}, f"{page.person_id} differs from a fresh fetch in {', '.join(left)}"
