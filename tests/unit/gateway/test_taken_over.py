"""What stays in memory of a connection that has become a socket. Runs on uvloop, as the services do."""

import asyncio
import gc
import weakref
from typing import Any, cast

import uvloop
from picows import WSListener

from services.gateway.inbound.websocket import Upgraded

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


class Before(asyncio.Protocol):
    """The protocol before the upgrade."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        Upgraded(cast(Any, WSListener()), cast(Any, Connections())).take_over(cast(asyncio.Transport, transport), KEY)


class Connections:
    def give_back(self, address: str) -> None: ...


def test_the_protocol_before_the_upgrade_is_freed_while_the_socket_is_open() -> None:
    assert uvloop.run(_kept()) == 0


async def _kept() -> int:
    protocols = list[weakref.ref[Before]]()

    def before() -> Before:
        protocol = Before()
        protocols.append(weakref.ref(protocol))
        return protocol

    server = await asyncio.get_running_loop().create_server(before, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        gc.collect()
        kept = sum(protocol() is not None for protocol in protocols)
        writer.close()
    return kept
