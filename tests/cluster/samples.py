"""What a pod says of itself on its port for metrics."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.cluster.deployed import Json


def metrics_addresses(pod: Json) -> list[str]:
    """host:port of each of the pod's ports for metrics."""
    ports = [port for container in pod["spec"]["containers"] for port in container["ports"] if port["name"] == "metrics"]
    return [f"{pod['status']['podIP']}:{port['containerPort']}" for port in ports]


def total(pod: Json, name: str, **labels: str) -> float:
    """The sum of the samples that have this name and these labels; 0 without any."""
    (address,) = metrics_addresses(pod)
    families = text_string_to_metric_families(httpx.get(f"http://{address}/metrics", timeout=10).text)
    samples = (sample for family in families for sample in family.samples)
    return sum(sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items())
