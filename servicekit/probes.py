"""Serves /live, /ready and /metrics on a separate port, without a web framework."""

import asyncio
from collections.abc import Callable

from servicekit.metrics import Metrics

REQUEST_SECONDS = 5.0
# More connections than probes and scrapers open at once. Each connection has REQUEST_SECONDS.
MAX_CONNECTIONS = 32
TEXT = "text/plain"


class Probes:
    """Answers GET on `address` (host:port, port 0 for a free one). `not_ready` lists why the service is not ready."""

    waits_for = "its port"

    def __init__(self, address: str, metrics: Metrics, not_ready: Callable[[], list[str]]) -> None:
        self.address, self.ready = address, False
        self._metrics, self._not_ready = metrics, not_ready
        self._server: asyncio.Server | None = None
        self._open = 0

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        host, _, port = self.address.rpartition(":")
        self._server = await asyncio.start_server(self._serve, host.strip("[]"), int(port), limit=8192)
        self.address = f"{host}:{self._server.sockets[0].getsockname()[1]}"
        self.ready = True

    async def stop(self) -> None:
        self.ready = False
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= MAX_CONNECTIONS:
            writer.close()
            return
        self._open += 1
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                await self._answer_to(reader, writer)
        except (TimeoutError, ValueError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client has disconnected, does not read, or does not speak HTTP
        finally:
            self._open -= 1
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    async def _answer_to(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, *_ = head.decode("latin-1").split(" ", 2)
        status, kind, body = self._answer(path.partition("?")[0]) if method == "GET" else ("405 Method Not Allowed", TEXT, b"")
        headers = f"content-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close"
        writer.write(f"HTTP/1.1 {status}\r\n{headers}\r\n\r\n".encode() + body)
        await writer.drain()

    def _answer(self, path: str) -> tuple[str, str, bytes]:
        if path == "/live":
            return "200 OK", TEXT, b"live\n"  # the answer shows that the event loop runs
        if path == "/ready":
            reasons = self._not_ready()
            if reasons:
                return "503 Service Unavailable", TEXT, "\n".join(reasons).encode() + b"\n"
            return "200 OK", TEXT, b"ready\n"
        if path == "/metrics":
            return "200 OK", f"{TEXT}; version=0.0.4; charset=utf-8", self._metrics.page()
        return "404 Not Found", TEXT, b""
