"""What is still to be done toward other services when this one stops."""

from collections.abc import Sequence

import grpc

from services.gateway.handlers.connection_reports import ConnectionReports


class FinalReport:
    """At a stop every socket is closed; presence is told at once, instead of finding out when the lease lapses."""

    ready = True

    def __init__(self, reports: ConnectionReports) -> None:
        self._reports = reports

    @property
    def broken(self) -> Exception | None:
        """Presence listens to another process of this name."""
        return self._reports.broken

    async def start(self) -> None:
        """Nothing is said before there is a socket."""

    async def stop(self) -> None:
        await self._reports.report()


class Channels:
    """Closed last: everything else may call until then."""

    ready = True

    def __init__(self, channels: Sequence[grpc.aio.Channel]) -> None:
        self._channels = channels

    async def start(self) -> None:
        """A channel connects when it is first used."""

    async def stop(self) -> None:
        for channel in self._channels:
            await channel.close()
