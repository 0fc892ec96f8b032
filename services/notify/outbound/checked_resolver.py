"""Looks up names for outgoing connections and refuses private addresses, so that nobody's DNS leads into the operator's network.

The connection goes to the addresses that were checked: there is no second look-up in between.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

from services.notify.domain.public_address import is_public
from services.notify.domain.subscription import PushHosts

# (host, port) -> what socket.getaddrinfo returns.
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[Any]]]


class PrivateAddress(OSError):
    """A name has an address that is not public."""


class CheckedResolver(AbstractResolver):
    """Hosts that the operator allows may have any address. A name with one private address is refused, even if others are public."""

    def __init__(self, hosts: PushHosts, resolve: Resolve | None = None) -> None:
        self._hosts, self._resolve = hosts, resolve or _by_system

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Raises PrivateAddress, or OSError when the name is unknown."""
        found = [(kind, proto, address[0]) for kind, _, proto, _, address in await self._resolve(host, port)]
        own = self._hosts.allows(host, port) or self._hosts.allows(host, port, "http")
        if not own and not all(is_public(address) for _, _, address in found):
            raise PrivateAddress(f"{host} has a private address")
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=proto, flags=flags) for kind, proto, address in found
        ]

    async def close(self) -> None:
        """Keeps nothing."""


async def _by_system(host: str, port: int) -> list[Any]:
    return list(await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))
