"""A network connection that a test can cut: a loopback proxy that drops bytes while both ends keep the connection open."""

import asyncio
import threading
from types import TracebackType
from typing import Self

from stack.ports import HOST, free_port


class CuttableProxy:
    """`url` leads to `target_port`. While cut, it drops all bytes in both directions without closing the connections."""

    def __init__(self, target_port: int) -> None:
        self.port, self._target = free_port(), target_port
        self.url = f"http://localhost:{self.port}"
        self._cut = False
        self._up, self._end = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def cut(self) -> None:
        self._cut = True

    def restore(self) -> None:
        """New connections work again. Connections that lost bytes are closed when their next bytes arrive."""
        self._cut = False

    def __enter__(self) -> Self:
        self._thread.start()
        self._up.wait(5)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(5)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await asyncio.start_server(self._connected, HOST, self.port)
        self._up.set()
        await self._end.wait()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target_reader, target_writer = await asyncio.open_connection(HOST, self._target)
        await asyncio.gather(self._pass(reader, target_writer), self._pass(target_reader, writer), return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lost = False
        while data := await reader.read(65536):
            lost = lost or self._cut
            if lost and not self._cut:
                break
            if not lost:
                writer.write(data)
                await writer.drain()
        writer.close()
