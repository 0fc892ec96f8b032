"""What is removed after a time: files that no note names, and expired sign-ins."""

from datetime import timedelta

from servicekit.clock import Clock
from servicekit.metrics import Metrics
from services.tickets.ports import Files, SignIns, TicketLog

# Longer than any attempt to attach takes: each of its calls ends or fails within seconds.
UNNAMED_FOR = timedelta(hours=1)
FILES_EVERY_SECONDS = 600.0
BATCH = 100
# An expired sign-in is kept this long as a record of who was signed in and from where.
SIGN_INS_KEPT_FOR = timedelta(days=30)
SIGN_INS_EVERY_SECONDS = 3600.0


# The log alone knows whether a note names a file. A named file is marked and not checked again. A crash between two files leaves the
# rest to the next round.
class FileSweep:
    """Removes files that no note names (spec 4.2: exactly one log). Any replica may run it at any time."""

    def __init__(self, files: Files, log: TicketLog, clock: Clock, metrics: Metrics) -> None:
        self._files, self._log, self._clock = files, log, clock
        self._removed = metrics.counter("files_swept_total", "Files that were removed because no note named them within an hour")

    async def run(self) -> None:
        while True:
            await self.once()
            await self._clock.sleep(FILES_EVERY_SECONDS)

    async def once(self) -> None:
        while files := await self._files.unnamed(self._clock.now() - UNNAMED_FOR, BATCH):
            for file in files:
                if await self._log.commit_with(file.desk_id, file.ticket_id, file.id):
                    await self._files.mark_named(file.id)
                else:
                    await self._files.remove(file.id)
                    self._removed.inc()


class SignInSweep:
    """Removes expired sign-ins, so that nobody can use them or look them up (spec 10.5). Any replica may run it at any time."""

    def __init__(self, sign_ins: SignIns, clock: Clock, metrics: Metrics) -> None:
        self._sign_ins, self._clock = sign_ins, clock
        self._removed = metrics.counter("sign_ins_swept_total", "Expired sign-ins that were removed")

    async def run(self) -> None:
        while True:
            await self.once()
            await self._clock.sleep(SIGN_INS_EVERY_SECONDS)

    async def once(self) -> None:
        self._removed.inc(await self._sign_ins.remove_expired(self._clock.now() - SIGN_INS_KEPT_FOR))
