"""An HTTP server on loopback that receives webhooks and answers as a test wants."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Received:
    """`headers` have names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["parley-event-id"]

    @property
    def session(self) -> Any:
        (session,) = json.loads(self.body)
        return session


@dataclass
class Receiver:
    """`answer` gets a request and returns the response's status and headers; None hangs, and "" closes the connection."""

    address: str = ""
    answer: Callable[[Received], str | None] = lambda request: "200 OK"
    received: list[Received] = field(default_factory=list)

    def url(self, path: str = "/hook", scheme: str = "http") -> str:
        return f"{scheme}://{self.address}{path}"

    @property
    def ids(self) -> list[str]:
        return [request.event_id for request in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            request = Received(first.split(" ")[1], headers, body)
            self.received.append(request)
            answer = self.answer(request)
            if answer is None:
                await reader.read()
            elif answer:
                writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield receiver
    server.close()
