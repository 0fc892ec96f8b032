"""A service as a list of parts that start in order and stop in reverse, its probes, and the `main` of every service."""

import argparse
import asyncio
import gc
import os
import signal
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
# Seconds between two checks of readiness and of broken parts: while the service is not healthy, and while it is.
POLL_SECONDS, HEALTHY_POLL_SECONDS = 0.5, 1.0
# A Kafka reader restarts in less time, so a restart does not fail health checks.
UNHEALTHY_AFTER = 2.0
# After how many new objects Python's garbage collector looks at them (its default is 700), and after how many such rounds at older ones too
# (its default is 10). Reference counts free nearly all objects before. Higher numbers would keep old objects
# in cycles, and their memory, for longer.
COLLECT_AFTER, COLLECT_OLDER_AFTER = 10_000, 5


class Part(Protocol):
    """Something that runs from `start` to `stop`. `start` does not wait for a dependency that is down: it connects in the background.

    A part may have `waits_for: str`, which /ready shows while the part is not ready; `broken: Exception | None`, an error that ends the
    process; and `async show_health(healthy: bool)`, which the app calls when its own health changes. The app is healthy once it is
    ready, and unhealthy once it has not been ready for UNHEALTHY_AFTER seconds. Before the first call a part reports unhealthy.
    """

    @property
    def ready(self) -> bool: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class App:
    """A whole service. As an async context manager it starts on entry and stops on exit."""

    def __init__(self, name: str, *, parts: Sequence[Part], metrics: Metrics, metrics_address: str, drain_seconds: float = 0) -> None:
        self.name, self.parts, self.metrics, self._drain_seconds = name, list(parts), metrics, drain_seconds
        self.probes = Probes(metrics_address, metrics, self.not_ready)
        self._started: list[Part] = []
        self._all_started = self._stopping = False
        metrics.gauge("ready", "1 while this replica is ready, else 0").set_function(lambda: float(self.ready))
        self._health_loop = Loop("health", self._show_health, metrics)
        # Called when a part is broken.
        self.on_broken: Callable[[], None] = lambda: None

    @property
    def ready(self) -> bool:
        return not self.not_ready()

    def not_ready(self) -> list[str]:
        """One line for each part that is not ready."""
        if self._stopping:
            return ["stopping"]
        if not self._all_started:
            return ["starting"]
        return [f"{type(part).__name__} waits for {getattr(part, 'waits_for', 'its start')}" for part in self.parts if not part.ready]

    @property
    def broken(self) -> Exception | None:
        """The first error that no restart fixes."""
        return next((reason for part in self.parts if (reason := getattr(part, "broken", None)) is not None), None)

    async def start(self) -> None:
        """Starts the probes, then the parts in order. If one fails, stops those before it and raises its error."""
        try:
            for part in (self.probes, *self.parts):
                self._started.append(part)
                await part.start()
        except BaseException:
            await self.stop()
            raise
        self._all_started = True
        await self._health_loop.start()
        log.info("started", app=self.name)

    async def announce_stop(self, seconds: float) -> None:
        """Becomes not ready and unhealthy at once, and continues to serve for `seconds`, until every balancer has noticed."""
        self._stopping = True
        log.info("stopping", app=self.name, seconds=seconds)
        await self._health_loop.stop()
        await self._show(False)
        await asyncio.sleep(seconds)

    async def stop(self) -> None:
        """Stops the parts in reverse, all within 10 s and `drain_seconds`. A part that takes too long is cancelled."""
        self._stopping = True
        await self._health_loop.stop()
        deadline = time.monotonic() + STOP_SECONDS + self._drain_seconds
        while self._started:
            part = self._started.pop()
            try:
                async with asyncio.timeout(max(deadline - time.monotonic(), 0.1)):
                    await part.stop()
            except TimeoutError:
                log.error("stop_took_too_long", part=type(part).__name__)
            except Exception:
                log.exception("stop_failed", part=type(part).__name__)
        log.info("stopped", app=self.name)

    async def _show_health(self) -> None:
        shown, ready_at = False, time.monotonic()
        while True:
            if self.broken is not None:
                self.on_broken()
            ready, now = self.ready, time.monotonic()
            ready_at = now if ready else ready_at
            healthy = ready or (shown and now - ready_at < UNHEALTHY_AFTER)
            if healthy != shown:
                shown = healthy
                await self._show(healthy)
            await asyncio.sleep(HEALTHY_POLL_SECONDS if ready and healthy else POLL_SECONDS)

    async def _show(self, healthy: bool) -> None:
        for part in self.parts:
            if show := getattr(part, "show_health", None):
                await show(healthy)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()


def main(name: str, settings_class: type[S], wire: Callable[[S], App]) -> None:
    """Runs a service's process. `--settings` prints the table of settings. Exits with one line and code 2 for an invalid setting."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{name}")
    parser.add_argument("--settings", action="store_true", help="print every setting as a Markdown table")
    if parser.parse_args().settings:
        # Python reports a reader that has read enough, such as `head`, as an error.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        print(table(settings_class))
        return
    try:
        settings = load(settings_class, os.environ)
        logs.configure(settings.log_level, settings.log_format, service=name, replica=settings.replica)
    except SettingsError as error:
        parser.exit(2, f"{error}\n")
    raise_file_limit()
    tracing.setup(name, settings.traces)
    try:
        uvloop.run(_run(wire, settings))
    except (OSError, Broken) as error:
        parser.exit(1, f"{error}\n")


async def _run(wire: Callable[[S], App], settings: S) -> None:
    stop_requested = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop_requested.set)
    async with wire(settings) as app:
        app.on_broken = stop_requested.set
        _collect_rarely()
        await stop_requested.wait()
        if app.broken is not None:
            raise Broken(str(app.broken))
        await app.announce_stop(settings.stop_delay)


def _collect_rarely() -> None:
    """What is there after the start (code, settings, contracts) stays until the end, so the collector does not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, COLLECT_OLDER_AFTER, COLLECT_OLDER_AFTER)
