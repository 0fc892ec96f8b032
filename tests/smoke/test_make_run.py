"""`make run` on a new machine: start, a chat that becomes a ticket over HTTP, stop."""

import asyncio
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from stack.page import Page
from stack.ports import free_port
from stack.services import ROOT

STARTS_WITHIN = 60


class Run:
    """`make run` as a child, its output so far, and the URL of its gateway."""

    def __init__(self, folder: Path) -> None:
        self.port, self.output = free_port(), folder / "output"
        env = {**os.environ, "PARLEY_HTTP_PORT": str(self.port), "PARLEY_DATA": str(folder / "data")}
        for name in ("PARLEY_KAFKA_PORT", "PARLEY_MONGO_PORT"):
            env[name] = str(free_port())
        for service in ("PRESENCE", "CHAT", "TICKETS", "NOTIFY", "GATEWAY"):
            env |= {f"PARLEY_{service}_{kind}_ADDRESS": f"127.0.0.1:{free_port()}" for kind in ("GRPC", "METRICS")}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(["make", "run"], cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True)
        self.url = f"http://localhost:{self.port}"

    def printed(self) -> str:
        return self.output.read_text()

    def wait_until_up(self) -> None:
        ends = time.monotonic() + STARTS_WITHIN
        while "Parley is ready" not in self.printed():
            assert self.process.poll() is None and time.monotonic() < ends, self.printed()
            time.sleep(0.1)

    def stop(self) -> int:
        """Sends SIGINT to the whole process group, as a terminal does on Ctrl-C."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(30)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    run.stop()


def test_make_run_starts_prints_its_addresses_serves_a_chat_and_stops(run: Run) -> None:  # spec 2.6, 3.5, 4.1
    run.wait_until_up()
    printed = run.printed()
    assert f"{run.url}/tech" in printed and f"{run.url}/portal" in printed
    assert "Ctrl-C" in printed and "logs" in printed.lower()
    for path in ("/sign-in", "/tech/", "/portal/"):
        assert httpx.get(f"{run.url}{path}", follow_redirects=True).status_code == 200
    names = [person["name"] for person in httpx.get(f"{run.url}/sign-in/api/people").json()["people"]]
    assert names == ["Ava Chen", "Sam Okafor", "Bo Lindqvist", "Mia Torres", "Leo Park", "Zoe Adams", "Max Weber"]

    asyncio.run(story(run.url))

    children = psutil.Process(run.process.pid).children(recursive=True)
    run.stop()
    assert re.search("has stopped", run.printed())
    psutil.wait_procs(children, timeout=10)
    assert [child for child in children if child.is_running()] == []


async def story(url: str) -> None:
    async with Page(url, "portal", "mia") as mia, Page(url, "tech", "ava") as ava:
        opened = await mia.api("POST", "/chats", {"commandId": "smoke-open", "text": "Printer is on fire"})
        session_id = opened["session"]["card"]["sessionId"]
        await ava.until(lambda: session_id in ava.cards and bool(ava.alerts), "card and alert")
        await ava.api("POST", f"/sessions/{session_id}/join", {"commandId": "smoke-join", "mode": "JOIN_MODE_TAKE"})
        mia.session(session_id)
        await ava.post(session_id, "On my way").accepted
        await mia.until(lambda: len(mia.session(session_id).messages) == 2, "the answer")
        create = {"boardId": "service-desk", "summary": "Printer is on fire", "priority": "normal"}
        await ava.api("POST", f"/sessions/{session_id}/complete", {"commandId": "smoke-end", "create": create})
        await ava.until(lambda: ava.cards[session_id].get("ticketLink") == "TICKET_LINK_ATTACHED", "the ticket")
        tickets = (await mia.api("GET", "/tickets"))["tickets"]
        assert "Printer is on fire" in [ticket["summary"] for ticket in tickets]
