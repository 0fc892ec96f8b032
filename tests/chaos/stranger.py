"""An attacker without a sign-in, as its own process: python -m tests.chaos.stranger HOST PORT SECONDS.

It holds idle connections, sends headers and bodies slowly, and sends endless pipelined requests and garbage. It prints "ready" once all
connections are open, and at its end how many bytes of pipelined requests it has sent.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any

IDLE, SLOW_HEADS, SLOW_BODIES, PIPELINES, GARBAGE = 300, 50, 50, 4, 4
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
MAX_PIPELINED = 600_000 * len(REQUEST)
POST = b"POST /sign-in/api/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"
Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Stranger:
    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self.pipelined = self.connected = 0

    async def attack(self, seconds: float) -> None:
        acts = [self._idle] * IDLE + [self._slow_head] * SLOW_HEADS + [self._slow_body] * SLOW_BODIES
        acts += [self._pipeline] * PIPELINES + [self._garbage] * GARBAGE
        tasks = [asyncio.create_task(self._repeat(act)) for act in acts]
        while self.connected < len(acts):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        print("ready", flush=True)
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        print(self.pipelined, flush=True)

    async def _repeat(self, act: Act) -> None:
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(*self._address)
                self.connected += 1
                try:
                    await act(reader, writer)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(0.01)

    async def _idle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def _slow_head(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._drip(writer, b"GET / HTTP/1.1\r\n", b"a: b\r\n")

    async def _slow_body(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._drip(writer, POST, b" ")

    async def _drip(self, writer: asyncio.StreamWriter, first: bytes, each: bytes) -> None:
        writer.write(first)
        while not writer.transport.is_closing():
            await asyncio.sleep(0.2)
            writer.write(each)

    async def _pipeline(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.pipelined < MAX_PIPELINED:
            writer.write(REQUEST * 5_000)
            await writer.drain()
            self.pipelined += 5_000 * len(REQUEST)
            await reader.read(65_536)

    async def _garbage(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(os.urandom(10_000))
        await reader.read()


if __name__ == "__main__":
    stranger = Stranger(sys.argv[1], int(sys.argv[2]))
    asyncio.run(stranger.attack(float(sys.argv[3])))
