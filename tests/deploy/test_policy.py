"""Rules that every object of the chart keeps, whatever the values are."""

import functools
import re
from collections.abc import Iterator

import kubernetes_validate
import kubernetes_validate.utils
import pytest

from servicekit.settings import described
from stack.replicas import SERVICES
from stack.settings_doc import settings_class_of
from tests.deploy.rendered import CASES, container, env, objects, one, pods

# The oldest that Chart.yaml allows, one between, and the newest whose schemas are known.
VERSIONS = ("1.30", "1.34", "1.37")
# Of other projects, without a schema here.
FOREIGN = {"Certificate", "HTTPRoute", "PodMonitor", "PrometheusRule"}
WITH_SERVICES = [case for case in CASES if case != "trial"]


@pytest.fixture(scope="module")
def schemas_are_read_once() -> Iterator[None]:
    """The library reads its largest file, of some megabytes, for each object."""
    read = kubernetes_validate.utils.schema_contents
    kubernetes_validate.utils.schema_contents = functools.cache(read)
    yield
    kubernetes_validate.utils.schema_contents = read


@pytest.mark.usefixtures("schemas_are_read_once")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", CASES)
def test_objects_fit_the_schemas_of_kubernetes(case: str, version: str) -> None:
    checked = [each for each in objects(case) if each["kind"] not in FOREIGN]
    assert checked
    for each in checked:
        kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("case", CASES)
def test_no_container_is_root_writes_to_its_root_or_may_gain_rights(case: str) -> None:  # spec 12.1
    for name, pod in pods(case):
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for each in pod["containers"] + pod.get("initContainers", []):
            expected = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
            assert each["securityContext"] == expected, name


@pytest.mark.parametrize("case", CASES)
def test_only_the_job_that_makes_keys_may_call_kubernetes(case: str) -> None:
    with_token = {name for name, pod in pods(case) if pod["automountServiceAccountToken"]}
    assert with_token <= {"live-parley-make-keys"}
    assert all(each["kind"] in ("Role", "RoleBinding", "ServiceAccount") for each in objects(case) if "rbac" in each["apiVersion"])


@pytest.mark.parametrize("case", CASES)
def test_every_container_has_a_fixed_image_requests_and_a_limit_of_memory(case: str) -> None:
    for name, pod in pods(case):
        for each in pod["containers"]:
            assert re.search(r":\d[\w.-]*$|@sha256:[0-9a-f]{64}$", each["image"]), name
            assert set(each["resources"]["requests"]) == {"cpu", "memory"} and "memory" in each["resources"]["limits"], name


@pytest.mark.parametrize("case", CASES)
def test_no_object_holds_a_password(case: str) -> None:
    assert "Secret" not in {each["kind"] for each in objects(case)}
    secret = {"PARLEY_MONGO", "PARLEY_KAFKA_PASSWORD"}
    found = [env(each) for _, pod in pods(case) for each in pod["containers"]]
    assert all(set(given[name]) == {"secretKeyRef"} for given in found for name in secret & set(given))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("case", WITH_SERVICES)
def test_a_service_knows_every_variable_that_its_container_sets(case: str, service: str) -> None:
    existing = {variable for variable, _ in described(settings_class_of(service))}
    peers = {f"PARLEY_{other.upper()}" for other in SERVICES}
    assert set(env(container(case, service))) - peers <= existing


@pytest.mark.parametrize("case", CASES)
def test_selectors_match_their_pods_and_never_name_a_version(case: str) -> None:
    for each in objects(case):
        if each["kind"] == "Deployment":
            selector, labels = each["spec"]["selector"]["matchLabels"], each["spec"]["template"]["metadata"]["labels"]
            assert selector.items() <= labels.items()
            assert set(selector) == {f"app.kubernetes.io/{part}" for part in ("name", "instance", "component")}


@pytest.mark.parametrize("case", CASES)
def test_a_volume_is_mounted_and_a_mount_has_a_volume(case: str) -> None:
    for name, pod in pods(case):
        (each,) = pod["containers"]
        assert sorted(volume["name"] for volume in pod["volumes"]) == sorted(mount["name"] for mount in each["volumeMounts"]), name


def test_a_pod_has_the_private_key_of_its_own_service_only() -> None:  # spec 10.3
    for service in SERVICES:
        volumes = {each["name"]: each for each in one("everything", "Deployment", service)["spec"]["template"]["spec"]["volumes"]}
        assert volumes["key"]["secret"]["items"] == [{"key": f"{service}-2.pem", "path": f"{service}-2.pem"}]
        assert env(container("everything", service))[f"PARLEY_{service.upper()}_KEY"] == f"/etc/parley/key/{service}-2.pem"
