"""A Kubernetes node as processes of this machine, in namespaces and cgroups of their own; it leaves nothing behind."""

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from stack.setup.steps import ROOT, SetupFailed, run
from tests.cluster.programs import NODE

STATE = ROOT / ".parley" / "node"
READY_WITHIN = 240


class Node:
    """`with Node(programs, images) as node`: ready. The archives of the folder `images` are imported."""

    def __init__(self, programs: Path, images: Path) -> None:
        self._cgroup = f"parley-node-{os.getpid()}"
        paths = {"BIN": programs / "bin", "DEB": programs / "deb", "IMAGES": images, "STATE": STATE}
        self._env = {**os.environ, **{name: str(path) for name, path in paths.items()}, "CGROUP": self._cgroup}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        shutil.rmtree(STATE, ignore_errors=True)
        for name in ("log", "pki", "etcd", "kubelet", "containerd", "var-upper", "var-work", "cni", "fake"):
            (STATE / name).mkdir(parents=True)
        run(NODE / "certs.sh", env=self._env)
        for group in self._cgroups():
            group.mkdir()
            for file in ("cpuset.cpus", "cpuset.mems"):  # without these no process can enter a cpuset
                if (group.parent / file).exists():
                    (group / file).write_text((group.parent / file).read_text())
            if (group / "cpu.shares").exists():  # one group competes with single processes of the machine, and has dozens
                (group / "cpu.shares").write_text("8192")
        with (STATE / "log/init.log").open("wb") as log:
            # Ends with this process, even if this is killed.
            command = ("setpriv", "--pdeathsig", "KILL", NODE / "up.sh")
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env, start_new_session=True
            )
        try:
            self._wait()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._remove()

    def run(self, *command: str | Path, env: dict[str, str] | None = None) -> int:
        """Runs the command in the namespaces of the node with its input and output, and returns its exit code."""
        return subprocess.run([NODE / "in.sh", *command], env={**self._env, **(env or {})}).returncode

    def _wait(self) -> None:
        assert self._process is not None
        ends = time.monotonic() + READY_WITHIN
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        while not (STATE / "ready").exists():
            if self._process.poll() is not None or time.monotonic() > ends:
                log = (STATE / "log/init.log").read_text()
                raise SetupFailed(f"The node is not ready; .parley/node/log has the logs.\n{log[-2000:]}")
            # unshare's one child, which is the node's first process.
            with contextlib.suppress(OSError):
                (STATE / "pid").write_text(children.read_text().strip())
            time.sleep(0.2)

    def _remove(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        ends = time.monotonic() + 30
        while any((group / "cgroup.procs").read_text() for group in self._cgroups() if group.exists()) and time.monotonic() < ends:
            time.sleep(0.2)
        for group in self._cgroups():
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()
        for left in STATE.iterdir():
            if left.is_dir() and left.name != "log":
                shutil.rmtree(left, ignore_errors=True)

    def _cgroups(self) -> list[Path]:
        """One for each hierarchy."""
        return [found.parent / self._cgroup for found in Path("/sys/fs/cgroup").glob("*/cgroup.procs")]
