"""All of Parley as child processes. `make run`, the journey tests, the chaos tests and the benchmarks use it."""

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from servicekit.grpc_tls import TlsFiles
from stack.child import Child, ChildDied, private_folder
from stack.engines import KafkaEngine, Nx, StoreEngine, Tansu
from stack.keeper import Keeper
from stack.keys import account_of, keep_private, key_of
from stack.ports import HOST
from stack.replicas import SERVICES, ReplicaPorts, environment, free_ports_of

ROOT = Path(__file__).parents[1]
START_WITHIN = 60.0
# The service account with which the launcher itself calls the directory (stack/people.py).
LAUNCHER = "stack"


class Stack:
    """Engines and services on loopback, each restarted when it ends. Names: `kafka`, `store`, `<service>-<n>` (n from 1) for each replica.

    `data_dir` holds store, keys and logs. `counts` sets the number of replicas of a service, by default one. `ports_of` returns the ports
    of a replica, by default free ones. An engine given as None runs elsewhere, and `env` must name it. `env` is passed to every
    service and overrides the stack's own variables.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        services: Sequence[str] = SERVICES,
        counts: Mapping[str, int] | None = None,
        env: Mapping[str, str] | None = None,
        ports_of: Callable[[str, int], ReplicaPorts] = free_ports_of,
        kafka: KafkaEngine | type[KafkaEngine] | None = Tansu,
        store: StoreEngine | type[StoreEngine] | None = Nx,
        report: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.data_dir, self.keys, self.logs = data_dir, data_dir / "keys", data_dir / "logs"
        self.kafka = kafka(data_dir / "kafka", log=self.logs / "kafka.log") if isinstance(kafka, type) else kafka
        self.store = store(data_dir / "store", log=self.logs / "store.log") if isinstance(store, type) else store
        numbers = [(service, n + 1) for service in services for n in range((counts or {}).get(service, 1))]
        self.replicas = {replica.name: replica for replica in (ports_of(service, number) for service, number in numbers)}
        self._env, self._report = dict(env or {}), report
        self._engines = {engine.name: engine for engine in (self.kafka, self.store) if engine is not None}
        self._children: dict[str, Child] = {}
        self._keeper: Keeper | None = None
        self._began = 0.0

    @property
    def http_url(self) -> str:
        """The first gateway, http://host:port."""
        return f"http://{HOST}:{self.replicas['gateway-1'].http_port}"

    @property
    def tls(self) -> TlsFiles | None:
        """The certificates of calls between services, if `env` names some."""
        files = [self._env.get(f"PARLEY_TLS_{name}", "") for name in ("CERT", "KEY", "CA")]
        return TlsFiles(*files) if all(files) else None

    def env_of(self, name: str) -> dict[str, str]:
        """The PARLEY_ variables of a replica's environment."""
        engines = {key: value for engine in self._engines.values() for key, value in engine.settings.items()}
        # With one gateway, pages that wait for their turn to leave only delay its stop.
        alone = {"PARLEY_GATEWAY_DRAIN_SECONDS": "0"} if "gateway-2" not in self.replicas else {}
        return {**engines, **alone, **environment(self.replicas[name], self.replicas.values(), self.keys), **self._env}

    def pids(self) -> dict[str, int]:
        """Name -> process id of all running services and engines."""
        return {name: child.pid for name, child in self._all().items() if child.alive and child.pid is not None}

    def start(self) -> None:
        """Returns when every service is ready. Raises PortInUse or ChildDied; then no process is left running."""
        for engine in self._engines.values():
            engine.must_be_free()
        for replica in self.replicas.values():
            replica.must_be_free()
        for folder in (self.data_dir, self.keys, self.logs, *(engine.folder for engine in self._engines.values())):
            private_folder(folder)
        keep_private(self.keys)
        account_of(self.keys, LAUNCHER, ["directory:write"])
        for service in {replica.service for replica in self.replicas.values()}:
            key_of(self.keys, service)
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
        for name, replica in self.replicas.items():
            command = [sys.executable, "-m", f"services.{replica.service}"]
            self._children[name] = Child(name, command, self.logs / f"{name}.log", {**inherited, **self.env_of(name)}, ROOT)
            keeper.keep(name, self._children[name])
        for name in self.replicas:
            self._wait_first(name)

    def wait_ready(self, name: str, seconds: float = 30) -> None:
        """Blocks until the service or engine is ready, even if it ended before; raises ChildDied after `seconds`."""
        self._wait(name, seconds, exits_allowed=None)

    def is_ready(self, name: str) -> bool:
        if name in self._engines:
            return self._engines[name].answers()
        try:
            with urllib.request.urlopen(f"http://{self.replicas[name].metrics}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self, name: str) -> None:
        """Sends SIGKILL. The keeper restarts the process; `wait_ready` waits for that."""
        self._all()[name].kill()

    def terminate(self, name: str) -> None:
        """Sends SIGTERM and returns without waiting. The process is not restarted until `bring_up`."""
        self._running().rest(name)
        self._all()[name].terminate()

    def take_down(self, name: str) -> None:
        """Sends SIGKILL. The process is not restarted until `bring_up`."""
        self._running().rest(name)
        self._all()[name].kill()

    def bring_up(self, name: str) -> None:
        self._running().resume(name)

    def stop(self) -> None:
        """Sends SIGTERM to the gateways, then to the other services, then to the engines, and waits for each group."""
        if self._keeper is None:
            return
        children = self._all()
        for name in children:
            self._keeper.rest(name)
        gateways = [name for name in children if name.startswith("gateway-")]
        others = [name for name in children if name in self.replicas and name not in gateways]
        for group in (gateways, others, list(self._engines)):
            for name in group:
                children[name].terminate()
            for name in group:
                children[name].stop()
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
        self._wait(name, START_WITHIN, exits_allowed=0)
        self._report(f"{name:<11} ready after {time.monotonic() - self._began:.1f} s")

    def _wait(self, name: str, seconds: float, exits_allowed: int | None) -> None:
        ends = time.monotonic() + seconds
        while not self.is_ready(name):
            ended = exits_allowed is not None and self._running().exits(name) > exits_allowed
            if ended or time.monotonic() > ends:
                child = self._all().get(name)
                what = "ended during its start" if ended else f"was not ready within {seconds:.0f} s"
                log = f" The end of {child.log}:\n{child.last_lines()}" if child else ""
                raise ChildDied(f"{name} {what}.{log}")
            time.sleep(0.03)
