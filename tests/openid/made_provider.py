"""A provider that answers what a test tells it to, over real HTTP, for what a well-behaved one never sends."""

import asyncio
import json
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from stack.ports import HOST
from tests.openid.made_tokens import RSA

DISCOVERY, KEYS, TOKEN, REVOKE = "/.well-known/openid-configuration", "/keys", "/token", "/revoke"


@dataclass
class MadeProvider:
    """`answers`: what to send for a path: an object, bytes of a whole response, or None for nothing at all. `asked`: head and body of
    the requests by path."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    issuer: str = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.issuer = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"
        self.answers |= {DISCOVERY: self.discovery(), KEYS: {"keys": [RSA.as_dict(private=False)]}}
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()

    def discovery(self, **changed: Any) -> dict[str, Any]:
        found = {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/auth?tenant=1", "token_endpoint": f"{self.issuer}{TOKEN}"}
        return {**found, "jwks_uri": f"{self.issuer}{KEYS}", "end_session_endpoint": f"{self.issuer}/out", **changed}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            size = next((int(line.split(":")[1]) for line in head.lower().splitlines() if line.startswith("content-length:")), 0)
            path, body = head.split()[1], (await reader.readexactly(size)).decode()
            self.asked.setdefault(path, []).append((head, body))
            answer = self.answers.get(path)
            if answer is None:
                await reader.read()  # until the other side gives up
            else:
                writer.write(answer if isinstance(answer, bytes) else response(json.dumps(answer).encode()))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side was gone first
        finally:
            writer.close()


def response(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A whole HTTP response."""
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body
