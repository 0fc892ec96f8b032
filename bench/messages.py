"""Measures durable messages a second, the delay to the other side, and what a message costs each process.

*steady*: messages fall due at a fixed rate. *flat out*: each person sends the next message when the last one is accepted. The load comes
from another process (load.py), whose CPU and lateness are measured too. The hops of a message are in hops.py.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import cpu, quantile
from bench.hops import Hops
from bench.load import WARM_UP
from parley.tickets.v1 import directory_pb2 as directory
from stack.engines import ApacheKafka, KafkaEngine, MongoJavaServer, Nx, StoreEngine, Tansu
from stack.people import EVERYTHING, customer, engineer, entries, upsert
from stack.services import Stack
from stack.unlimited import UNLIMITED

# A page reports at most 50 sessions as shown. With more, each message would also lead to a notification.
SESSIONS_OF_AN_ENGINEER = 10

Row = dict[str, str]
Meanwhile = Callable[[Stack], AbstractContextManager[object]]
# Broker and store.
ENGINES: Mapping[str, tuple[type[KafkaEngine], type[StoreEngine]]] = {
    "embedded": (Tansu, Nx),
    "embedded, store in memory": (Tansu, MongoJavaServer),
    "Apache Kafka, store in memory": (ApacheKafka, MongoJavaServer),
}


@dataclass(frozen=True, slots=True)
class Load:
    """`pairs`: sessions of two people. `rate`: messages a second of all together; 0 = flat out."""

    pairs: int
    seconds: float
    rate: float = 0.0

    @property
    def name(self) -> str:
        return "steady" if self.rate else "flat out"


def measure(engines: Sequence[str], pairs: int, seconds: float, rate: float) -> tuple[list[Row], list[Row]]:
    """Rows of formatted cells for each of the engines, steady and flat out: the figures, and the milliseconds of each hop."""
    figures, hops = [], []
    for name in engines:
        with started(name) as stack:
            for number, load in enumerate((Load(pairs, seconds, rate), Load(pairs, seconds))):
                before = Hops.of(stack)
                about = {"engines": name, "load": load.name}
                figures.append(about | run_load(stack, load, f"bench{number}-"))
                hops.append(about | Hops.of(stack).since(before))
    return figures, hops


@contextmanager
def started(engines: str) -> Iterator[Stack]:
    """All of Parley on these engines, with the demo people."""
    kafka, store = ENGINES[engines]
    with tempfile.TemporaryDirectory() as folder:
        env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_LOG_LEVEL": "warning"}
        with Stack(Path(folder), kafka=kafka, store=store, env=env) as stack:
            yield stack


def run_load(stack: Stack, load: Load, prefix: str, meanwhile: Meanwhile = lambda stack: nullcontext()) -> Row:
    """Adds customers and engineers whose ids have this prefix, and opens a session of each customer. `meanwhile` surrounds the load."""
    customers = [f"{prefix}{number}" for number in range(load.pairs)]
    engineers = [f"{prefix}engineer-{number}" for number in range(-(-load.pairs // SESSIONS_OF_AN_ENGINEER))]
    people = [customer(id, id, "acme", "") for id in customers]
    people += [engineer(id, id, directory.ROLE_ENGINEER, EVERYTHING) for id in engineers]
    asyncio.run(upsert(stack, [*entries(), *(directory.DirectoryEntry(person=person) for person in people)]))
    command = [sys.executable, "-m", "bench.load", "--url", stack.http_url, "--customers", ",".join(customers)]
    command += ["--engineers", ",".join(engineers), "--seconds", str(load.seconds), "--rate", str(load.rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as generator:
        assert generator.stdin is not None and generator.stdout is not None
        if generator.stdout.readline() != "ready\n":
            raise SystemExit("the load generator did not start")
        with meanwhile(stack):
            before = cpu(stack)
            generator.stdin.write("go\n")
            generator.stdin.flush()
            result = json.loads(generator.stdout.readline())
            after = cpu(stack)
    return _cells(load, result, {name: after[name] - before[name] for name in before})


def _cells(load: Load, result: Mapping[str, Any], used: Mapping[str, float]) -> Row:
    delays = result["delays_ms"]
    # CPU was measured during the warm-up too, in which messages had the same rate.
    share = load.seconds / (load.seconds + WARM_UP) * 1e6 / max(1, result["messages"])
    return {
        "messages/s": f"{result['messages'] / load.seconds:.0f}",
        "p50 ms": f"{quantile(delays, 0.5):.1f}",
        "p99 ms": f"{quantile(delays, 0.99):.1f}",
        "all us": f"{sum(used.values()) * share:.0f}",
        **{f"{name.removesuffix('-1')} us": f"{seconds * share:.0f}" for name, seconds in used.items()},
        "generator us": f"{result['cpu_seconds'] * share:.0f}",
        "generator late ms": f"{result['late_ms']:.0f}",
    }
