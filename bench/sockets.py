"""Measures up to 10,000 sockets on one gateway: the memory of each, how fast they connect, what they cost at rest, and their return after
SIGKILL of the gateway.

The sockets are of `PEOPLE` customers, whose pages are at rest. All come from one process (socket_load.py) at one address, so the gateway
trusts its proxy, as it does in production, and counts no connections of an address. The broker and the store are the embedded ones.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

import psutil

from bench.figures import cpu
from parley.tickets.v1 import directory_pb2 as directory
from stack.people import customer, entries, upsert
from stack.services import Stack
from stack.unlimited import UNLIMITED

PEOPLE = 100
GATEWAY = "gateway-1"
# For what is not a socket: start states and sign-ins.
OTHER_CONNECTIONS = 500
# Seconds until the work of the connects is done, and of the measurement at rest.
SETTLE, REST = 5.0, 20.0


def measure(sockets: int) -> list[dict[str, str]]:
    """A row of formatted cells for the first connects and one for the return of all."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_LOG_LEVEL": "warning", "PARLEY_GATEWAY_TRUST_PROXY": "true"}
        env["PARLEY_GATEWAY_MAX_CONNECTIONS"] = str(sockets + OTHER_CONNECTIONS)
        with Stack(Path(folder), env=env) as stack:
            return _measure(stack, sockets)


def _measure(stack: Stack, sockets: int) -> list[dict[str, str]]:
    ids = [f"bench{number}" for number in range(min(PEOPLE, sockets))]
    people = [directory.DirectoryEntry(person=customer(id, id, "acme", "")) for id in ids]
    asyncio.run(upsert(stack, [*entries(), *people]))
    command = [sys.executable, "-m", "bench.socket_load", "--url", stack.http_url, "--customers", ",".join(ids), "--sockets", str(sockets)]
    before = _memory(stack)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as generator:
        assert generator.stdin is not None and generator.stdout is not None
        connected = _next(generator.stdout)
        each = (_memory(stack) - before) / 1024 / sockets
        rows = [_row(f"{sockets:,} sockets connect, then rest", sockets, connected, f"{each:.1f}", *_at_rest(stack))]
        stack.kill(GATEWAY)
        generator.stdin.write("killed\n")
        generator.stdin.flush()
        began = time.perf_counter()
        stack.wait_ready(GATEWAY, 120)
        ready = time.perf_counter() - began
        back = _next(generator.stdout)
        rows.append(_row(f"all return after SIGKILL (gateway ready after {ready:.1f} s)", sockets, back, "-", "-", "-"))
        generator.stdin.close()
        generator.wait(60)
    return rows


def _next(output: IO[str]) -> dict[str, Any]:
    line = output.readline()
    if not line:
        raise SystemExit("the generator of sockets ended")
    measured: dict[str, Any] = json.loads(line)
    return measured


def _at_rest(stack: Stack) -> tuple[str, str]:
    """The CPU of the gateway and of all processes in percent of a core, while the pages only beat."""
    time.sleep(SETTLE)
    before, began = cpu(stack), time.perf_counter()
    time.sleep(REST)
    after, seconds = cpu(stack), time.perf_counter() - began
    used = {name: (after[name] - before[name]) / seconds * 100 for name in before}
    return f"{used[GATEWAY]:.1f}", f"{sum(used.values()):.1f}"


def _row(about: str, sockets: int, measured: dict[str, Any], each: str, gateway: str, everything: str) -> dict[str, str]:
    return {
        "situation": about,
        "all up after s": f"{measured['seconds']:.1f}",
        "connects a second": f"{sockets / measured['seconds']:.0f}",
        "slowest start ms": f"{measured['slowest_ms']:.0f}",
        "generator late ms": f"{measured['late_ms']:.0f}",
        "KiB a socket": each,
        "gateway at rest, % of a core": gateway,
        "all processes, %": everything,
    }


def _memory(stack: Stack) -> int:
    """The gateway's resident bytes."""
    return int(psutil.Process(stack.pids()[GATEWAY]).memory_info().rss)
