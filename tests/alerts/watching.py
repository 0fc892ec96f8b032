"""Prometheus on the services of a stack, with the chart's rules made quick."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from stack.ports import HOST, free_port
from stack.services import Stack
from stack.setup.steps import VENV
from tests.alerts.quick_rules import rules


class Watch:
    """Which alerts fire."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def firing(self) -> set[str]:
        async with httpx.AsyncClient(timeout=30) as client:
            data: Any = (await client.get(f"http://{self._address}/api/v1/alerts")).raise_for_status().json()["data"]
        return {alert["labels"]["alertname"] for alert in data["alerts"] if alert["state"] == "firing"}

    async def until_firing(self, wanted: set[str], allowed: set[str], seconds: float = 120) -> None:
        """Waits until all of `wanted` fire, also one after the other; fails as soon as another one fires that is not in `allowed`."""
        ends, seen = time.monotonic() + seconds, set[str]()
        while not wanted <= seen:
            now = await self.firing()
            assert now <= wanted | allowed, f"fires without its fault: {sorted(now - wanted - allowed)}"
            seen |= now
            assert time.monotonic() < ends, f"does not fire in its fault: {sorted(wanted - seen)}"
            await asyncio.sleep(0.5)


@contextmanager
def prometheus(stack: Stack, folder: Path) -> Iterator[Watch]:
    """Scrapes each replica, with the labels of the chart's PodMonitor. Every replica was scraped once when it is entered."""
    folder.mkdir()
    targets = [{"targets": [one.metrics], "labels": {"service": one.service, "pod": one.name}} for one in stack.replicas.values()]
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(folder / "rules.yaml")],
        "scrape_configs": [{"job_name": "parley", "static_configs": targets}],
    }
    (folder / "rules.yaml").write_text(yaml.safe_dump(rules()))
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    address = f"{HOST}:{free_port()}"
    options = (f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}")
    with (folder / "log").open("wb") as log, subprocess.Popen([VENV / "bin/prometheus", *options], stdout=log, stderr=log) as process:
        try:
            _wait_until_scraped(address, len(targets))
            yield Watch(address)
        finally:
            process.kill()


def _wait_until_scraped(address: str, replicas: int) -> None:
    """An increase counts nothing before the first scrape."""
    ends = time.monotonic() + 60
    while True:
        try:
            answer = httpx.get(f"http://{address}/api/v1/query", params={"query": "count(up == 1)"}).raise_for_status()
            found: Any = answer.json()["data"]["result"]
            if found and int(found[0]["value"][1]) == replicas:
                return
        except httpx.HTTPError as error:
            assert time.monotonic() < ends, f"Prometheus does not answer: {error}"
        assert time.monotonic() < ends, f"Prometheus has not scraped {replicas} replicas"
        time.sleep(0.1)
