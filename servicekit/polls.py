"""How often something is looked for that is usually announced: often while it is in use, rarely at rest."""

import time

REST_AFTER = 10.0


class Polls:
    """`seconds` between two polls: `in_use` until REST_AFTER seconds after its start or the last call of `used`, then `at_rest`."""

    def __init__(self, in_use: float, at_rest: float) -> None:
        self._in_use, self._at_rest = in_use, max(in_use, at_rest)
        self._used_at = time.monotonic()

    def used(self) -> None:
        """Call when there was something, or may soon be."""
        self._used_at = time.monotonic()

    @property
    def resting(self) -> bool:
        return time.monotonic() - self._used_at >= REST_AFTER

    @property
    def seconds(self) -> float:
        return self._at_rest if self.resting else self._in_use
