"""`make profile`: flame graphs of each service under the load *flat out*, on Apache Kafka and the store in memory.

py-spy samples the processes from outside, so a service runs as it does without it. Where the system forbids that (macOS, or Linux with
kernel.yama.ptrace_scope above 0), it needs root.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.messages import Load, run_load, started
from stack.services import ROOT, Stack

FOLDER = ROOT / ".parley" / "profile"
ENGINES = "Apache Kafka, store in memory"
# Samples a second. A multiple of a timer's rate would always meet the same code.
SAMPLES = 199


def record(pairs: int, seconds: float) -> None:
    """Writes `<service>.svg` for each service, and prints their folder."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with started(ENGINES) as stack:
        run_load(stack, Load(pairs, seconds), "profile", lambda stack: _recording(stack, seconds))
    print(f"Flame graphs: {FOLDER}")


@contextmanager
def _recording(stack: Stack, seconds: float) -> Iterator[None]:
    """Within the block each service is recorded for that time. Raises SystemExit if py-spy fails."""
    recorders = [
        subprocess.Popen(
            _command(pid, seconds, FOLDER / f"{name.removesuffix('-1')}.svg"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for name, pid in stack.pids().items()
        if name in stack.replicas
    ]
    try:
        yield
    finally:
        errors = [recorder.communicate(timeout=60)[1] for recorder in recorders]
    if any(recorder.returncode for recorder in recorders):
        raise SystemExit(b"\n".join(errors).decode())


def _command(pid: int, seconds: float, file: Path) -> list[str]:
    program = str(Path(sys.executable).with_name("py-spy"))
    options = ["--nonblocking", "--rate", str(SAMPLES), "--duration", str(max(1, round(seconds))), "--format", "flamegraph"]
    return [program, "record", *options, "--output", str(file), "--pid", str(pid)]
