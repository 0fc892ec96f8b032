"""Connections to hosts that others named (push services, webhooks): only to public addresses, so that no name leads into the operator's
network.

The host is resolved for each connection, all its addresses are checked, and the connection is made to one of those, so that a name that
resolves to another address a moment later leads nowhere else. TLS and the header Host use the name.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from socket import SOCK_STREAM, getaddrinfo
from typing import Any

import httpcore

from services.notify.domain.public_address import is_public

# A name server that hangs occupies a thread; other uses of threads are not affected.
RESOLVER_THREADS = 32
# Host name, port -> its addresses. Raises OSError.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class PrivateAddress(Exception):
    """The host has an address that is not public."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"The host {host} has the address {address}, which is not public")


class UnknownHost(Exception):
    """The name has no address, or the name server does not answer."""

    def __init__(self, host: str) -> None:
        super().__init__(f"The host {host} was not found")


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """`allowed(host, port)`: whether the operator allows it any address. A host with one private address is refused as a whole."""

    def __init__(self, allowed: Callable[[str, int], bool], resolve: Resolve | None = None) -> None:
        self._allowed, self._resolve, self._network = allowed, resolve or Resolver().resolve, httpcore.AnyIOBackend()

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """All permitted. Raises PrivateAddress or UnknownHost."""
        try:
            addresses = await self._resolve(host, port)
        except OSError:
            addresses = ()
        if not addresses:
            raise UnknownHost(host)
        if not self._allowed(host, port) and (private := [address for address in addresses if not is_public(address)]):
            raise PrivateAddress(host, private[0])
        return addresses

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """To the first of the addresses that answers. Raises PrivateAddress, UnknownHost or httpcore.ConnectError."""
        error: Exception = UnknownHost(host)
        for address in await self.addresses(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as failed:
                error = failed
        raise error


class Resolver:
    """The machine's resolver, on threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="names")

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        look_up = partial(getaddrinfo, host, port, type=SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))
