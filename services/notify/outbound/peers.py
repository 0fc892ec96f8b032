"""The lines to the other services, closed at the end."""

import asyncio
from collections.abc import Sequence

from grpc.aio import Channel


class Peers:
    """A part. A line opens with its first call, and a peer that is down is no reason not to be ready."""

    ready = True

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels = channels

    async def start(self) -> None:
        """Nothing to wait for."""

    async def stop(self) -> None:
        await asyncio.gather(*(channel.close() for channel in self._channels))
