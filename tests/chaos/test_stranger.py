"""An attacker floods a gateway while two people chat through it: the chat keeps working, and the probes respond."""

import asyncio
import contextlib
import stat
import sys
import time
from collections.abc import AsyncIterator

import httpx
import psutil

from stack.services import ROOT
from tests.adapters.gateway.raw import GET, Raw
from tests.journeys.desk import TestDesk

FLOOD_SECONDS = 5.0
# Spec 10.9 requires one second on a dedicated machine; the test prints the measured value.
MAX_P99 = 10.0
# Pipelined requests once used 1.2 GiB that was never freed.
MAX_ADDED_BYTES = 64 * 1024 * 1024


@contextlib.asynccontextmanager
async def stranger(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Floods the gateway for FLOOD_SECONDS, from the start of the block."""
    host, _, port = url.partition("://")[2].partition(":")
    arguments = ("-m", "tests.chaos.stranger", host, port, str(FLOOD_SECONDS))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_a_chat_keeps_working_while_an_attacker_floods_its_gateway(desk: TestDesk) -> None:  # spec 10.9
    mia, ava = await desk.page("mia"), await desk.page("ava")
    session_id = await desk.handled(mia, ava)
    mia.session(session_id)
    stack = desk.stack
    gateway = psutil.Process(stack.pids()["gateway-1"])
    before = gateway.memory_info().rss
    delays: list[float] = []
    probed: list[int] = []
    async with stranger(desk.gateways[0]) as process, httpx.AsyncClient(base_url=f"http://{stack.replicas['gateway-1'].metrics}") as probes:
        while process.returncode is None and len(delays) < 5_000:
            text, sent = f"message {len(delays)}", time.perf_counter()
            await ava.post(session_id, text).accepted
            await mia.until(lambda text=text: text in (message[1] for message in mia.session(session_id).messages[-1:]), text)  # type: ignore[misc]
            delays.append(time.perf_counter() - sent)
            if len(delays) % 20 == 1:
                probed += [(await probes.get(path)).status_code for path in ("/live", "/ready")]
            await asyncio.sleep(0.01)
        # The client, or the bound of a pipeline, ends the connection while files of earlier requests are being sent.
        for number in range(60):
            async with Raw(stack.replicas["gateway-1"].http_port) as raw:
                await raw.send(GET * (3 if number % 2 else 100))
                await (asyncio.sleep(number / 7_500) if number % 2 else raw.rest())
                raw.reset()
        metrics = (await probes.get("/metrics")).text
    assert len(delays) >= 5 and set(probed) == {200}
    p99 = sorted(delays)[int(len(delays) * 0.99)]
    added_bytes = gateway.memory_info().rss - before
    print(f"{len(delays)} messages, p99 {p99 * 1000:.0f} ms; the gateway grew by {added_bytes / 2**20:.0f} MiB")
    assert p99 < MAX_P99, f"p99 {p99:.3f} s of {len(delays)} messages"
    assert (mia.connects, ava.connects) == (1, 1)
    assert added_bytes < MAX_ADDED_BYTES
    assert all(f'parley_gateway_http_refusals_total{{reason="{reason}"}}' in metrics for reason in ("malformed", "pipeline"))
    log = (stack.logs / "gateway-1.log").read_text()
    assert not any(word in log for word in ("Invalid HTTP request", "Exception in ASGI", "request_failed"))


async def test_only_the_owner_can_read_the_files_of_the_stack(desk: TestDesk) -> None:
    stack = desk.stack
    for folder in (stack.data_dir, stack.logs, stack.data_dir / "kafka", stack.data_dir / "store", stack.keys):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    written = [file for folder in (stack.logs, stack.data_dir / "store", stack.keys) for file in folder.rglob("*") if file.is_file()]
    assert written and [file for file in written if file.stat().st_mode & 0o077] == []
