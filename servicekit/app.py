"""A service as a list of parts that start in order and stop in reverse; its probes; and `main`, the same for all."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol, Self, TypeVar

import uvloop

from servicekit import logs, tracing
from servicekit.common_settings import CommonSettings
from servicekit.file_limit import raise_file_limit
from servicekit.logs import log
from servicekit.loop import Broken, Loop
from servicekit.metrics import Metrics
from servicekit.probes import Probes
from servicekit.settings import SettingsError, load, table

S = TypeVar("S", bound=CommonSettings)
STOP_SECONDS = 9.0
LOOK_SECONDS = 0.5
# A reader that starts over is back within less: nobody is sent elsewhere for that.
UNWELL_AFTER = 2.0


class Part(Protocol):
    """Something that runs from `start` to `stop`. `start` must not wait for what may be down: it goes on behind, not ready.

    A part may have `waits_for: str`, which /ready shows while it is not ready, and `broken: Exception | None`: once that is set no
    waiting helps, and the process ends with that reason. One with `async show_health(well: bool)` is told how the whole app is: well as
    soon as it is ready, unwell once it has not been for UNWELL_AFTER seconds. Until it is told it shows unwell.
    """

    @property
    def ready(self) -> bool: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class App:
    """A whole service. Also an async context manager: started inside, stopped after."""

    def __init__(self, name: str, *, parts: Sequence[Part], metrics: Metrics, metrics_address: str) -> None:
        self.name, self.parts, self.metrics = name, list(parts), metrics
        self.probes = Probes(metrics_address, metrics, self.not_ready)
        self._started: list[Part] = []
        self._all_started = False
        self._showing = Loop("health", self._show_health, metrics)

    @property
    def ready(self) -> bool:
        return not self.not_ready()

    def not_ready(self) -> list[str]:
        """One line for each part that is not ready."""
        if not self._all_started:
            return ["starting"]
        return [f"{type(part).__name__} waits for {getattr(part, 'waits_for', 'its start')}" for part in self.parts if not part.ready]

    @property
    def broken(self) -> Exception | None:
        """Why it can't go on, if so."""
        return next((reason for part in self.parts if (reason := getattr(part, "broken", None)) is not None), None)

    async def start(self) -> None:
        """In order, probes first. If one fails, those before it are stopped and its error is raised."""
        try:
            for part in (self.probes, *self.parts):
                self._started.append(part)
                await part.start()
        except BaseException:
            await self.stop()
            raise
        self._all_started = True
        await self._showing.start()
        log.info("started", app=self.name)

    async def stop(self) -> None:
        """In reverse, all within 10 s; a part that takes too long is cancelled and left."""
        self._all_started = False
        await self._showing.stop()
        ends = time.monotonic() + STOP_SECONDS
        while self._started:
            part = self._started.pop()
            try:
                async with asyncio.timeout(max(ends - time.monotonic(), 0.1)):
                    await part.stop()
            except TimeoutError:
                log.error("stop_took_too_long", part=type(part).__name__)
            except Exception:
                log.exception("stop_failed", part=type(part).__name__)
        log.info("stopped", app=self.name)

    async def _show_health(self) -> None:
        shown, ready_at = False, time.monotonic()
        while True:
            ready, now = self.ready, time.monotonic()
            ready_at = now if ready else ready_at
            well = ready or (shown and now - ready_at < UNWELL_AFTER)
            if well != shown:
                shown = well
                for part in self.parts:
                    if show := getattr(part, "show_health", None):
                        await show(well)
            await asyncio.sleep(LOOK_SECONDS)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()


def main(name: str, settings_class: type[S], wire: Callable[[S], App]) -> None:
    """A service's process. `--settings` prints the table of settings; a bad one ends the start with one line and code 2."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{name}")
    parser.add_argument("--settings", action="store_true", help="print every setting as a Markdown table")
    if parser.parse_args().settings:
        print(table(settings_class))
        return
    try:
        settings = load(settings_class, os.environ)
        logs.configure(settings.log_level, settings.log_format, service=name, replica=settings.replica)
    except SettingsError as error:
        sys.exit(_complain(str(error), 2))
    raise_file_limit()
    tracing.setup(name, settings.otlp_endpoint)
    try:
        uvloop.run(_run(wire, settings))
    except (OSError, Broken) as error:
        sys.exit(_complain(str(error), 1))


async def _run(wire: Callable[[S], App], settings: S) -> None:
    stop_asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop_asked.set)
    async with wire(settings) as app:
        while not stop_asked.is_set():
            if app.broken is not None:
                raise Broken(str(app.broken))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await stop_asked.wait()


def _complain(line: str, code: int) -> int:
    print(line, file=sys.stderr)
    return code
