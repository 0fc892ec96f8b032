"""Removes files that nothing names (spec 4.2, 9.3, 13.5)."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from servicekit.clock import Clock
from servicekit.files import StoredFile
from servicekit.metrics import Metrics

# Longer than any attempt to name a file takes: each of its calls ends or fails within seconds.
UNNAMED_FOR = timedelta(hours=1)
EVERY_SECONDS = 600.0
BATCH = 100


class SweptFiles(Protocol):
    """What the sweep needs of the store of files (mongo_files.py)."""

    async def unnamed(self, before: datetime, limit: int) -> list[StoredFile]: ...

    async def mark_named(self, file_id: str) -> None: ...

    async def remove(self, file_id: str) -> None: ...


# A named file is marked and not checked again. A crash between two files leaves the rest to the next round.
class FileSweep:
    """Any replica may run it at any time. `is_named`: whether the log, which alone knows it, names the file."""

    def __init__(self, files: SweptFiles, is_named: Callable[[StoredFile], Awaitable[bool]], clock: Clock, metrics: Metrics) -> None:
        self._files, self._is_named, self._clock = files, is_named, clock
        self._removed = metrics.counter("files_swept_total", "Files that were removed because nothing named them within an hour")

    async def run(self) -> None:
        while True:
            await self.once()
            await self._clock.sleep(EVERY_SECONDS)

    async def once(self) -> None:
        while files := await self._files.unnamed(self._clock.now() - UNNAMED_FOR, BATCH):
            for file in files:
                if await self._is_named(file):
                    await self._files.mark_named(file.id)
                else:
                    await self._files.remove(file.id)
                    self._removed.inc()
