"""A proxy before the store that cuts its connections during an insert.

It runs in its own thread, because a client may block its event loop when it closes.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Cut(StrEnum):
    """When the connection is cut at the next insert into the log."""

    NOT = ""
    BEFORE = "the request is lost"
    AFTER = "the answer is lost"
    FOR_GOOD = "the answer is lost, and nobody answers from then on"


class CutConnection:
    """Passes bytes between a client and the store; `cut` applies to the next insert; afterwards the proxy works again."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.cut = Cut.NOT
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut is Cut.FOR_GOOD and not self._writers:
            writer.close()
            return
        store_reader, store_writer = await asyncio.open_connection(self._host, self._port)
        cut_now = asyncio.Event()
        self._writers |= {writer, store_writer}
        try:
            await asyncio.gather(self._up(reader, store_writer, cut_now), self._down(store_reader, writer, cut_now))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            for one in (writer, store_writer):
                self._writers.discard(one)
                one.close()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut_now: asyncio.Event) -> None:
        while True:
            head = await reader.readexactly(4)
            message = head + await reader.readexactly(int.from_bytes(head, "little") - 4)
            if self.cut is not Cut.NOT and b"insert\x00" in message[:60]:
                if self.cut is Cut.BEFORE:
                    self.cut = Cut.NOT
                    raise ConnectionError
                cut_now.set()
            writer.write(message)

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut_now: asyncio.Event) -> None:
        while data := await reader.read(65536):
            if cut_now.is_set():
                if self.cut is Cut.AFTER:
                    self.cut = Cut.NOT
                else:
                    self.sever()
                raise ConnectionError
            writer.write(data)
        raise ConnectionError

    def sever(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()


@contextmanager
def cut_connection(host: str, port: int) -> Iterator[CutConnection]:
    connection, loop, listening = CutConnection(host, port), asyncio.new_event_loop(), threading.Event()

    async def listen() -> None:
        server = await asyncio.start_server(connection.serve, "127.0.0.1", 0)
        connection.port = server.sockets[0].getsockname()[1]
        listening.set()

    def run() -> None:
        loop.create_task(listen())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    listening.wait(10)
    yield connection
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
