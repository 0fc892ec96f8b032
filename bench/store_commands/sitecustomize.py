"""Counts what a process writes to the store. Python runs this at the start of a process that has this folder in its PYTHONPATH.

Each insert, update or delete adds one line to the file that STORE_WRITES names: the number of its documents or statements.
"""

import os
from pathlib import Path

if path := os.environ.get("STORE_WRITES"):
    from pymongo import monitoring

    PARTS = {"insert": "documents", "update": "updates", "delete": "deletes", "findAndModify": ""}

    class Writes(monitoring.CommandListener):
        def __init__(self, file: Path) -> None:
            self._file = file

        def started(self, event: monitoring.CommandStartedEvent) -> None:
            if event.command_name in PARTS:
                parts = event.command.get(PARTS[event.command_name])
                # One short write per line, so that processes don't mix their lines.
                with self._file.open("a") as lines:
                    lines.write(f"{event.database_name}.{event.command.get(event.command_name)} {len(parts) if parts else 1}\n")

        def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

        def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    monitoring.register(Writes(Path(path)))
