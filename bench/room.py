"""Measures one session in which one person speaks and 500 listen: deliveries a second, and what each costs the processes.

The listeners are engineers in the session, each with a socket (room_load.py). The broker is Apache Kafka and the store the one in memory.
"""

import asyncio
import json
import os
import subprocess
import sys

from bench.figures import cpu, quantile
from bench.messages import started
from parley.tickets.v1 import directory_pb2 as directory
from stack.people import EVERYTHING, customer, engineer, entries, upsert

LISTENERS = 500
ENGINES = "Apache Kafka, store in memory"
SPEAKER = "speaker"


def measure(seconds: float) -> list[dict[str, str]]:
    """A row of formatted cells."""
    with started(ENGINES) as stack:
        ids = [f"listener{number}" for number in range(LISTENERS)]
        people = [customer(SPEAKER, SPEAKER, "acme", ""), *(engineer(id, id, directory.ROLE_ENGINEER, EVERYTHING) for id in ids)]
        asyncio.run(upsert(stack, [*entries(), *(directory.DirectoryEntry(person=person) for person in people)]))
        command = [sys.executable, "-m", "bench.room_load", "--url", stack.http_url, "--customer", SPEAKER]
        command += ["--engineers", ",".join(ids), "--seconds", str(seconds)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as generator:
            assert generator.stdin is not None and generator.stdout is not None
            if generator.stdout.readline() != "ready\n":
                raise SystemExit("the generator of the room did not start")
            before = cpu(stack)
            generator.stdin.write("go\n")
            generator.stdin.flush()
            result = json.loads(generator.stdout.readline())
            after = cpu(stack)
    used = {name: after[name] - before[name] for name in before}
    deliveries, delays = max(1, result["deliveries"]), result["delays_ms"]
    return [
        {
            "listeners": f"{LISTENERS}",
            "deliveries/s": f"{deliveries / result['seconds']:.0f}",
            "deliveries a core-second of the gateway": f"{deliveries / max(used['gateway-1'], 0.001):.0f}",
            "all received after ms, p50": f"{quantile(delays, 0.5):.1f}",
            "p99": f"{quantile(delays, 0.99):.1f}",
            **{f"{name.removesuffix('-1')} us": f"{value * 1e6 / deliveries:.1f}" for name, value in used.items()},
        }
    ]
