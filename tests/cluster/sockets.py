"""Open sockets of customers at rest, which reconnect by themselves. A process of its own holds them."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from parley.tickets.v1 import directory_pb2 as directory
from stack.people import customer
from tests.cluster.deployed import URL, Directory, is_ready, pods
from tests.cluster.samples import total
from tests.cluster.socket_metric import METRIC

# Each has many sockets, in as many windows.
HOLDERS = [f"holder{number}" for number in range(20)]


@asynccontextmanager
async def held(count: int, people: Directory) -> AsyncIterator[None]:
    """All are open when the context begins."""
    await people.write(*(directory.DirectoryEntry(person=customer(id, id, "acme", "")) for id in HOLDERS))
    command = ("-m", "bench.socket_load", "--url", URL, "--customers", ",".join(HOLDERS), "--sockets", str(count))
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(sys.executable, *command, stdin=pipe, stdout=pipe)
    assert holder.stdout is not None
    try:
        async with asyncio.timeout(240):
            assert await holder.stdout.readline(), "the process that holds the sockets has ended"
        yield
    finally:
        holder.terminate()
        await holder.wait()


def connections() -> float:
    """Of all ready gateways, by their own figures: sockets and idle connections for requests."""
    return sum(total(pod, METRIC) for pod in pods("gateway") if is_ready(pod))
