"""Children that end are restarted with growing pauses, unless they are paused."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from stack.child import Child
from stack.keeper import Keeper
from tests.adapters.test_engines import wait_for

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
GIVES_UP = [sys.executable, "-c", "raise SystemExit(3)"]


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def keep(lines: list[str], tmp_path: Path) -> Iterator[tuple[Keeper, Callable[[list[str]], Child]]]:
    keeper, children = Keeper(lines.append), list[Child]()

    def keep(command: list[str]) -> Child:
        children.append(Child("child", command, tmp_path / "child.log"))
        keeper.keep("child", children[-1])
        return children[-1]

    yield keeper, keep
    for child in children:
        keeper.rest("child")
        child.kill()
    keeper.end()


Keep = tuple[Keeper, Callable[[list[str]], Child]]


def test_a_killed_child_is_restarted_and_the_restart_is_logged(keep: Keep, lines: list[str]) -> None:
    child = keep[1](SLEEPER)
    wait_for(lambda: child.alive)
    first = child.pid

    child.kill()

    wait_for(lambda: child.alive and child.pid != first)
    assert lines == ["child ended; starting it again in 0.2 s"]


def test_a_child_that_keeps_ending_is_restarted_with_growing_pauses(keep: Keep, lines: list[str]) -> None:
    keep[1](GIVES_UP)

    wait_for(lambda: len(lines) >= 3)

    assert [line.split()[-2] for line in lines[:3]] == ["0.2", "0.4", "0.8"]


def test_a_paused_child_is_not_restarted_until_it_is_resumed(keep: Keep) -> None:
    keeper, start = keep
    child = start(SLEEPER)
    wait_for(lambda: child.alive)

    keeper.rest("child")
    child.kill()
    assert never(lambda: child.alive, seconds=0.5)

    keeper.resume("child")
    wait_for(lambda: child.alive)


def test_a_child_that_ignores_sigterm_is_killed_with_its_children(tmp_path: Path) -> None:
    stubborn = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    starts_another = "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True); time.sleep(60)"
    child = Child("stubborn", [sys.executable, "-c", stubborn + starts_another], tmp_path / "log")
    child.launch()
    wait_for(lambda: child.last_lines().strip().isdecimal())
    grandchild = psutil.Process(int(child.last_lines()))

    child.stop(grace=0.2)

    assert not child.alive
    wait_for(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)


def never(condition: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return False
        time.sleep(0.02)
    return True
