"""The whole of Parley as child processes: `make run`, the chaos tests and the bench start it here."""

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from stack.child import PRIVATE_FOLDER, Child, ChildDied
from stack.engines import KafkaEngine, Nx, StoreEngine, Tansu
from stack.keeper import Keeper
from stack.keys import account_of, key_of
from stack.places import SERVICES, ReplicaPorts, environment, free_place
from stack.ports import HOST

ROOT = Path(__file__).parents[1]
START_WITHIN = 60.0
# Whose key the launcher itself calls the directory with (stack/people.py).
LAUNCHER = "stack"


class Stack:
    """Engines and services on loopback, each kept running. Names: `kafka`, `store`, and `<service>-<n>` from 1 for each replica.

    `data_dir` takes store, keys and logs. `place` gives each replica its ports (free ones unless told). An engine given as None
    is somebody else's: then `env` must name it. `env` reaches every service, over whatever the stack itself says.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        services: Sequence[str] = SERVICES,
        replicas: Mapping[str, int] | None = None,
        env: Mapping[str, str] | None = None,
        place: Callable[[str, int], ReplicaPorts] = free_place,
        kafka: KafkaEngine | type[KafkaEngine] | None = Tansu,
        store: StoreEngine | type[StoreEngine] | None = Nx,
        report: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.data_dir, self.keys, self.logs = data_dir, data_dir / "keys", data_dir / "logs"
        self.kafka = kafka(data_dir / "kafka", log=self.logs / "kafka.log") if isinstance(kafka, type) else kafka
        self.store = store(data_dir / "store", log=self.logs / "store.log") if isinstance(store, type) else store
        counts = dict.fromkeys(services, 1) | dict(replicas or {})
        self.places = {p.name: p for p in (place(service, n + 1) for service in counts for n in range(counts[service]))}
        self._env, self._report = dict(env or {}), report
        self._engines = {engine.name: engine for engine in (self.kafka, self.store) if engine is not None}
        self._children: dict[str, Child] = {}
        self._keeper: Keeper | None = None
        self._began = 0.0

    @property
    def http_url(self) -> str:
        """The first gateway, http://host:port."""
        return f"http://{HOST}:{self.places['gateway-1'].http_port}"

    def env_of(self, name: str) -> dict[str, str]:
        """The PARLEY_ variables that a replica is started with."""
        engines = {key: value for engine in self._engines.values() for key, value in engine.settings.items()}
        return {**engines, **environment(self.places[name], self.places.values(), self.keys), **self._env}

    def pids(self) -> dict[str, int]:
        """Name -> process id of all that run now, engines as well."""
        return {name: child.pid for name, child in self._all().items() if child.alive and child.pid is not None}

    def start(self) -> None:
        """Returns when every service says that it is ready; raises PortInUse or ChildDied, and then nothing is left running."""
        for engine in self._engines.values():
            engine.must_be_free()
        for place in self.places.values():
            place.must_be_free()
        account_of(self.keys, LAUNCHER, ["directory:write"])
        for service in {place.service for place in self.places.values()}:
            key_of(self.keys, service)
        for folder in (self.logs, *(engine.folder for engine in self._engines.values())):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(PRIVATE_FOLDER)  # also one of an earlier Parley
        self._began = time.monotonic()
        self._keeper = Keeper(self._report)
        try:
            self._launch_all(self._keeper)
        except BaseException:
            self.stop()
            raise

    def _launch_all(self, keeper: Keeper) -> None:
        for name, engine in self._engines.items():
            keeper.keep(name, engine)
        for name in self._engines:
            self._wait_first(name)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PARLEY_")}
        for name, place in self.places.items():
            command = [sys.executable, "-m", f"services.{place.service}"]
            self._children[name] = Child(name, command, self.logs / f"{name}.log", {**inherited, **self.env_of(name)}, ROOT)
            keeper.keep(name, self._children[name])
        for name in self.places:
            self._wait_first(name)

    def wait_ready(self, name: str, seconds: float = 30) -> None:
        """Blocks until the named one answers, whatever happened to it before; raises ChildDied after `seconds`."""
        self._wait(name, seconds, deaths=None)

    def is_ready(self, name: str) -> bool:
        if name in self._engines:
            return self._engines[name].answers()
        try:
            with urllib.request.urlopen(f"http://{self.places[name].metrics}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self, name: str) -> None:
        """kill -9; it is started again within a moment (`wait_ready` waits for that)."""
        self._all()[name].kill()

    def take_down(self, name: str) -> None:
        """kill -9, and it stays away until `bring_up`."""
        self._running().rest(name)
        self._all()[name].kill()

    def bring_up(self, name: str) -> None:
        self._running().resume(name)

    def stop(self) -> None:
        """Gracefully and in order: gateways, the other services, then the engines."""
        if self._keeper is None:
            return
        everyone = self._all()
        for name in everyone:
            self._keeper.rest(name)
        gateways = [name for name in everyone if name.startswith("gateway-")]
        others = [name for name in everyone if name in self.places and name not in gateways]
        for group in (gateways, others, list(self._engines)):
            for name in group:
                everyone[name].terminate()
            for name in group:
                everyone[name].stop()
        self._keeper.end()
        self._keeper = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _all(self) -> dict[str, Child]:
        engines = {name: engine.child for name, engine in self._engines.items() if engine.child is not None}
        return {**engines, **self._children}

    def _running(self) -> Keeper:
        if self._keeper is None:
            raise RuntimeError("the stack was not started")
        return self._keeper

    def _wait_first(self, name: str) -> None:
        self._wait(name, START_WITHIN, deaths=0)
        self._report(f"{name:<11} ready after {time.monotonic() - self._began:.1f} s")

    def _wait(self, name: str, seconds: float, deaths: int | None) -> None:
        ends = time.monotonic() + seconds
        while not self.is_ready(name):
            died = deaths is not None and self._running().deaths(name) > deaths
            if died or time.monotonic() > ends:
                child = self._all().get(name)
                what = "ended at its start" if died else f"was not ready within {seconds:.0f} s"
                log = f" The end of {child.log}:\n{child.last_lines()}" if child else ""
                raise ChildDied(f"{name} {what}.{log}")
            time.sleep(0.03)
