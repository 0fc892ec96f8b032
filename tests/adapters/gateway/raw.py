"""Raw bytes to the browsers' port."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

CEILING = 60.0
GET = b"GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n"


class Raw:
    """`async with Raw(port) as raw`: one connection, from any address of the loopback network."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self._port, self._address = port, address
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(self._address, 0))
        return self

    async def __aexit__(self, *error: object) -> None:
        self.abort()

    def abort(self) -> None:
        self._writer.transport.abort()

    def reset(self) -> None:
        """Ends the connection with RST, as a host does whose program was killed."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort()

    async def send(self, data: bytes) -> None:
        """Waits until the data is written, or the connection is closed by the server."""
        with contextlib.suppress(OSError):
            self._writer.write(data)
            async with asyncio.timeout(CEILING):
                await self._writer.drain()

    async def answers(self, count: int) -> list[int]:
        """Returns the statuses of the next responses."""
        async with asyncio.timeout(CEILING):
            return [await self._answer() for _ in range(count)]

    async def until_silent(self, seconds: float) -> bytes:
        """Returns all bytes until the server closes or sends nothing for that time."""
        received = bytearray()
        with contextlib.suppress(TimeoutError, OSError):
            while data := await asyncio.wait_for(self._reader.read(65_536), seconds):
                received += data
        return bytes(received)

    async def rest(self) -> bytes:
        """Returns all bytes until the server closes."""
        received = bytearray()
        async with asyncio.timeout(CEILING):
            with contextlib.suppress(OSError):
                while data := await self._reader.read(65_536):
                    received += data
        return bytes(received)

    async def _answer(self) -> int:
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        length = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")), 0)
        await self._reader.readexactly(length)
        return int(lines[0].split(" ")[1])


@dataclass(frozen=True)
class Answer:
    """A response. `fields`: its headers, with names in lower case."""

    status: int
    fields: Mapping[str, str]
    body: bytes


def answers_in(received: bytes) -> list[Answer]:
    answers = []
    for part in received.split(b"HTTP/1.1 ")[1:]:
        head, _, body = part.partition(b"\r\n\r\n")
        fields = (line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:])
        answers.append(Answer(int(part[:3]), {name.lower(): value for name, _, value in fields}, body))
    return answers


def statuses(received: bytes) -> list[int]:
    return [answer.status for answer in answers_in(received)]
