"""Functions that all steps share: running commands, reporting progress, and detecting that nothing has changed."""

import hashlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENV = ROOT / ".venv"


class SetupFailed(Exception):
    """The message tells the user what to do."""


def report(line: str) -> None:
    print(f"  {line}", flush=True)


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Runs a command without showing its output. Raises SetupFailed with the output if the command fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SetupFailed(f"{shlex.join(words)} failed with code {done.returncode}:\n{done.stdout.strip()[-4000:]}")


def works(*command: str | Path) -> bool:
    """Whether the command exists and exits with code 0."""
    try:
        return subprocess.run([str(word) for word in command], capture_output=True, timeout=60).returncode == 0
    except OSError:
        return False


def debian_packages(names: Sequence[str], instead: str) -> None:
    """Installs Debian packages, as root on Debian; otherwise raises SetupFailed with the message `instead`."""
    if sys.platform != "linux" or os.geteuid() != 0 or not works("apt-get", "--version"):
        raise SetupFailed(f"{instead} (On Debian, as root: apt-get install {' '.join(names)})")
    report(f"installing {' '.join(names)} with apt-get")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-q", env=quiet)
    run("apt-get", "install", "-q", "-y", "--no-install-recommends", *names, env=quiet)


def download_debian(names: Sequence[str], folder: Path) -> None:
    """Downloads Debian packages into the folder without installing them. Raises SetupFailed if they can't be had."""
    try:
        run("apt-get", "-q", "download", *names, cwd=folder)
    except (SetupFailed, OSError):
        # A new machine may have no package lists: this fetches them.
        debian_packages(["ca-certificates"], f"These packages of Debian are needed: {' '.join(names)}.")
        run("apt-get", "-q", "download", *names, cwd=folder)


def digest(files: Iterable[Path], *facts: str) -> str:
    """A hash of the files' paths in the project and their contents. Modification times don't count, because a checkout changes them."""
    total = hashlib.sha256("\0".join(facts).encode())
    for file in sorted(files):
        total.update(
            f"{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}\0".encode() + hashlib.sha256(file.read_bytes()).digest()
        )
    return total.hexdigest()


def is_done(stamp: Path, state: str) -> bool:
    return stamp.is_file() and stamp.read_text() == state


def mark_done(stamp: Path, state: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state)
