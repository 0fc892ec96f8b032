"""A first installation with the chart, on a namespace that admits only restricted pods."""

import re

from tests.cluster import deployed
from tests.cluster.deployed import NAMESPACE, RELEASE, SERVICES, Directory, call, listed


def test_two_replicas_of_every_service_are_ready_and_none_has_restarted(parley: Directory) -> None:
    found = {service: deployed.pods(service) for service in SERVICES}
    assert {service: len(pods) for service, pods in found.items()} == dict.fromkeys(SERVICES, 2)
    assert [pod["metadata"]["name"] for pods in found.values() for pod in pods if deployed.restarts(pod)] == []


def test_the_jobs_leave_only_the_keys(parley: Directory) -> None:
    assert listed("jobs") == []
    names = {secret["metadata"]["name"] for secret in listed("secrets")}
    assert {f"{RELEASE}-keys", f"{RELEASE}-public-keys"} <= names


def test_helm_test_takes_a_chat_from_its_request_to_its_ticket(parley: Directory) -> None:
    assert "A chat went from its request to its ticket" in call("helm", "test", RELEASE, "-n", NAMESPACE, "--logs", "--timeout", "4m")


def test_the_next_upgrade_restarts_the_pods_after_a_new_certificate_of_the_store(parley: Directory) -> None:
    def template(content: str) -> set[str]:
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mongodb-ca"}, "stringData": {"ca.crt": content}}
        deployed.apply(secret)
        rendered = deployed.helm("upgrade", "--dry-run=server", "--set=mongodb.caSecret.name=mongodb-ca")
        return set(re.findall(r"checksum/secrets: (\w+)", rendered))

    before, repeated, after = template("old"), template("old"), template("new")
    assert len(before) == 1 and repeated == before and not after & before
