"""Programs that only the tests need: a Chromium, and Java with Maven."""

import os
import shutil
from pathlib import Path

from stack.java import jars
from stack.setup.steps import VENV, SetupFailed, debian_packages, report, run, works


def find_chromium() -> Path | None:
    """The Chromium for browser tests: $CHROMIUM, else one on the PATH, else the one that Playwright installed."""
    if named := os.environ.get("CHROMIUM"):
        if not works(named, "--version"):
            raise SetupFailed(f"CHROMIUM is {named}, which does not start.")
        return Path(named)
    for name in ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"):
        if (found := shutil.which(name)) and works(found, "--version"):
            return Path(found)
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return next((file for file in sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True) if works(file, "--version")), None)


def need_chromium() -> None:
    if find_chromium():
        return
    reasons: list[str] = []
    try:
        debian_packages(["chromium", "fonts-noto-color-emoji"], "apt-get needs root.")
    except SetupFailed as reason:
        reasons.append(str(reason).splitlines()[0])
    if not find_chromium():
        report("installing Chromium with Playwright")
        try:
            run(VENV / "bin" / "playwright", "install", "--with-deps" if os.geteuid() == 0 else "--no-shell", "chromium")
        except SetupFailed as reason:
            reasons.append(str(reason).splitlines()[0])
    if not find_chromium():
        raise SetupFailed(f"Browser tests need Chromium. Install it, or set CHROMIUM to its path. Errors: {'; '.join(reasons)}")


def need_java() -> None:
    """Java, Maven and the jars of the real engines."""
    # A runtime alone can't compile MemoryStore.java, so check for the compiler.
    missing = [name for name in ("javac", "mvn") if not shutil.which(name)]
    if missing:
        debian_packages(
            ["default-jdk-headless", "maven"], f"`make test-real` needs Java 17 or later and Maven; missing: {', '.join(missing)}."
        )
    jars()
