"""The receivers that docs/webhooks.md shows, with real requests of the sender."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from servicekit.clock import SystemClock
from services.notify.domain.webhook import Webhook, WebhookEvent
from services.notify.domain.webhook_delivery import Answer
from services.notify.outbound.webhook_http import WebhookHttpClient
from services.notify.webhook_contract import sample_body
from stack.ports import free_port
from stack.services import ROOT
from tests.adapters.notify.webhook_world import STATUS_CHANGED
from tests.fakes.clock import START, TurnedClock
from tests.fakes.waiting import until

EXAMPLES = ROOT / "docs" / "webhooks"
NODE = shutil.which("node", path=f"{ROOT}/.venv/bin:{os.environ['PATH']}") or "node"


async def command_of(language: str, folder: Path) -> list[str]:
    if language == "python":
        return [sys.executable, str(EXAMPLES / "receiver.py")]
    compiler = ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
    types = ["--types", "node", "--typeRoots", str(ROOT / "web" / "node_modules" / "@types"), "--skipLibCheck", "--strict"]
    target = ["--module", "nodenext", "--target", "es2022", "--outDir", str(folder)]
    compiled = await asyncio.create_subprocess_exec(NODE, str(compiler), *types, *target, str(EXAMPLES / "receiver.ts"))
    assert await compiled.wait() == 0
    return [NODE, str(folder / "receiver.js")]


@asynccontextmanager
async def running(command: list[str], port: int) -> AsyncIterator[asyncio.StreamReader]:
    environ = {**os.environ, "WEBHOOK_SECRET": "s3cret"}
    process = await asyncio.create_subprocess_exec(
        *command, str(port), env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("language", ["python", "typescript"])
async def test_a_receiver_of_the_documents_accepts_genuine_requests_once(language: str, tmp_path: Path) -> None:  # spec 5.13
    port, clock = free_port(), SystemClock()
    hook = Webhook("w", "harbour", f"http://127.0.0.1:{port}/", "s3cret", frozenset(), True, START, "", START)
    event = WebhookEvent("w:s:1", "w", "s", STATUS_CHANGED, START, sample_body(clock.now()), 1)
    now, then = WebhookHttpClient(["127.0.0.1"], clock), WebhookHttpClient(["127.0.0.1"], TurnedClock())
    async with running(await command_of(language, tmp_path), port) as printed:

        async def listens() -> bool:
            return (await now.send(replace(hook, secret="forged"), event)).status == 401

        await until(listens)
        assert await then.send(hook, event) == Answer(401, "Status 401")
        assert [await now.send(hook, event) for _ in range(2)] == [Answer(204)] * 2
        assert await now.send(hook, replace(event, id="w:s:2")) == Answer(204)
        lines = [await printed.readline() for _ in range(2)]
    assert lines == [b"session_status_changed test created Test from Parley\n"] * 2
