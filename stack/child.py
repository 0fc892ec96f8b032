"""One child process: its own group, its own log file, dead when its parent is."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PRIVATE_FOLDER = 0o700
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildDied(Exception):
    """A child ended, or did not answer in time; the sentence carries the end of its log."""


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """A command that is kept as a process. `env` is the whole environment; None passes the parent's on.

    Linux ends the process together with the *thread* that launched it, so launch from the main thread or from one that
    lives as long as the child should, never from a pool.
    """

    def __init__(
        self, name: str, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        self.name, self.log = name, log
        self._command, self._env, self._folder = list(command), env, folder
        self._process: subprocess.Popen[bytes] | None = None
        self.launched_at = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Starts the process and returns at once."""
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._env,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                umask=0o077,  # what people write is read by nobody else on this machine
                start_new_session=True,  # Ctrl-C reaches the launcher alone, which then stops its children in order
                preexec_fn=_die_with_parent,
            )
        self.launched_at = time.monotonic()

    def wait_until(self, answers: Callable[[], bool], seconds: float = 60) -> None:
        """Blocks until `answers()`; raises ChildDied when the process ends first or `seconds` have passed."""
        ends = time.monotonic() + seconds
        while not answers():
            if not self.alive:
                raise ChildDied(f"{self.name} ended at its start. The end of {self.log}:\n{self.last_lines()}")
            if time.monotonic() > ends:
                raise ChildDied(f"{self.name} did not answer within {seconds:.0f} s. The end of {self.log}:\n{self.last_lines()}")
            time.sleep(0.02)

    def terminate(self) -> None:
        """Asks for a graceful end and returns at once."""
        self._signal(signal.SIGTERM)

    def stop(self, grace: float = 12) -> None:
        """Asks for a graceful end; after `grace` seconds kills the whole group."""
        if self._process is None:
            return
        self.terminate()
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """kill -9, to the process and whatever it started."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def last_lines(self, count: int = 12) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-count:])

    def _signal(self, number: int) -> None:
        # An ended process that was not waited for keeps its id, so while `alive` says so the group is still ours.
        if self.alive and self._process is not None:
            os.killpg(self._process.pid, number)
