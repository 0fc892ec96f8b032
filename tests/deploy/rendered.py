"""What the chart renders for each values file of its folder ci/, once for all tests."""

import functools
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "parley"
HELM = ROOT / ".venv" / "bin" / "helm"
CASES = tuple(sorted(file.name.removesuffix("-values.yaml") for file in (CHART / "ci").glob("*-values.yaml")))
Object = dict[str, Any]
RELEASE, NAMESPACE = "live", "support"


class Refused(Exception):
    """What helm printed."""


def helm(case: str, changes: Mapping[str, Any] | None = None) -> str:
    """The rendered YAML, with `changes` (path of a value -> value) over the case's values. Raises Refused."""
    sets = [word for path, value in (changes or {}).items() for word in ("--set-json", f"{path}={json.dumps(value)}")]
    command = (HELM, "template", RELEASE, CHART, "-n", NAMESPACE, "-f", CHART / "ci" / f"{case}-values.yaml", *sets)
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


@functools.cache
def objects(case: str) -> tuple[Object, ...]:
    return tuple(found for found in yaml.load_all(helm(case), yaml.CSafeLoader) if found)


def one(case: str, kind: str, name: str) -> Object:
    """The object; `name` without the release's part, "" for objects that have no other. Fails if there is not exactly one."""
    full = f"{RELEASE}-parley-{name}" if name else f"{RELEASE}-parley"
    (found,) = [each for each in objects(case) if each["kind"] == kind and each["metadata"]["name"] == full]
    return found


def kinds(case: str) -> set[str]:
    return {each["kind"] for each in objects(case)}


def pods(case: str) -> Iterator[tuple[str, Object]]:
    """The name and spec of each pod."""
    for each in objects(case):
        if each["kind"] == "Pod":
            yield each["metadata"]["name"], each["spec"]
        elif each["kind"] in ("Deployment", "Job"):
            yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def container(case: str, name: str, kind: str = "Deployment") -> Object:
    pod = one(case, kind, name)["spec"]
    (found,) = (pod if kind == "Pod" else pod["template"]["spec"])["containers"]
    result: Object = found
    return result


def env(container: Object) -> dict[str, Any]:
    """Variable -> value, or the source of one. Fails for a variable that is set twice."""
    listed = container.get("env", [])
    assert len({each["name"] for each in listed}) == len(listed)
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in listed}
