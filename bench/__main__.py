"""`make bench`: durable messages per second, delay to the other side and CPU of each process, on two stores; then alerts and presence.

The figures depend on the machine and its load. Compare rows of one run with each other, not with those of another machine.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import alerts, presence, scale
from bench.figures import cpu, quantile, show
from parley.tickets.v1 import directory_pb2 as directory
from stack.engines import MongoJavaServer, Nx, StoreEngine
from stack.people import PEOPLE, customer, entries, upsert
from stack.services import Stack
from stack.setup.programs import need_java
from stack.unlimited import UNLIMITED

STORES: dict[str, type[StoreEngine]] = {"embedded": Nx, "in memory": MongoJavaServer}
SESSIONS = 40


def main() -> None:
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__)
    arguments.add_argument("--seconds", type=float, default=10, help="duration of each measurement, after 2 s of warm-up")
    arguments.add_argument("--rate", type=float, default=100, help="messages per second of the steady measurement")
    arguments.add_argument("--presence", action="store_true", help="measure only the cost of a change of presence")
    arguments.add_argument("--alerts", action="store_true", help="measure only the time from a request for a chat to its alert")
    scale.add_options(arguments)
    given = arguments.parse_args()
    need_java()
    if given.scale is not None:
        scale.run(given)
        return
    if not given.presence and not given.alerts:
        rows = [row for store in STORES for row in measure(store, given.seconds, given.rate)]
        show([cells(row) for row in rows], "CPU in microseconds for each message")
    if not given.presence:
        show(alerts.measure(), "CPU in milliseconds for each request for a chat")
    if not given.alerts:
        show(presence.measure(given.seconds), "CPU in microseconds for each change of presence")


def measure(store: str, seconds: float, rate: float) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_LOG_LEVEL": "warning"}
        with Stack(Path(folder), store=STORES[store], env=env) as stack:
            people = [f"bench{number}" for number in range(2 * SESSIONS)]
            asyncio.run(make_people(stack, people))
            loads = {"steady": (people[:SESSIONS], rate), "flat out": (people[SESSIONS:], 0.0)}
            return [{"store": store, "load": load, **run_load(stack, who, seconds, pace)} for load, (who, pace) in loads.items()]


async def make_people(stack: Stack, people: Sequence[str]) -> None:
    made = [customer(id, id, "acme", "") for id in people]
    await upsert(stack, [*entries(), *(directory.DirectoryEntry(person=person) for person in made)])


def run_load(stack: Stack, people: Sequence[str], seconds: float, rate: float) -> dict[str, object]:
    engineers = [person.id for person in PEOPLE if person.kind == directory.PERSON_KIND_ENGINEER]
    command = [sys.executable, "-m", "bench.load", "--url", stack.http_url, "--customers", ",".join(people)]
    command += ["--engineers", ",".join(engineers), "--seconds", str(seconds), "--rate", str(rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as load:
        assert load.stdin is not None and load.stdout is not None
        if load.stdout.readline() != "ready\n":
            raise SystemExit("the load generator did not start")
        before = cpu(stack)
        load.stdin.write("go\n")
        load.stdin.flush()
        result = json.loads(load.stdout.readline())
        after = cpu(stack)
    delays, total = result["delays_ms"], max(1, result["messages"])
    # CPU was measured during the warm-up too, in which messages had the same rate.
    share = seconds / (seconds + 2.0)
    used = {name: (after[name] - before[name]) * 1e6 * share / total for name in before}
    return {
        "rate": result["messages"] / seconds,
        "p50": quantile(delays, 0.5),
        "p99": quantile(delays, 0.99),
        "cpu": {name: round(value) for name, value in used.items()},
    }


def cells(row: dict[str, object]) -> dict[str, str]:
    figures: dict[str, int] = row["cpu"]  # type: ignore[assignment]
    columns = {"store": str(row["store"]), "load": str(row["load"])}
    columns |= {"messages/s": f"{row['rate']:.0f}", "p50 ms": f"{row['p50']:.1f}", "p99 ms": f"{row['p99']:.1f}"}
    return {**columns, **{f"{name} us": str(figure) for name, figure in figures.items()}}


if __name__ == "__main__":
    main()
