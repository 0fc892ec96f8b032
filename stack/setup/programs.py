"""Programs that only the tests need: a Chromium with a message bus, and Java with Maven."""

import contextlib
import os
import shutil
from pathlib import Path

from stack.java import jars
from stack.setup.steps import VENV, SetupFailed, debian_packages, report, run, works


def find_chromium(whole: bool = False) -> Path | None:
    """The Chromium for browser tests: $CHROMIUM, else one on the PATH, else the one that Playwright installed.

    By default a headless shell if there is one: it draws no window of its own and needs a quarter less CPU. `whole`: the full browser,
    which also has windows of installed apps and the back/forward cache.
    """
    if named := os.environ.get("CHROMIUM"):
        if not works(named, "--version"):
            raise SetupFailed(f"CHROMIUM is {named}, which does not start.")
        return Path(named)
    full, shells = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"), ("chromium-headless-shell",)
    for name in full if whole else (*shells, *full):
        if (found := shutil.which(name)) and works(found, "--version"):
            return Path(found)
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return next((file for file in sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True) if works(file, "--version")), None)


def need_chromium() -> None:
    """A Chromium, and beside it what makes the browser tests faster or complete."""
    if not find_chromium(whole=True):
        _install_chromium()
    _need_headless_shell()
    _need_dbus()


def _install_chromium() -> None:
    reasons: list[str] = []
    try:
        debian_packages(["chromium", "fonts-noto-color-emoji"], "apt-get needs root.")
    except SetupFailed as reason:
        reasons.append(str(reason).splitlines()[0])
    if not find_chromium(whole=True):
        report("installing Chromium with Playwright")
        try:
            run(VENV / "bin" / "playwright", "install", "--with-deps" if os.geteuid() == 0 else "--no-shell", "chromium")
        except SetupFailed as reason:
            reasons.append(str(reason).splitlines()[0])
    if not find_chromium(whole=True):
        raise SetupFailed(f"Browser tests need Chromium. Install it, or set CHROMIUM to its path. Errors: {'; '.join(reasons)}")


def _need_headless_shell() -> None:
    """Installs Debian's headless shell beside Debian's Chromium. The tests also pass without it."""
    if os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or not shutil.which("/usr/bin/chromium") or os.geteuid() != 0:
        return
    with contextlib.suppress(SetupFailed):
        debian_packages(["chromium-headless-shell"], "apt-get needs root.")


def find_dbus() -> Path | None:
    """The message bus over which Chromium shows notifications on a desktop."""
    found = shutil.which("dbus-daemon")
    return Path(found) if found else None


def _need_dbus() -> None:
    """Without it, the test of notifications on a desktop is skipped."""
    if find_dbus() is None and os.geteuid() == 0:
        with contextlib.suppress(SetupFailed):
            debian_packages(["dbus"], "apt-get needs root.")


def need_java() -> None:
    """Java, Maven and the jars of the real engines."""
    # A runtime alone can't compile MemoryStore.java, so check for the compiler.
    missing = [name for name in ("javac", "mvn") if not shutil.which(name)]
    if missing:
        debian_packages(
            ["default-jdk-headless", "maven"], f"`make test-real` needs Java 17 or later and Maven; missing: {', '.join(missing)}."
        )
    jars()
