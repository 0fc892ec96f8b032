"""Keeps children running: starts them, and restarts one that ended, with back-off."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

FIRST_DELAY, MAX_DELAY = 0.2, 5.0
# After this many seconds of running the back-off starts over.
RESET_AFTER = 10.0
# Between two looks for children that ended, and while one waits for its restart.
LOOK_EVERY, SOON = 0.2, 0.02


class Runnable(Protocol):
    """A child process, or an engine."""

    @property
    def alive(self) -> bool: ...
    def launch(self) -> None: ...


class Kept:
    """One child and its state in the keeper."""

    def __init__(self, name: str, child: Runnable) -> None:
        self.name, self.child = name, child
        self.wanted, self.launched, self.exits = True, False, 0
        self.since = self.launch_at = time.monotonic()


class Keeper:
    """One thread that launches all children, because Linux kills a child when the thread that launched it ends (stack/child.py).

    So the thread must outlast its children: call `rest` and stop each child first, then call `end`.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._kept: dict[str, Kept] = {}
        self._lock = threading.Lock()
        self._ended, self._woken = False, threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def keep(self, name: str, child: Runnable) -> None:
        """Launches the child at once and restarts it whenever it ends."""
        with self._lock:
            self._kept[name] = Kept(name, child)
        self._woken.set()

    def rest(self, name: str) -> None:
        """From now on this child is not restarted when it ends."""
        with self._lock:
            self._kept[name].wanted = False

    def resume(self, name: str) -> None:
        with self._lock:
            kept = self._kept[name]
            kept.wanted, kept.launched, kept.launch_at = True, False, time.monotonic()
        self._woken.set()

    def exits(self, name: str) -> int:
        """How often the child has ended since it last ran for RESET_AFTER seconds."""
        return self._kept[name].exits

    def end(self) -> None:
        self._ended = True
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended:
            with self._lock:
                down = [kept for kept in self._kept.values() if kept.wanted and not kept.child.alive]
                for kept in down:
                    self._tend(kept, time.monotonic())
            self._woken.wait(SOON if down else LOOK_EVERY)
            self._woken.clear()

    def _tend(self, kept: Kept, now: float) -> None:
        if kept.launched:
            kept.launched = False
            kept.exits = 1 if now - kept.since > RESET_AFTER else kept.exits + 1
            delay = min(FIRST_DELAY * 2 ** (kept.exits - 1), MAX_DELAY)
            kept.launch_at = now + delay
            self._report(f"{kept.name} ended; restarting in {delay:.1f} s")
        elif now >= kept.launch_at:
            kept.since, kept.launched = now, True
            try:
                kept.child.launch()
            except Exception as problem:  # the thread must keep running for the other children; this launch is retried
                self._report(f"{kept.name} could not be started: {problem}")
