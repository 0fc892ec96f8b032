"""Identity providers: the file that the chart makes is one that the gateway reads (spec 10.1, 12.1)."""

import json
from pathlib import Path
from typing import Any

from services.gateway.outbound.provider_file import providers_in
from stack.replicas import SERVICES
from tests.deploy.rendered import CASES, container, env, kinds, objects, one

FOLDER = "/etc/parley/sign-in"


def listed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(one("everything", "ConfigMap", "sign-in")["data"]["providers.json"])
    return found


def test_the_gateway_reads_the_file(tmp_path: Path) -> None:
    secret = tmp_path / "staff"
    secret.write_text("hush")
    file = tmp_path / "providers.json"
    file.write_text(json.dumps(listed()).replace(f"{FOLDER}/secrets/staff", str(secret)))
    providers = providers_in(file)
    assert (providers["staff"].client_secret_file, providers["acme"].client_secret_file) == (str(secret), "")
    assert (providers["acme"].listed, providers["staff"].listed) == (False, True)


def test_secrets_are_files_beside_it_by_reference() -> None:
    given = env(container("everything", "gateway"))
    assert given["PARLEY_GATEWAY_PROVIDERS"] == f"{FOLDER}/providers.json"
    assert given["PARLEY_GATEWAY_PROVIDERS_CA"] == f"{FOLDER}/ca.crt"
    assert {"name": "sign-in", "mountPath": FOLDER, "readOnly": True} in container("everything", "gateway")["volumeMounts"]
    spec = one("everything", "Deployment", "gateway")["spec"]["template"]["spec"]
    (volume,) = [volume for volume in spec["volumes"] if volume["name"] == "sign-in"]
    assert volume["projected"]["sources"] == [
        {"configMap": {"name": "live-parley-sign-in"}},
        {"secret": {"name": "staff", "items": [{"key": "secret", "path": "secrets/staff"}]}},
        {"secret": {"name": "providers-ca", "items": [{"key": "authority.crt", "path": "ca.crt"}]}},
    ]
    assert listed()[0]["client_secret_file"] == f"{FOLDER}/secrets/staff"


def test_a_change_of_providers_replaces_the_gateways_pods_alone() -> None:
    def annotations(service: str) -> dict[str, str]:
        found: dict[str, str] = one("everything", "Deployment", service)["spec"]["template"]["metadata"]["annotations"]
        return found

    assert "checksum/sign-in" in annotations("gateway")
    assert [service for service in SERVICES if "PARLEY_GATEWAY_PROVIDERS" in env(container("everything", service))] == ["gateway"]
    assert "checksum/sign-in" not in annotations("tickets")


def test_nothing_is_rendered_without_providers() -> None:
    assert "PARLEY_GATEWAY_PROVIDERS" not in env(container("minimal", "gateway"))
    with_file = [case for case in CASES if any(each["metadata"]["name"].endswith("-sign-in") for each in objects(case))]
    assert with_file == ["everything"] and "ConfigMap" in kinds("everything")
