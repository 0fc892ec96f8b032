"""The Python environment: .venv, filled from requirements.lock."""

import sys

from stack.setup.steps import ROOT, VENV, SetupFailed, debian_packages, digest, is_done, mark_done, report, run, works

LOCK = ROOT / "requirements.lock"


def make_venv() -> None:
    python, stamp = VENV / "bin" / "python", VENV / ".from-lock"
    state = digest([LOCK], ".".join(map(str, sys.version_info[:2])))
    if is_done(stamp, state) and works(python, "-c", "import grpc"):
        return
    report("Python environment (.venv)")
    if not works(python, "-m", "pip", "--version"):
        if not works(sys.executable, "-c", "import venv, ensurepip"):
            debian_packages(["python3-venv"], "This Python has no venv module. Install it.")
        run(sys.executable, "-m", "venv", "--clear", VENV)
    # uv is ten times as fast as pip. Where it can't be installed or fails, pip does the same work.
    fast = works(python, "-m", "uv", "--version") or works(python, "-m", "pip", "install", "-q", "uv")
    try:
        if not fast:
            raise SetupFailed("uv is not available")
        # Makes uv use the system's certificates, as pip does.
        trust = {"UV_SYSTEM_CERTS": "1"}
        run(python, "-m", "uv", "pip", "install", "--python", python, "--require-hashes", "-r", LOCK, env=trust)
    except SetupFailed as reason:
        report(f"installing with pip, which takes longer: {str(reason).splitlines()[-1]}")
        run(python, "-m", "pip", "install", "-q", "--require-hashes", "-r", LOCK)
    mark_done(stamp, state)
