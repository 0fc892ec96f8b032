"""A WebSocket to the gateway that sends any bytes, and reads only on request."""

import asyncio
import base64
import os
import struct
from urllib.parse import urlsplit

from tests.adapters.gateway.browser import Browser

CEILING = 60.0
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, length_in_head: int | None = None, masked: bool = True) -> bytes:
    """One frame as a client sends it; `length_in_head`: a wrong length."""
    length = len(payload) if length_in_head is None else length_in_head
    head = bytes([0x80 * fin | opcode])
    mask = b"\0\0\0\0" if masked else b""
    if length < 126:
        return head + bytes([0x80 * masked | length]) + mask + payload
    if length < 65_536:
        return head + bytes([0x80 * masked | 126]) + struct.pack("!H", length) + mask + payload
    return head + bytes([0x80 * masked | 127]) + struct.pack("!Q", length) + mask + payload


class RawSocket:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, browser: Browser, *, signed_in: bool = True) -> "RawSocket":
        """Opens a connection and upgrades it. Raises ConnectionError with the status when it is refused."""
        parts = urlsplit(browser.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**16)
        lines = [f"GET /{browser.app}/socket HTTP/1.1", f"Host: {parts.netloc}", f"Origin: {browser.url}"]
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += [f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}"]
        lines += [f"Cookie: parley_{browser.app}={browser.secret}"] if signed_in else []
        writer.write("\r\n".join([*lines, "", ""]).encode())
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), CEILING)
        if b" 101 " not in answer.partition(b"\r\n")[0]:
            writer.close()
            raise ConnectionError(answer.decode())
        return cls(reader, writer)

    async def send(self, data: bytes) -> bool:
        """Returns False when the server has closed the connection."""
        try:
            self._writer.write(data)
            async with asyncio.timeout(CEILING):
                await self._writer.drain()
        except (ConnectionError, TimeoutError):
            return False
        return True

    async def next(self) -> tuple[int, bytes]:
        """Returns opcode and payload of the next frame. Raises IncompleteReadError or ConnectionError at the end."""
        async with asyncio.timeout(CEILING):
            head = await self._reader.readexactly(2)
            length = head[1] & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", await self._reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", await self._reader.readexactly(8))
            return head[0] & 0x0F, await self._reader.readexactly(length)

    async def until(self, opcode: int, part: bytes = b"") -> list[tuple[int, bytes]]:
        """Returns all frames up to one with this opcode that contains this part."""
        frames = [await self.next()]
        while not (frames[-1][0] == opcode and part in frames[-1][1]):
            frames.append(await self.next())
        return frames

    async def close_code(self) -> int:
        """Returns the code of the close frame; 1006 when the connection was closed without one."""
        try:
            return int.from_bytes((await self.until(CLOSE))[-1][1][:2], "big")
        except (ConnectionError, asyncio.IncompleteReadError):
            return 1006

    async def wait_closed(self) -> None:
        """Waits until the server has closed the connection."""
        async with asyncio.timeout(CEILING):
            try:
                while await self._reader.read(2**16):
                    pass
            except ConnectionError:
                return

    def abort(self) -> None:
        self._writer.transport.abort()
