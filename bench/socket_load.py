"""The generator of sockets.py, which runs as a separate process: thousands of sockets that beat, and reconnect as the apps do.

After each welcome a socket fetches the start state, at most `REQUESTS` of them at a time; then it counts as up. A line of input begins a
measurement: what was connected is taken as gone. Prints a line of JSON when all sockets are up, first after the start and then for each
line of input: {"seconds", "slowest_ms", "late_ms"}. `late_ms`: by how much this process's own timer was late at most. If that is
much, the figures are of this process, not of the gateway.
"""

import argparse
import asyncio
import contextlib
import json
import random
import sys
import time
from functools import partial
from urllib.parse import urlsplit

import uvloop

from bench.quick_http import QuickHttp
from bench.quick_socket import QuickSocket
from servicekit.file_limit import file_limit, raise_file_limit
from stack.signed_in import PAUSE, SignedIn

CONNECTING, REQUESTS = 200, 200
MAX_PAUSE, WELCOME_WITHIN, TICK = 8.0, 30.0, 0.01
RESERVED_FILES = REQUESTS + 200


class Generator:
    def __init__(self, url: str, people: list[SignedIn], sockets: int) -> None:
        self._url, self._people, self._sockets = url, people, sockets
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._http = QuickHttp(self._host, self._port)
        self._connecting, self._requesting = asyncio.Semaphore(CONNECTING), asyncio.Semaphore(REQUESTS)
        self._up: set[int] = set()
        self._all_up = asyncio.Event()
        self._slowest = self._late = 0.0

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._stay_up(number)) for number in range(self._sockets)]
        tasks.append(asyncio.create_task(self._watch_timer()))
        while True:
            began = time.perf_counter()
            await self._all_up.wait()
            measured = {"seconds": time.perf_counter() - began, "slowest_ms": self._slowest * 1000, "late_ms": self._late * 1000}
            print(json.dumps(measured), flush=True)
            if not await asyncio.to_thread(sys.stdin.readline):
                break
            self._up.clear()
            self._all_up.clear()
            self._slowest = self._late = 0.0
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _stay_up(self, number: int) -> None:
        who, failures = self._people[number % len(self._people)], 0
        path, host = f"/{who.app}/socket?idle=0&sign_in={who.sign_in_id}", f"{self._host}:{self._port}"
        headers = f"cookie: parley_{who.app}={who.cookie}\r\norigin: {self._url}\r\n"
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with self._connecting:
                    _, socket = await loop.create_connection(partial(QuickSocket, path, host, headers), self._host, self._port)
                    async with asyncio.timeout(WELCOME_WITHIN):
                        await socket.welcome
                await self._fetch_start(who)
                failures = 0
                self._up.add(number)
                if len(self._up) == self._sockets:
                    self._all_up.set()
                await socket.closed
            except (OSError, TimeoutError):
                pass
            pause = min(MAX_PAUSE, 0.5 * 2**failures) * random.uniform(0.5, 1)
            failures = min(failures + 1, 5)
            await asyncio.sleep(pause)

    async def _fetch_start(self, who: SignedIn) -> None:
        async with self._requesting:
            began = time.perf_counter()
            headers = f"cookie: parley_{who.app}={who.cookie}\r\nparley-sign-in: {who.sign_in_id}\r\n"
            while (status := await self._status(f"/{who.app}/api/start", headers)) >= 500:  # noqa: ASYNC110
                await asyncio.sleep(PAUSE)
            if status != 200:
                print(f"{who.person_id}: {status}", file=sys.stderr)
            self._slowest = max(self._slowest, time.perf_counter() - began)

    async def _status(self, path: str, headers: str) -> int:
        """503 also while the gateway is down."""
        try:
            return await self._http.get(path, headers)
        except (OSError, EOFError):
            return 503

    async def _watch_timer(self) -> None:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            self._late = max(self._late, time.perf_counter() - due)


async def run(url: str, ids: list[str], sockets: int) -> None:
    people = [SignedIn(url, "portal", id) for id in ids]
    for one in people:
        await one.sign_in()
    await Generator(url, people, sockets).run()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--url", required=True)
    arguments.add_argument("--customers", required=True, help="ids, separated by commas; they share the sockets")
    arguments.add_argument("--sockets", type=int, required=True)
    given = arguments.parse_args()
    with contextlib.redirect_stdout(sys.stderr):  # its log line
        raise_file_limit()
    if file_limit() < given.sockets + RESERVED_FILES:
        raise SystemExit(f"The system permits {file_limit()} open files; {given.sockets} sockets need {given.sockets + RESERVED_FILES}.")
    uvloop.run(run(given.url, given.customers.split(","), given.sockets))


if __name__ == "__main__":
    main()
