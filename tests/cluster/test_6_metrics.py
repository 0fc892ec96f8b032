"""Prometheus on the real pods: every panel of the dashboards has data, and no alert fires while all is well."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from stack.setup.steps import VENV
from tests.cluster import deployed
from tests.cluster.deployed import CHART, SERVICES, Directory, Json, pods
from tests.cluster.talks import Talks
from tests.deploy.test_dashboards import BOARDS

ADDRESS = "127.0.0.1:9091"
# Of the dashboards' panels those of faults, and of what no page of these tests does: they have no series until the first one.
WITHOUT_DATA: set[str] = set()


@pytest.fixture
def prometheus(tmp_path: Path, parley: Directory) -> Iterator[None]:
    # Debian's Prometheus does not know Kubernetes, so it gets the pods as files, with the labels of the chart's PodMonitor.
    targets = [
        {"targets": [f"{pod['status']['podIP']}:{port}"], "labels": {"service": service, "pod": pod["metadata"]["name"]}}
        for service in SERVICES
        for pod in pods(service)
        for port in metrics_ports(pod)
    ]
    config = {
        "global": {"scrape_interval": "2s", "evaluation_interval": "2s"},
        "rule_files": [str(CHART / "files/alerts/*.yaml")],
        "scrape_configs": [{"job_name": "parley", "static_configs": targets}],
    }
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(config))
    options = (f"--config.file={tmp_path}/prometheus.yaml", f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address={ADDRESS}")
    with (tmp_path / "log").open("wb") as log, subprocess.Popen([VENV / "bin/prometheus", *options], stdout=log, stderr=log) as process:
        yield
        process.kill()


def metrics_ports(pod: Json) -> list[int]:
    return [port["containerPort"] for container in pod["spec"]["containers"] for port in container["ports"] if port["name"] == "metrics"]


@pytest.mark.timeout(600)
async def test_every_panel_has_data_and_no_alert_fires(prometheus: None, talks: Talks) -> None:  # spec 12.2, 12.3
    queries = {target["expr"]: panel["title"] for board in BOARDS.values() for panel in board["panels"] for target in panel["targets"]}

    def empty() -> set[str]:
        return {title for query, title in queries.items() if not ask("query", query=query)["result"]}

    def complete() -> bool:
        return empty() <= WITHOUT_DATA

    await asyncio.to_thread(deployed.until, complete, "every panel has data", 180)
    firing = [alert["labels"]["alertname"] for alert in ask("alerts")["alerts"] if alert["state"] == "firing"]
    assert firing == []


def ask(what: str, **query: str) -> Any:
    """Nothing until Prometheus answers."""
    try:
        return httpx.get(f"http://{ADDRESS}/api/v1/{what}", params=query, timeout=30).raise_for_status().json()["data"]
    except httpx.TransportError:
        return {"result": [], "alerts": []}
