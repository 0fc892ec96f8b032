"""The replicas of chat, found by regular look-ups of names, each with its own channel.

A replica that is added gets its share of the sessions by rendezvous hashing (post_sender.py); all others stay where they are. One whose
address is no longer found gets no further commands. It keeps its channel and stream until what it was sent is answered, so no command
overtakes another one.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import grpc

from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from servicekit.logs import log
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from services.gateway.outbound.post_sender import PostSender

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
LOOK_UP_SECONDS = 3.0


async def addresses_of(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a name; of IPv4 only if there are some, because a replica may have one of each kind. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ipv4 = [str(address[0]) for family, _, _, _, address in found if family is socket.AF_INET]
    return ipv4 or [str(address[0]) for *_, address in found]


class ChatReplicas(Loop):
    """`names`: host:port of each replica, or of a name with an address for each. Ready once a replica is known. `connect` gets an address
    and the name that it was found by, "" for one that was given as an address.

    While a look-up fails or finds nothing, the addresses that it found before stay.
    """

    waits_for = "an address of chat"

    def __init__(
        self,
        names: Sequence[str],
        connect: Callable[[str, str], grpc.aio.Channel],
        posts: PostSender,
        metrics: Metrics,
        *,
        every: float,
        resolve: Resolve = addresses_of,
    ) -> None:
        super().__init__("chat_replicas", self._keep_looking, metrics)
        self._connect, self._posts, self._every, self._resolve = connect, posts, every, resolve
        # Of each name what it resolved to last.
        self._found: dict[str, list[str]] = {name: [] for name in names}
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._stubs: dict[str, Any] = {}
        self.ready = False
        self._count = metrics.gauge("chat_replicas", "Replicas of chat that are known")
        self._failures = metrics.counter("chat_lookup_failures_total", "Look-ups of chat's names that failed or found nothing")

    async def start(self) -> None:
        await self.look_up()
        await super().start()

    async def stop(self) -> None:
        """Commands that are under way are cancelled, and their pages repeat them."""
        await super().stop()
        for channel in self._channels.values():
            await channel.close()

    def stub(self, address: str) -> Any:
        return self._stubs[address]

    async def look_up(self) -> None:
        """Looks up all names once, and uses what they resolve to now."""
        await asyncio.gather(*map(self._look_up, self._found))
        names = {address: name.rpartition(":")[0] if name != address else "" for name, found in self._found.items() for address in found}
        wanted = list(names)
        for address in wanted:
            if address not in self._channels:
                log.info("chat_replica_added", address=address)
                channel = self._channels[address] = self._connect(address, names[address])
                self._stubs[address] = ChatServiceStub(channel)
                await self._posts.add(address, channel)
        self._posts.routes.use(wanted)
        for address in self._channels.keys() - wanted:
            if not self._posts.routes.is_held(address):
                log.info("chat_replica_removed", address=address)
                await self._posts.remove(address)
                del self._stubs[address]
                # Reads may still be under way.
                await self._channels.pop(address).close(self._every)
        self._count.set(len(wanted))
        self.ready = bool(wanted)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self.look_up()

    async def _look_up(self, name: str) -> None:
        host, _, port = name.rpartition(":")
        host = host.strip("[]")
        try:
            ipaddress.ip_address(host)
            self._found[name] = [name]
            return
        except ValueError:
            pass  # not an address
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                found = sorted(set(await self._resolve(host, int(port))))
        except (OSError, TimeoutError) as error:
            log.warning("chat_not_looked_up", name=name, reason=type(error).__name__)
            found = []
        if not found:
            self._failures.inc()
            return
        self._found[name] = [f"[{address}]:{port}" if ":" in address else f"{address}:{port}" for address in found]
