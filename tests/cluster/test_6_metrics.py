"""Prometheus on the real pods: every panel of the dashboards has data, no alert on a fault fires while all is well, and services call only
those that the network policies allow."""

import asyncio
import contextlib
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from stack.setup.steps import VENV
from tests.cluster import deployed
from tests.cluster.deployed import CHART, SERVICES, Directory, pods
from tests.cluster.samples import metrics_addresses
from tests.cluster.talks import Talks
from tests.deploy.calls import COUNTED, Pairs, listed, made
from tests.deploy.test_dashboards import BOARDS

ADDRESS = "127.0.0.1:9091"
# Panels of what only browsers report, and of faults: they have no series until the first one.
WITHOUT_DATA = {
    *("The whole round trip as pages see it", "Read positions from pages"),
    *("3 Posts that were not accepted", "Beyond a rate limit", "Calls that failed", "Refused unserved", "Replicas that are not ready"),
    "Sockets closed by the gateway",
}

# Alerts on objectives depend on how fast the machine is.
FAULTS = {rule["alert"] for group in yaml.safe_load((CHART / "files/alerts/faults.yaml").read_text())["groups"] for rule in group["rules"]}


@pytest.fixture
def prometheus(tmp_path: Path, parley: Directory) -> Iterator[None]:
    # Debian's Prometheus does not know Kubernetes, so it gets the pods as files, with the labels of the chart's PodMonitor.
    targets = [
        {"targets": metrics_addresses(pod), "labels": {"service": service, "pod": pod["metadata"]["name"]}}
        for service in SERVICES
        for pod in pods(service)
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


@pytest.mark.timeout(600)
async def test_every_panel_has_data_and_no_alert_on_a_fault_fires(prometheus: None, talks: Talks) -> None:  # spec 12.2, 12.3
    titles = {target["expr"]: panel["title"] for board in BOARDS.values() for panel in board["panels"] for target in panel["targets"]}

    def empty() -> set[str]:
        return {title for query, title in titles.items() if not ask("query", query=query)["result"]} - WITHOUT_DATA

    with contextlib.suppress(AssertionError):
        await asyncio.to_thread(deployed.until, lambda: not empty(), "every panel has data")
    without = sorted(empty())
    assert without == [], f"no data: {', '.join(without)}"
    firing = {alert["labels"]["alertname"] for alert in ask("alerts")["alerts"] if alert["state"] == "firing"}
    assert firing & FAULTS == set()
    # Last, so that the pods have counted what they called in the tests before. Nothing enforces the policies on this node.
    calls = calls_made()
    assert calls - listed() == set()
    if unused := sorted(listed() - calls):
        warnings.warn(f"calls.yaml lists calls that no pod has made here: {unused}", stacklevel=1)


def calls_made() -> Pairs:
    """By all pods since they started."""
    found = [each["metric"] for each in ask("query", query=f'{{__name__=~"{COUNTED}"}}')["result"]]
    assert found, "services call each other"
    return made((labels["service"], labels["__name__"], labels) for labels in found)


def ask(what: str, **query: str) -> Any:
    """Nothing until Prometheus answers."""
    try:
        return httpx.get(f"http://{ADDRESS}/api/v1/{what}", params=query, timeout=30).raise_for_status().json()["data"]
    except httpx.HTTPError:
        return {"result": [], "alerts": []}
