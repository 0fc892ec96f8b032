"""The generator of room.py, which runs as a separate process: one customer speaks, and hundreds of engineers in the session listen.

The next message is sent when every listener has received the one before. Prints "ready" when all sockets are up; after a line of input it
speaks, and prints a line of JSON: {"deliveries", "seconds", "delays_ms": [...]}; a delay is from sending a message to its last receipt.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from stack.page import Page
from stack.signed_in import SignedIn

AT_ONCE = 20
BEAT_EVERY = 4.0
ENTRY, WELCOME = b'{"t":"entry"', b'{"t":"welcome"'


class Listeners:
    """Counts the entries that the listeners receive."""

    def __init__(self, url: str, ids: list[str]) -> None:
        self._url, self._people = url, [SignedIn(url, "tech", id) for id in ids]
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._transports: list[WSTransport] = []
        self.received, self._expected, self._all = 0, 0, asyncio.Event()

    async def join(self, session_id: str) -> None:
        """All sign in and join. Their sockets open after that, so that no page is sent the joins."""
        for one in self._people:
            await one.sign_in()
            await one.api("POST", f"/sessions/{session_id}/join", {"commandId": "bench", "mode": "JOIN_MODE_ALSO"})
        await asyncio.gather(*(self._connect(one, session_id) for one in self._people))

    async def everybody_received(self, messages: int) -> None:
        """Waits until each listener has received so many entries."""
        self._expected = messages * len(self._people)
        self._all.clear()
        if self.received < self._expected:
            await self._all.wait()

    async def beat(self) -> None:
        """Runs until cancelled."""
        while True:
            await asyncio.sleep(BEAT_EVERY)
            for transport in self._transports:
                transport.send(WSMsgType.TEXT, b'{"t": "beat"}')

    async def _connect(self, who: SignedIn, session_id: str) -> None:
        async with self._at_once:
            listener = _Listener(self._entry)
            address = f"{self._url.replace('http', 'ws', 1)}/tech/socket?idle=0&sign_in={who.sign_in_id}"
            headers = {"Cookie": f"parley_tech={who.cookie}", "Origin": self._url}
            transport, _ = await ws_connect(lambda: listener, address, extra_headers=headers)
            await listener.welcome
        # The chat is on screen, so that a message leads to no notification.
        state = {"t": "pageState", "permission": "NOTIFICATION_PERMISSION_DEFAULT", "browserId": who.person_id, "sessionIds": [session_id]}
        transport.send(WSMsgType.TEXT, json.dumps({**state, "visible": True, "focused": True}).encode())
        self._transports.append(transport)

    def _entry(self) -> None:
        self.received += 1
        if self.received >= self._expected:
            self._all.set()


class _Listener(WSListener):
    """`welcome` is done at the welcome."""

    def __init__(self, entry: Callable[[], None]) -> None:
        self._entry = entry
        self.welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            data = frame.get_payload_as_bytes()
            if data.startswith(ENTRY):
                self._entry()
            elif data.startswith(WELCOME):
                self.welcome.set_result(None)


async def run(url: str, customer: str, engineers: list[str], seconds: float) -> dict[str, object]:
    async with Page(url, "portal", customer) as speaker:
        opened = await speaker.api("POST", "/chats", {"commandId": "bench", "text": "Bench"})
        session_id = opened["session"]["card"]["sessionId"]
        speaker.session(session_id)
        listeners = Listeners(url, engineers)
        await listeners.join(session_id)
        beating = asyncio.create_task(listeners.beat())
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        listeners.received, delays, began = 0, list[float](), time.perf_counter()
        while time.perf_counter() - began < seconds:
            sent = time.perf_counter()
            speaker.post(session_id, "a message of a usual length, as people write them to each other in a chat")
            await listeners.everybody_received(len(delays) + 1)
            delays.append((time.perf_counter() - sent) * 1000)
        beating.cancel()
        return {"deliveries": listeners.received, "seconds": time.perf_counter() - began, "delays_ms": sorted(delays)}


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--url", required=True)
    arguments.add_argument("--customer", required=True, help="id of the speaker")
    arguments.add_argument("--engineers", required=True, help="ids of the listeners, separated by commas")
    arguments.add_argument("--seconds", type=float, default=10)
    given = arguments.parse_args()
    print(json.dumps(uvloop.run(run(given.url, given.customer, given.engineers.split(","), given.seconds))), flush=True)


if __name__ == "__main__":
    main()
