"""A browser as the gateway sees it: a cookie, an origin, HTTP and sockets."""

import asyncio
import json
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from stack.signed_in import NO_TLS

ENGINEERS = ("ava", "bo")
CEILING = 60.0


class Browser:
    """The browser of one person. The app is that of the person's kind."""

    def __init__(self, url: str, person_id: str, secret: str, sign_in_id: str = "") -> None:
        self.url, self.person_id, self.secret, self.sign_in_id = url, person_id, secret, sign_in_id
        self.app = "tech" if person_id in ENGINEERS else "portal"
        self.headers = {"Origin": url, "Cookie": f"parley_{self.app}={secret}"} if secret else {"Origin": url}
        if sign_in_id:
            self.headers["Parley-Sign-In"] = sign_in_id
        self.http = httpx.AsyncClient(base_url=url, headers=self.headers, timeout=CEILING, verify=NO_TLS)
        self._sockets: list[Socket] = []

    async def socket(self, app: str = "", query: str = "", **connect_options: Any) -> "Socket":
        """Opens a socket and reads nothing."""
        address = f"{self.url.replace('http', 'ws', 1)}/{app or self.app}/socket{query}"
        headers = {**self.headers, **connect_options.pop("headers", {})}
        connection = await connect(address, additional_headers=headers, compression=None, max_size=None, **connect_options)
        self._sockets.append(Socket(connection))
        return self._sockets[-1]

    async def page(self) -> "Socket":
        """Opens a socket and reads its welcome."""
        socket = await self.socket()
        await socket.receive("welcome")
        return socket

    async def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.http.request(method, f"/{self.app}/api{path}", **options)

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.connection.close()
        await self.http.aclose()


class Socket:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[dict[str, Any]] = []

    async def send(self, frame: dict[str, Any] | str) -> None:
        await self.connection.send(frame if isinstance(frame, str) else json.dumps(frame))

    async def receive(self, tag: str, **fields: Any) -> dict[str, Any]:
        """Returns the next frame with this tag and these fields. Frames before it are added to `frames`."""
        async with asyncio.timeout(CEILING):
            while True:
                frame: dict[str, Any] = json.loads(await self.connection.recv())
                self.frames.append(frame)
                if frame["t"] == tag and all(frame.get(name) == value for name, value in fields.items()):
                    return frame

    async def closed(self) -> int:
        """Waits until the socket is closed and returns the close code."""
        async with asyncio.timeout(CEILING):
            try:
                while True:
                    self.frames.append(json.loads(await self.connection.recv()))
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006
