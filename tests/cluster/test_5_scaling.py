"""Replicas come and go: of chat by hand, of the gateways by their autoscaler. In place of an adapter for Prometheus the test serves the
metric of open sockets to Kubernetes."""

import asyncio
import json

import pytest

from services.gateway.outbound.replica_routes import ranked
from stack.signed_in import ApiRefused
from tests.cluster import deployed
from tests.cluster.deployed import RELEASE, Directory, Json, helm, is_ready, kubectl, pods
from tests.cluster.samples import total
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
            await replicas("gateway", 3)
            await talks.go_on()
        await replicas("gateway", 2)
        await talks.go_on()
    await asyncio.to_thread(deployed.wait_ready)


@pytest.mark.timeout(600)
async def test_gateways_find_a_new_replica_of_chat_and_leave_one_that_goes(talks: Talks) -> None:  # spec 12.1
    before = {pod["metadata"]["name"] for pod in pods("chat")}
    await scale_chat(3)
    found = pods("chat")
    (new,) = [pod for pod in found if pod["metadata"]["name"] not in before]
    # Which replica gets a session follows from its id, also if the session does not exist.
    addresses = [address(pod) for pod in found]
    session_id = next(id for id in map("none-{}".format, range(1000)) if ranked(id, addresses)[0] == address(new))
    async with asyncio.timeout(60):
        while not total(new, "parley_chat_grpc_server_seconds_count", status="not_found"):
            with pytest.raises(ApiRefused):
                await talks.engineers[0].api("GET", f"/sessions/{session_id}")
            await asyncio.sleep(0.2)
    await talks.go_on()
    await scale_chat(2)
    await talks.go_on()


async def scale_chat(count: int) -> None:
    """Returns when every gateway uses this many replicas."""
    await asyncio.to_thread(kubectl, "scale", f"deployment/{RELEASE}-chat", f"--replicas={count}")
    await replicas("chat", count)
    gauge = "parley_gateway_chat_replicas"
    await asyncio.to_thread(
        deployed.until, lambda: all(total(pod, gauge) == count for pod in pods("gateway")), f"gateways use {count} replicas of chat"
    )


def address(pod: Json) -> str:
    return f"{pod['status']['podIP']}:7102"


async def replicas(service: str, count: int) -> None:
    def there() -> bool:
        found = pods(service)
        return len(found) == count and all(map(is_ready, found))

    await asyncio.to_thread(deployed.until, there, f"{count} replicas of {service} are ready", 240)
