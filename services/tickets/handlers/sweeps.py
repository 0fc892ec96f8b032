"""What is removed after a time: files that no note names, and expired sign-ins."""

from datetime import timedelta

from servicekit.clock import Clock
from servicekit.file_sweep import FileSweep
from servicekit.files import StoredFile
from servicekit.metrics import Metrics
from services.tickets.ports import Files, SignIns, TicketLog

# An expired sign-in is kept this long as a record of who was signed in and from where.
SIGN_INS_KEPT_FOR = timedelta(days=30)
SIGN_INS_EVERY_SECONDS = 3600.0


def file_sweep(files: Files, log: TicketLog, clock: Clock, metrics: Metrics) -> FileSweep:
    """Removes files that no note names (spec 4.2: exactly one log)."""

    async def is_named(file: StoredFile) -> bool:
        return await log.commit_with(file.desk_id, file.owner_id, file.id) is not None

    return FileSweep(files, is_named, clock, metrics)


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
