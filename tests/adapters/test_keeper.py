"""Children that end are started again, with longer and longer pauses, unless they were told to rest."""

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
def said() -> list[str]:
    return []


@pytest.fixture
def keep(said: list[str], tmp_path: Path) -> Iterator[tuple[Keeper, Callable[[list[str]], Child]]]:
    keeper, children = Keeper(said.append), list[Child]()

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


def test_a_killed_child_is_started_again_and_that_is_said(keep: Keep, said: list[str]) -> None:
    child = keep[1](SLEEPER)
    wait_for(lambda: child.alive)
    first = child.pid

    child.kill()

    wait_for(lambda: child.alive and child.pid != first)
    assert said == ["child ended; starting it again in 0.2 s"]


def test_a_child_that_keeps_ending_is_tried_at_growing_distances(keep: Keep, said: list[str]) -> None:
    keep[1](GIVES_UP)

    wait_for(lambda: len(said) >= 3)

    assert [line.split()[-2] for line in said[:3]] == ["0.2", "0.4", "0.8"]


def test_a_child_at_rest_stays_away_until_it_is_wanted(keep: Keep) -> None:
    keeper, start = keep
    child = start(SLEEPER)
    wait_for(lambda: child.alive)

    keeper.rest("child")
    child.kill()
    assert never(lambda: child.alive, seconds=0.5)

    keeper.resume("child")
    wait_for(lambda: child.alive)


def test_a_child_that_ignores_the_polite_end_is_killed_with_all_it_started(tmp_path: Path) -> None:
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
