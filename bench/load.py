"""The load generator, which runs as a separate process: sessions of two people who write over real sockets.

Closed loop: each person sends the next message when the last one is accepted, which measures the maximum throughput.
Open loop: messages fall due at a fixed rate, and a delay is measured from the time at which the message was due, so that a stall of
the system shows in the delays (it avoids coordinated omission).

Prints one line of JSON: {"messages", "delays_ms": [...], "cpu_seconds", "late_ms"}. A delay is from send (or due) to the other side's
receipt. `late_ms`: by how much this process's own timer was late at most. If that is much, the figures are of this process.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from typing import Any

import uvloop

from stack.page import Page

WARM_UP = 2.0
# Alerts and notifications of the opened sessions are over after it.
REST = 3.0
TICK = 0.01


class TimedPage(Page):
    """Records when it receives messages of the other side. A message's text begins with the time at which it was sent."""

    delays: list[tuple[float, float]]

    def _entry(self, entry: dict[str, Any]) -> None:
        now = time.perf_counter()
        for event in entry["events"]:
            if "messagePosted" in event and entry["by"]["id"] != self.person_id:
                sent, _, rest = event["messagePosted"]["text"].partition(" ")
                if rest:
                    self.delays.append((now, now - float(sent)))
        super()._entry(entry)


def message_text(sent: float) -> str:
    return f"{sent:.6f} a message of a usual length, as people write them to each other in a chat"


async def closed_loop(page: TimedPage, session_id: str, until: float) -> None:
    while (now := time.perf_counter()) < until:
        await page.post(session_id, message_text(now)).accepted


async def open_loop(page: TimedPage, session_id: str, until: float, every: float, offset: float) -> None:
    due = time.perf_counter() + offset
    while due < until:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        page.post(session_id, message_text(due))
        due += every


async def watch_timer(late: list[float]) -> None:
    """Keeps in `late[0]` by how many seconds this process's timer was late at most. Runs until cancelled."""
    while True:
        due = time.perf_counter() + TICK
        await asyncio.sleep(TICK)
        late[0] = max(late[0], time.perf_counter() - due)


async def open_session(url: str, customer: str, engineer: TimedPage) -> tuple[TimedPage, TimedPage, str]:
    page = TimedPage(url, "portal", customer)
    page.delays = engineer.delays
    await page.__aenter__()
    opened = await page.api("POST", "/chats", {"commandId": f"open-{time.time()}", "text": "Bench"})
    session_id = opened["session"]["card"]["sessionId"]
    await engineer.api("POST", f"/sessions/{session_id}/join", {"commandId": f"join-{time.time()}", "mode": "JOIN_MODE_TAKE"})
    for one in (page, engineer):
        one.session(session_id)
    return page, engineer, session_id


async def run(url: str, people: list[str], engineer_ids: list[str], seconds: float, rate: float) -> dict[str, Any]:
    """Runs the load. `rate` is the total of messages per second; 0 = closed loop."""
    delays: list[tuple[float, float]] = []
    engineers = [TimedPage(url, "tech", engineer) for engineer in engineer_ids]
    for engineer in engineers:
        engineer.delays = delays
        await engineer.__aenter__()
    sessions = [await open_session(url, customer, engineers[number % len(engineers)]) for number, customer in enumerate(people)]
    for page in {page for customer, engineer, _ in sessions for page in (customer, engineer)}:
        # Its chats are on screen, so a message leads to no notification.
        page.report(visible=True, focused=True, session_ids=sorted(id for *both, id in sessions if page in both))
    await asyncio.sleep(REST)
    print("ready", flush=True)
    sys.stdin.readline()
    began, cpu_began, late = time.perf_counter(), time.process_time(), [0.0]
    watching = asyncio.create_task(watch_timer(late))
    until = began + WARM_UP + seconds
    writers = [(page, session_id) for customer, engineer, session_id in sessions for page in (customer, engineer)]
    every = len(writers) / rate if rate else 0.0
    await asyncio.gather(
        *(
            open_loop(page, session_id, until, every, every * number / len(writers)) if rate else closed_loop(page, session_id, until)
            for number, (page, session_id) in enumerate(writers)
        )
    )
    used = time.process_time() - cpu_began
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    await asyncio.sleep(0.5)
    counted = sorted(delay * 1000 for at, delay in delays if began + WARM_UP <= at <= until)
    return {"messages": len(counted), "delays_ms": counted, "cpu_seconds": used, "late_ms": late[0] * 1000}


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--url", required=True)
    arguments.add_argument("--customers", required=True, help="ids, separated by commas; each has one session")
    arguments.add_argument("--engineers", required=True, help="ids, separated by commas")
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--rate", type=float, default=0)
    given = arguments.parse_args()
    work = run(given.url, given.customers.split(","), given.engineers.split(","), given.seconds, given.rate)
    print(json.dumps(uvloop.run(work)), flush=True)


if __name__ == "__main__":
    main()
