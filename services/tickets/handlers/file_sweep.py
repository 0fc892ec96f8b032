"""Files that no note names are removed after an hour (spec 4.2: exactly one log)."""

from datetime import timedelta

from servicekit.clock import Clock
from servicekit.metrics import Metrics
from services.tickets.ports import Files, TicketLog

# Longer than any attempt to attach can take: each of its calls ends within seconds, or fails.
UNNAMED_FOR = timedelta(hours=1)
EVERY_SECONDS = 600.0
BATCH = 100


# Any replica may run it at any time. A file is asked about in the log, which alone knows whether a note names it; named
# ones are settled and not looked at again. A crash in between leaves the file for the next round.
class FileSweep:
    def __init__(self, files: Files, log: TicketLog, clock: Clock, metrics: Metrics) -> None:
        self._files, self._log, self._clock = files, log, clock
        self._removed = metrics.counter("files_swept_total", "Stored files that no note named within an hour")

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.once()
            await self._clock.sleep(EVERY_SECONDS)

    async def once(self) -> None:
        while files := await self._files.unsettled(self._clock.now() - UNNAMED_FOR, BATCH):
            for file in files:
                if await self._log.commit_with(file.desk_id, file.ticket_id, file.id):
                    await self._files.settle(file.id)
                else:
                    await self._files.remove(file.id)
                    self._removed.inc()
