"""Measures TECH in Chromium: the first view, the time from input to paint in a window of 500 messages beside 200 cards, and memory while
10,000 messages arrive.

Times from input to paint are Chromium's own Event Timing entries, which it rounds to 8 ms; an input below 16 ms has none and counts as 16.
The browser is headless and draws by the CPU, on the machine that also runs the services.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.figures import quantile
from parley.tickets.v1 import directory_pb2 as directory
from stack.page import Page as SignedInPage
from stack.people import customer, entries, upsert
from stack.services import Stack
from stack.setup.programs import find_chromium, need_chromium
from stack.signed_in import SignedIn
from stack.unlimited import UNLIMITED

CARDS, MESSAGES, INPUTS, AT_ONCE = 200, 500, 60, 20
TITLE = "Bench"
WIDTH, HEIGHT = 1440, 900
WAIT_MS = 60_000
LEAST_MS = 16.0
# Collects the duration of each input's slowest event, by its interaction.
OBSERVE = """() => {
    window.inputs = new Map();
    new PerformanceObserver((list) => {
        for (const { interactionId: id, duration } of list.getEntries())
            if (id) inputs.set(id, Math.max(duration, inputs.get(id) ?? 0));
    }).observe({ type: "event", durationThreshold: 16 });
}"""
TAKE = "() => { const taken = [...inputs.values()]; inputs.clear(); return taken; }"
FIRST_VIEW = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"


def measure(arriving: int) -> list[dict[str, str]]:
    """A row of formatted cells for each measurement. `arriving`: messages, for the memory."""
    need_chromium()
    env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_LOG_LEVEL": "warning"}
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), env=env) as stack, ThreadPoolExecutor(1) as other_thread:
        # Playwright's event loop already runs in this thread.
        session_id = other_thread.submit(asyncio.run, _prepare(stack)).result()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(find_chromium()), args=["--no-sandbox", "--disable-gpu"])
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, base_url=stack.http_url, reduced_motion="reduce")
            context.set_default_timeout(WAIT_MS)
            context.request.post("/sign-in/api/sign-in", data={"personId": "ava"}, headers={"Origin": stack.http_url})
            page = context.new_page()
            rows = [_first_view(page), *_inputs(page)]
            memory = Memory(context.new_cdp_session(page))
            rows.append(memory.row(MESSAGES))
            written = MESSAGES
            for until in (arriving // 4, arriving // 2, arriving):
                other_thread.submit(asyncio.run, _write(stack, session_id, range(written + 1, until + 1))).result()
                page.get_by_role("log", name="Messages").get_by_text(_text(until), exact=True).wait_for()
                rows.append(memory.row(until))
                written = until
            browser.close()
    return rows


def _text(number: int) -> str:
    return f"Message {number}"


async def _prepare(stack: Stack) -> str:
    """200 chats wait, and Ava is in one with 500 messages; its id."""
    ids = [f"bench{number}" for number in range(CARDS)]
    people = [directory.DirectoryEntry(person=customer(id, id, "acme", "")) for id in ids]
    await upsert(stack, [*entries(), *people])
    for first in range(0, CARDS, AT_ONCE):
        await asyncio.gather(*(_request(stack, id, f"{TITLE} {id}") for id in ids[first : first + AT_ONCE]))
    session_id = await _request(stack, "mia", TITLE)
    async with SignedInPage(stack.http_url, "tech", "ava") as ava:
        await ava.api("POST", f"/sessions/{session_id}/join", {"commandId": "bench", "mode": "JOIN_MODE_TAKE"})
    await _write(stack, session_id, range(1, MESSAGES + 1))
    return session_id


async def _request(stack: Stack, customer_id: str, title: str) -> str:
    person = SignedIn(stack.http_url, "portal", customer_id)
    await person.sign_in()
    chat = await person.api("POST", "/chats", {"commandId": "bench", "text": title})
    await person.close()
    return str(chat["session"]["card"]["sessionId"])


async def _write(stack: Stack, session_id: str, numbers: range) -> None:
    """Mia writes these messages, one after the other."""
    async with SignedInPage(stack.http_url, "portal", "mia") as mia:
        for number in numbers:
            await mia.post(session_id, _text(number)).accepted


def _first_view(page: Page) -> dict[str, str]:
    page.goto("/tech/tickets")
    page.get_by_role("region", name=f"Chat: {TITLE}", exact=True).wait_for()
    return _row("first view of TECH, with an empty cache", [page.evaluate(FIRST_VIEW)])


def _inputs(page: Page) -> list[dict[str, str]]:
    page.evaluate(OBSERVE)
    window = page.get_by_role("region", name=f"Chat: {TITLE}", exact=True)
    window.get_by_role("log", name="Messages").get_by_text(_text(MESSAGES), exact=True).wait_for()
    sessions = page.get_by_role("complementary", name="Sessions")
    sessions.get_by_role("tab", name="Waiting").click()
    sessions.get_by_role("article").first.wait_for()
    cards = sessions.get_by_role("article").count()
    text = window.get_by_role("textbox", name="Message")
    text.focus()
    rows = [_measured(page, f"a letter is typed, beside {cards} cards", lambda number: page.keyboard.press("abcdefgh"[number % 8]))]

    def send(number: int) -> None:
        text.fill(f"Answer {number}")
        page.evaluate(TAKE)
        text.press("Enter")
        window.get_by_text(f"Answer {number}", exact=True).wait_for()

    rows.append(_measured(page, "a message is sent", send))
    tabs = [sessions.get_by_role("tab", name=name) for name in ("My sessions", "Waiting")]
    rows.append(_measured(page, f"the tab with {cards} cards, or another, is opened", lambda number: tabs[number % 2].click()))
    return rows


def _measured(page: Page, about: str, act: Callable[[int], None]) -> dict[str, str]:
    page.evaluate(TAKE)
    durations = list[float]()
    for number in range(INPUTS):
        act(number)
        # Event Timing reports after the next paint.
        page.wait_for_timeout(80)
        durations.append(max(page.evaluate(TAKE), default=LEAST_MS))
    return _row(about, sorted(durations))


def _row(about: str, times: Sequence[float], memory: str = "-") -> dict[str, str]:
    """`times` in milliseconds, sorted."""
    cells = {"p50 ms": 0.5, "p99 ms": 0.99}
    return {"situation": about, **{name: f"{quantile(times, q):.0f}" if times else "-" for name, q in cells.items()}, "heap MiB": memory}


class Memory:
    def __init__(self, session: CDPSession) -> None:
        self._session = session
        session.send("Performance.enable")

    def row(self, messages: int) -> dict[str, str]:
        self._session.send("HeapProfiler.collectGarbage")
        metrics = {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}
        about = f"memory with {messages:,} messages in the window ({metrics['Nodes']:,.0f} nodes)"
        return _row(about, [], f"{metrics['JSHeapUsedSize'] / 1024 / 1024:.1f}")
