"""A proxy before the store that passes each answer on after `delay` seconds."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from stack.ports import HOST


class SlowStore:
    """`delay` may be changed at any time; `port` is where it listens."""

    def __init__(self, port: int) -> None:
        self._store_port = port
        self.delay, self.port = 0.0, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            store_reader, store_writer = await asyncio.open_connection(HOST, self._store_port)
        except OSError:
            writer.close()
            return
        done, waiting = await asyncio.wait(
            [
                asyncio.create_task(_pass(reader, store_writer, self, late=False)),
                asyncio.create_task(_pass(store_reader, writer, self, late=True)),
            ],
            return_when=asyncio.FIRST_COMPLETED,
        )
        for task in waiting:
            task.cancel()
        await asyncio.gather(*done, *waiting, return_exceptions=True)
        for one in (writer, store_writer):
            one.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, store: SlowStore, *, late: bool) -> None:
    while data := await reader.read(65536):
        if late and store.delay:
            await asyncio.sleep(store.delay)
        writer.write(data)
        await writer.drain()


@contextmanager
def slow_store(port: int) -> Iterator[SlowStore]:
    """Runs in a thread of its own, so that a test that blocks does not slow the store."""
    store, ready, loop = SlowStore(port), threading.Event(), asyncio.new_event_loop()
    end = asyncio.Event()

    async def run() -> None:
        server = await asyncio.start_server(store.serve, HOST, 0)
        store.port = server.sockets[0].getsockname()[1]
        ready.set()
        await end.wait()
        server.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), name="slow store")
    thread.start()
    ready.wait()
    try:
        yield store
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
