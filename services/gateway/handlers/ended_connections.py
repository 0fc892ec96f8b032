"""Connections that an admin ended (spec 1.15): their sockets close at once, and their sign-ins end."""

import asyncio
from collections.abc import Collection

from servicekit.errors import TypedError
from servicekit.logs import log
from services.gateway.domain.interest import Interest
from services.gateway.handlers.sign_ins import SignIns
from services.gateway.handlers.sockets import Sockets
from services.gateway.ports import Socket

RETRY_AFTER = 1.0


class EndedConnections:
    """Presence names them on its topic, and in its answers to reports until the sockets are closed. A repeat changes nothing."""

    def __init__(self, interest: Interest[Socket], sockets: Sockets, sign_ins: SignIns, retry_after: float = RETRY_AFTER) -> None:
        self._interest, self._sockets, self._sign_ins, self._retry_after = interest, sockets, sign_ins, retry_after
        self._secrets: dict[str, None] = {}
        self._work = asyncio.Event()

    def end(self, connection_ids: Collection[str]) -> int:
        """Closes those on this replica; returns their number."""
        if not connection_ids:
            return 0
        found = [socket for socket in self._interest if socket.id in connection_ids]
        for socket in found:
            self._secrets[socket.secret] = None
            # This replica refuses the sign-in from now on, whatever the directory still answers.
            self._sockets.sign_in_ended(socket.viewer.sign_in_id)
            self._work.set()
        return len(found)

    async def run(self) -> None:
        """Runs until cancelled: ends the sign-ins in the directory, which publishes that to all replicas. Retries until it succeeds."""
        while True:
            await self._work.wait()
            self._work.clear()
            for secret in list(self._secrets):
                try:
                    await self._sign_ins.end(secret)
                except TypedError as error:
                    log.warning("sign_in_not_ended", code=error.code)
                    continue
                del self._secrets[secret]
            if self._secrets:
                await asyncio.sleep(self._retry_after)
                self._work.set()
