"""Writes a ZIP piece by piece, for an answer that is longer than the memory may hold."""

from contextlib import closing
from datetime import datetime
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PERMISSIONS = 0o600


class ZipStream:
    """Call `begin` for each file and `write` for its pieces, then `end`. `take` returns what is ready. It holds a few hundred bytes of each
    file until the end, because a ZIP ends with the list of its files."""

    def __init__(self, at: datetime) -> None:
        self._ready, self._at = _Ready(), at
        self._zip = ZipFile(self._ready, "w", ZIP_DEFLATED)  # type: ignore[call-overload]
        self._file: IO[bytes] | None = None

    def begin(self, name: str) -> None:
        self._close_file()
        info = ZipInfo(name, self._at.timetuple()[:6])
        info.compress_type, info.external_attr = ZIP_DEFLATED, PERMISSIONS << 16
        # The size is not known before.
        self._file = self._zip.open(info, "w", force_zip64=True)

    def write(self, piece: bytes) -> None:
        """Adds to the file that was begun last."""
        assert self._file is not None
        self._file.write(piece)

    def end(self) -> None:
        self._close_file()
        self._zip.close()

    def take(self) -> bytes:
        """What was written since the last call and has left the compressor."""
        return self._ready.take()

    def _close_file(self) -> None:
        if self._file is not None:
            with closing(self._file):
                self._file = None


class _Ready:
    """A file that cannot be sought, so that ZipFile writes each size after its content."""

    def __init__(self) -> None:
        self._pieces = list[bytes]()

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """There is nothing behind it."""

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken
