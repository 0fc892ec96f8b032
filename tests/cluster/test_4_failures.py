"""Pods end while people chat: killed, or evicted from a node that is drained."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.cluster import deployed
from tests.cluster.deployed import RELEASE, SERVICES, Failed, is_ready, kubectl, pods, restarts
from tests.cluster.talks import Talks

NODE = "node1"


@pytest.mark.timeout(600)
async def test_a_killed_pod_of_any_service_does_not_stop_a_chat(talks: Talks) -> None:  # spec 3.6, 3.7, 3.8
    for service in SERVICES:
        victim = pods(service)[0]
        await asyncio.to_thread(deployed.kill, victim)
        await talks.go_on()
        await asyncio.to_thread(deployed.until, partial(came_back, service, victim), f"{service} is back")
    await talks.go_on()


def came_back(service: str, victim: deployed.Json) -> bool:
    found = [pod for pod in pods(service) if pod["metadata"]["uid"] == victim["metadata"]["uid"]]
    return bool(found) and restarts(found[0]) > restarts(victim) and is_ready(found[0])


@pytest.fixture
async def uncordoned() -> AsyncIterator[None]:
    yield
    await asyncio.to_thread(kubectl, "uncordon", NODE)
    await asyncio.to_thread(deployed.wait_ready)


# The one node has no other to which pods could move, so a drain must stop at one replica of each service.
@pytest.mark.timeout(600)
async def test_a_drain_keeps_one_replica_of_each_service(talks: Talks, uncordoned: None) -> None:
    drain = ("drain", NODE, f"--pod-selector=app.kubernetes.io/instance={RELEASE}", "--delete-emptydir-data", "--timeout=20s")
    with pytest.raises(Failed, match="disruption budget"):
        await asyncio.to_thread(kubectl, *drain)
    left = {service: [pod for pod in pods(service) if is_ready(pod)] for service in SERVICES}
    assert {service: len(found) for service, found in left.items()} == dict.fromkeys(SERVICES, 1)
    await talks.go_on()
