"""One child process with its own process group and log file. On Linux it is killed when its parent ends."""

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


def private_folder(folder: Path) -> None:
    """Creates the folder for its owner alone, and takes others' rights from an existing one."""
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    folder.chmod(PRIVATE_FOLDER)  # an earlier version may have created it with wider permissions


class ChildDied(Exception):
    """A child ended or was not ready in time; the message includes the end of its log."""


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """A command and the process that runs it. `env` is the whole environment; None inherits the parent's.

    Linux kills the process when the *thread* that launched it ends, so launch from the main thread or from a thread that
    outlasts the child, never from a pool.
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
        """Starts the process and returns without waiting for it."""
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._env,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                umask=0o077,  # other users of this machine can't read what people write
                start_new_session=True,  # only the launcher receives Ctrl-C; it then stops its children in order
                preexec_fn=_die_with_parent,
            )
        self.launched_at = time.monotonic()

    def wait_until(self, answers: Callable[[], bool], seconds: float = 60) -> None:
        """Blocks until `answers()` is true; raises ChildDied if the process ends first or after `seconds`."""
        ends = time.monotonic() + seconds
        while not answers():
            if not self.alive:
                raise ChildDied(f"{self.name} ended during its start. The end of {self.log}:\n{self.last_lines()}")
            if time.monotonic() > ends:
                raise ChildDied(f"{self.name} did not answer within {seconds:.0f} s. The end of {self.log}:\n{self.last_lines()}")
            time.sleep(0.02)

    def terminate(self) -> None:
        """Sends SIGTERM and returns without waiting."""
        self._signal(signal.SIGTERM)

    def stop(self, grace: float = 12) -> None:
        """Sends SIGTERM; after `grace` seconds kills the whole process group."""
        if self._process is None:
            return
        self.terminate()
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Sends SIGKILL to the process and all that it started."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def last_lines(self, count: int = 12) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-count:])

    def _signal(self, number: int) -> None:
        # A process that was not waited for keeps its id, so while `alive` is true the group is still this child's.
        if self.alive and self._process is not None:
            os.killpg(self._process.pid, number)
