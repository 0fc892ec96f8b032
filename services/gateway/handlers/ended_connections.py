"""Connections that an admin ended (spec 1.15): their sockets close at once, and their sign-ins end."""

import asyncio
from collections.abc import Collection

from servicekit.loop import all_of
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.sign_ins import SignIns
from services.gateway.handlers.sockets import Sockets
from services.gateway.ports import Socket

# Concurrent calls to the directory.
AT_ONCE = 8


class EndedConnections:
    """Presence names them on its topic, and in its answers to reports until the sockets are closed. A repeat changes nothing."""

    def __init__(self, index: SocketIndex[Socket], sockets: Sockets, sign_ins: SignIns) -> None:
        self._index, self._sockets, self._sign_ins = index, sockets, sign_ins
        self._secrets: dict[str, None] = {}
        self._work = asyncio.Event()

    def end(self, connection_ids: Collection[str]) -> int:
        """Closes those on this replica; returns their number."""
        if not connection_ids:
            return 0
        found = [socket for socket in self._index if socket.id in connection_ids]
        for socket in found:
            self._secrets[socket.secret] = None
            # This replica refuses the sign-in from now on, even if the directory still returns it.
            self._sockets.sign_in_ended(socket.viewer.sign_in_id)
            self._work.set()
        return len(found)

    async def run(self) -> None:
        """Ends the sign-ins in the directory, which publishes that to all replicas. Runs until it fails; the next run ends those that are
        left. Raises TypedError."""
        while True:
            await self._work.wait()
            await all_of(map(self._end_sign_in, list(self._secrets)), AT_ONCE)
            if not self._secrets:
                self._work.clear()

    async def _end_sign_in(self, secret: str) -> None:
        await self._sign_ins.end(secret)
        self._secrets.pop(secret, None)
