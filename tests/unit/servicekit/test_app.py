"""Parts start in order, stop in reverse, and report what they wait for."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from servicekit.app import App
from servicekit.errors import NotFound, Unavailable
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.probes import MAX_CONNECTIONS
from stack.ports import free_port
from tests.fakes.waiting import until


class Piece:
    """A part that records its starts and stops in a list."""

    waits_for = "its store"

    def __init__(self, name: str, calls: list[str], ready: bool = True, fails: bool = False, hangs: bool = False) -> None:
        self.name, self.calls, self.ready, self.fails, self.hangs = name, calls, ready, fails, hangs

    async def start(self) -> None:
        if self.fails:
            raise OSError(f"{self.name} can't")
        self.calls.append(f"start {self.name}")

    async def stop(self) -> None:
        self.calls.append(f"stop {self.name}")
        if self.hangs:
            await asyncio.Event().wait()


def app_of(*parts: Piece) -> App:
    return App("test", parts=parts, metrics=Metrics("test"), metrics_address="127.0.0.1:0")


async def test_parts_start_in_order_and_stop_in_reverse() -> None:
    calls: list[str] = []
    async with app_of(Piece("a", calls), Piece("b", calls)):
        assert calls == ["start a", "start b"]
    assert calls[2:] == ["stop b", "stop a"]


async def test_when_a_part_cannot_start_those_before_it_are_stopped() -> None:
    calls: list[str] = []
    with pytest.raises(OSError, match="b can't"):
        await app_of(Piece("a", calls), Piece("b", calls, fails=True), Piece("c", calls)).start()
    assert calls == ["start a", "stop b", "stop a"]


async def test_a_part_that_hangs_in_stop_does_not_prevent_the_others_from_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servicekit.app.STOP_SECONDS", 0.2)
    calls: list[str] = []
    app = app_of(Piece("a", calls), Piece("b", calls, hangs=True))
    await app.start()
    began = time.monotonic()
    await app.stop()
    assert calls[2:] == ["stop b", "stop a"]
    assert time.monotonic() - began < 5


async def test_the_probes_report_live_ready_and_the_reason_for_not_ready() -> None:
    waiting = Piece("a", [], ready=False)
    async with app_of(waiting) as app, httpx.AsyncClient(base_url=f"http://{app.probes.address}") as web:
        assert (await web.get("/live")).status_code == 200
        refused = await web.get("/ready")
        assert (refused.status_code, refused.text) == (503, "Piece waits for its store\n")
        waiting.ready = True
        assert (await web.get("/ready?x=1")).status_code == 200
        assert app.ready
        metrics = await web.get("/metrics")
        assert "process_cpu_seconds_total" in metrics.text
        assert (await web.get("/nothing")).status_code == 404
        assert (await web.post("/ready")).status_code == 405


async def test_a_probe_connection_without_valid_http_is_closed() -> None:
    async with app_of() as app:
        host, _, port = app.probes.address.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"x" * 20_000)
        await asyncio.wait_for(reader.read(), 10)
        writer.close()
        async with httpx.AsyncClient() as web:
            assert (await web.get(f"http://{app.probes.address}/live")).status_code == 200


async def test_connections_that_hang_on_the_probes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:  # spec 10.9
    monkeypatch.setattr("servicekit.probes.REQUEST_SECONDS", 0.3)
    async with app_of() as app:
        host, _, port = app.probes.address.partition(":")
        hanging = [await asyncio.open_connection(host, int(port)) for _ in range(MAX_CONNECTIONS + 20)]
        # Connections above the bound are closed at once, the others after the timeout; then new ones are accepted.
        assert [await asyncio.wait_for(reader.read(), 10) for reader, _ in hanging] == [b""] * len(hanging)
        async with httpx.AsyncClient() as web:
            assert (await web.get(f"http://{app.probes.address}/live")).status_code == 200
        for _, writer in hanging:
            writer.close()


async def test_a_loop_that_crashes_is_counted_and_restarted() -> None:
    metrics, rounds = Metrics("test"), 0

    async def run() -> None:
        nonlocal rounds
        rounds += 1
        if rounds < 3:
            raise RuntimeError("oh")
        await asyncio.Event().wait()

    loop = Loop("sweep", run, metrics)
    await loop.start()
    await until(lambda: rounds == 3)
    await loop.stop()

    assert metrics.registry.get_sample_value("parley_test_loop_crashes_total", {"loop": "sweep"}) == 2


async def test_a_store_outage_in_a_loop_is_not_counted_as_a_crash(capsys: pytest.CaptureFixture[str]) -> None:  # spec 12.2
    metrics, rounds = Metrics("test"), 0

    async def run() -> None:
        nonlocal rounds
        rounds += 1
        if rounds < 4:
            raise Unavailable("The store does not answer.")
        if rounds == 4:
            raise NotFound("a defect with a typed error")
        await asyncio.Event().wait()

    loop = Loop("sweep", run, metrics)
    await loop.start()
    await until(lambda: rounds == 5)
    await loop.stop()

    assert metrics.registry.get_sample_value("parley_test_loop_crashes_total", {"loop": "sweep"}) == 1
    output = capsys.readouterr().out
    assert (output.count("loop_waits"), output.count("loop_crashed")) == (1, 1)


PROGRAM = """
import gc
from dataclasses import dataclass
from servicekit.app import App, Part, main
from servicekit.common_settings import CommonSettings
from servicekit.metrics import Metrics
from servicekit.probes import MAX_CONNECTIONS
from servicekit.settings import setting

@dataclass(frozen=True, kw_only=True)
class Settings(CommonSettings):
    probes: str = setting("Where", env="X_PROBES")

class Slow:
    ready = True
    async def start(self): print("started", flush=True)
    async def stop(self): print("stopped", flush=True)

class Broken(Slow):
    broken = None
    async def start(self): self.broken = ValueError("two partitions, four are expected")

class Counted(Slow):
    async def stop(self): print(*gc.get_threshold(), gc.get_freeze_count() > len(gc.get_objects()), flush=True)

def wire(settings):
    part = {"broken": Broken, "counted": Counted}.get(settings.replica, Slow)()
    return App("x", parts=[part], metrics=Metrics("x"), metrics_address=settings.probes)

main("x", Settings, wire)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    probes = f"127.0.0.1:{free_port()}"
    needed = {"PARLEY_KAFKA": "k:1", "PARLEY_MONGO": "mongodb://u:hush@h/", "PARLEY_KEYS": str(tmp_path), "X_PROBES": probes}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[3]), **needed}


Program = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def program(environment: dict[str, str]) -> Iterator[Program]:
    """Starts the program with the given arguments; variables that are None are left out."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **variables: str | None) -> "subprocess.Popen[str]":
        env = {name: value for name, value in {**environment, **variables}.items() if value is not None}
        command = [sys.executable, "-c", PROGRAM, *arguments]
        started.append(subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_limit_of_open_files_is_raised_and_logged(program: Program) -> None:  # spec 10.9
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
        process = program()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert process.stdout is not None
    lines = [json.loads(process.stdout.readline())]
    assert [(line["event"], line["was"], line["now"]) for line in lines] == [("file_limit", 256, limits[1])]


def test_sigterm_stops_every_part_and_ends_with_zero(program: Program) -> None:
    process = program()
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)][1] == "started\n"
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert "stopped\n" in out
    assert process.returncode == 0


def test_the_garbage_collector_does_not_look_next_call_at_what_is_there_after_the_start(program: Program) -> None:
    process = program(PARLEY_REPLICA="counted")
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)][1] == "started\n"
    process.send_signal(signal.SIGTERM)
    assert "10000 5 5 True\n" in process.communicate(timeout=60)[0]


def test_a_missing_setting_ends_the_start_with_one_line_and_no_secret(program: Program) -> None:
    process = program(PARLEY_KAFKA=None)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.startswith("PARLEY_KAFKA is not set.")
    assert err.count("\n") == 1
    assert "hush" not in err


@pytest.mark.parametrize(("variable", "value"), [("PARLEY_LOG_LEVEL", "loud"), ("PARLEY_LOG_FORMAT", "xml")])
def test_a_setting_outside_its_choices_is_named(program: Program, variable: str, value: str) -> None:
    process = program(**{variable: value})
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.startswith(f"{variable} is '{value}'.")


def test_a_permanently_broken_part_ends_the_process_with_its_reason(program: Program) -> None:
    process = program(PARLEY_REPLICA="broken")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "two partitions, four are expected" in err


def test_settings_are_printed_as_a_table(program: Program) -> None:
    process = program("--settings")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "| `PARLEY_MONGO` | required | MongoDB URL" in out
    assert "hush" not in out


def test_a_reader_that_has_read_enough_of_the_settings_causes_no_error(program: Program) -> None:
    process = program("--settings")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stdout = None
