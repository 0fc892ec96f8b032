"""The gateways' autoscaler, by open sockets. In place of an adapter for Prometheus the test serves the metric to Kubernetes."""

import asyncio
import json

import pytest

from tests.cluster import deployed
from tests.cluster.deployed import RELEASE, Directory, helm, is_ready, kubectl, pods
from tests.cluster.socket_metric import socket_metric
from tests.cluster.sockets import held
from tests.cluster.talks import Talks

GATEWAY = f"{RELEASE}-gateway"
PER_REPLICA = 60
# At once, in place of ten minutes after the last need.
AT_ONCE = {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 15}]}


@pytest.mark.timeout(600)
async def test_gateways_are_added_for_sockets_and_removed_when_they_have_gone(talks: Talks, people: Directory) -> None:
    scaling = ("enabled=true", "minReplicas=2", "maxReplicas=3", f"socketsPerReplica={PER_REPLICA}")
    with socket_metric():
        await asyncio.to_thread(helm, "upgrade", *(f"--set=gateway.autoscaling.{each}" for each in scaling))
        patch = json.dumps({"spec": {"behavior": {"scaleDown": AT_ONCE}}})
        await asyncio.to_thread(kubectl, "patch", "hpa", GATEWAY, "--type=merge", "-p", patch)
        async with held(3 * PER_REPLICA, people):
            await replicas(3)
            await talks.go_on()
        await replicas(2)
        await talks.go_on()
    await asyncio.to_thread(deployed.wait_ready)


async def replicas(count: int) -> None:
    def there() -> bool:
        found = pods("gateway")
        return len(found) == count and all(map(is_ready, found))

    await asyncio.to_thread(deployed.until, there, f"{count} gateways are ready", 240)
