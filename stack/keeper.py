"""Keeps children running: starts them, and starts one that died again, with back-off."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
# Who has run this long was well; its next death is a first one again.
WELL_AFTER = 10.0


class Runnable(Protocol):
    """A child process, or an engine."""

    @property
    def alive(self) -> bool: ...
    def launch(self) -> None: ...


class Kept:
    """One child and what the keeper remembers of it."""

    def __init__(self, name: str, child: Runnable) -> None:
        self.name, self.child = name, child
        self.wanted, self.launched, self.deaths = True, False, 0
        self.since = self.launch_at = time.monotonic()


class Keeper:
    """The one thread that launches children: Linux ends a child together with the thread that launched it (stack/child.py).

    So the thread must outlive its children: stop them first (after `rest`), then `end` it.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._kept: dict[str, Kept] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def keep(self, name: str, child: Runnable) -> None:
        """Launches the child within a moment and again whenever it ends."""
        with self._lock:
            self._kept[name] = Kept(name, child)

    def rest(self, name: str) -> None:
        """From now on this child may end and stay so."""
        with self._lock:
            self._kept[name].wanted = False

    def resume(self, name: str) -> None:
        with self._lock:
            kept = self._kept[name]
            kept.wanted, kept.launched, kept.launch_at = True, False, time.monotonic()

    def deaths(self, name: str) -> int:
        """How often it ended by itself."""
        return self._kept[name].deaths

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(0.02):
            with self._lock:
                for kept in self._kept.values():
                    if kept.wanted and not kept.child.alive:
                        self._tend(kept, time.monotonic())

    def _tend(self, kept: Kept, now: float) -> None:
        if kept.launched:
            kept.launched = False
            kept.deaths = 1 if now - kept.since > WELL_AFTER else kept.deaths + 1
            pause = min(FIRST_PAUSE * 2 ** (kept.deaths - 1), LONGEST_PAUSE)
            kept.launch_at = now + pause
            self._report(f"{kept.name} ended; starting it again in {pause:.1f} s")
        elif now >= kept.launch_at:
            kept.since, kept.launched = now, True
            try:
                kept.child.launch()
            except Exception as problem:  # the thread must live on for the other children; this one is tried again
                self._report(f"{kept.name} could not be started: {problem}")
