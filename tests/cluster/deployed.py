"""Parley on the node: installed, upgraded and looked at by helm and kubectl, as an operator does it."""

import base64
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.grpc_tls import TlsFiles
from stack.engines import ApacheKafka
from stack.keys import account_of
from stack.people import fill_demo_desk, write_directory
from stack.unlimited import UNLIMITED
from tests.fakes.certificates import Authority

HERE = Path(__file__).parent
CHART = HERE.parents[1] / "deploy/helm/parley"
NAMESPACE, ENGINES, RELEASE = "support", "engines", "parley"
TICKETS = f"{RELEASE}-tickets"
SERVICES = ("presence", "chat", "tickets", "notify", "gateway")
# The address of the gateway's Service; a provider of a cloud would assign it.
ADDRESS = "10.200.0.3"
URL = f"http://{ADDRESS}"
# By which browsers open it through the ingress: a name of the node (node/init.sh).
HOST = "chat.parley.test"
# Secret -> the name in its certificate.
CERTIFICATES = {**{f"{name}-tls": f"{RELEASE}-{name}" for name in (*SERVICES, "check")}, "crm-tls": "crm", "public-tls": HOST}
Json = dict[str, Any]


class Failed(Exception):
    """What kubectl or helm printed."""


def call(*command: str | Path, stdin: str = "", timeout: float = 300) -> str:
    """The output of the program. Raises Failed with what it printed if it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        raise Failed(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


def kubectl(*words: str | Path, stdin: str = "", namespace: str = NAMESPACE) -> str:
    return call("kubectl", "-n", namespace, *words, stdin=stdin)


def apply(made: Json, namespace: str = NAMESPACE) -> None:
    kubectl("apply", "-f", "-", stdin=json.dumps(made), namespace=namespace)


def listed(kind: str, *words: str, namespace: str = NAMESPACE) -> list[Json]:
    found: list[Json] = json.loads(kubectl("get", kind, "-o", "json", *words, namespace=namespace))["items"]
    return found


def until(holds: Callable[[], Any], what: str, seconds: float = 120) -> None:
    """Waits until `holds()`; fails with `what`."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"within {seconds:.0f} s not: {what}"
        time.sleep(0.5)


def helm(action: str, *words: str, timeout: str = "5m") -> str:
    """`install` or `upgrade` with the tests' values; an upgrade keeps what earlier ones have set."""
    unlimited = [f"--set=settings.{name}={value}" for name, value in UNLIMITED.items()]
    given = (action, RELEASE, str(CHART), "-n", NAMESPACE, "-f", str(HERE / "values.yaml"), *unlimited, "--timeout", timeout)
    return call("helm", *given, *(("--reuse-values",) if action == "upgrade" else ()), *words, timeout=900)


def is_installed() -> bool:
    return bool(json.loads(call("helm", "list", "-n", NAMESPACE, "-o", "json")))


def start_engines() -> None:
    """Apache Kafka and the second store, ready."""
    _namespace(ENGINES)
    properties = ApacheKafka(Path("/data"), port=9092).properties(controller=9093)
    properties |= {
        "listeners": "PLAINTEXT://:9092,CONTROLLER://127.0.0.1:9093",
        "advertised.listeners": f"PLAINTEXT://kafka.{ENGINES}.svc.cluster.local:9092",
    }
    text = "".join(f"{name}={value}\n" for name, value in properties.items())
    apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kafka"}, "data": {"server.properties": text}}, ENGINES)
    kubectl("apply", "-f", HERE / "engines.yaml", namespace=ENGINES)
    kubectl("wait", "deployment", "--all", "--for=condition=Available", "--timeout=120s", namespace=ENGINES)


def install() -> None:
    """Installs Parley, as docs/operate/install.md says, in a namespace that admits only restricted pods."""
    _namespace(NAMESPACE)
    url = f"mongodb://store.{ENGINES}.svc.cluster.local:27017/?retryWrites=false"
    kubectl("create", "secret", "generic", "mongodb", f"--from-literal=url={url}")
    _create_certificates()
    helm("install", "--wait")
    status = json.dumps({"status": {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}})
    kubectl("patch", "service", f"{RELEASE}-gateway", "--subresource=status", "--type=merge", "-p", status)
    wait_ready()


def wait_ready() -> None:
    """Waits until every service has all its replicas, and no other pod of theirs is left."""
    for service in SERVICES:
        kubectl("rollout", "status", f"deployment/{RELEASE}-{service}", "--timeout=240s")
    until(lambda: all(is_ready(pod) for service in SERVICES for pod in pods(service)), "only ready pods are left")


def pods(service: str) -> list[Json]:
    return listed("pods", "-l", f"app.kubernetes.io/component={service}")


def is_ready(pod: Json) -> bool:
    conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def restarts(pod: Json) -> int:
    return sum(each["restartCount"] for each in pod["status"].get("containerStatuses", []))


def kill(pod: Json) -> None:
    """SIGKILL for the pod's process, of which its kubelet starts a new one."""
    uid = pod["metadata"]["uid"]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if uid in (process / "cgroup").read_text() and b"services." in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)
        except (OSError, ProcessLookupError):
            continue  # it has ended meanwhile


class Directory:
    """A service account with the scope directory:write, added as docs/operate/add_a_desk.md says."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp())
        self._key = account_of(folder, "crm", ["directory:write"])
        files = {file.name: file.read_text() for file in folder.iterdir() if file != self._key}
        self._tls = TlsFiles(*(str(folder / name) for name in ("tls.crt", "tls.key", "ca.crt")))
        for name, content in json.loads(kubectl("get", "secret", "crm-tls", "-o", "json"))["data"].items():
            (folder / name).write_bytes(base64.b64decode(content))
        kubectl("patch", "secret", f"{RELEASE}-public-keys", "--type=merge", "-p", json.dumps({"stringData": files}))

    async def fill_demo_desk(self) -> None:
        await fill_demo_desk(self._tickets(), self._key, URL, self._tls, tls_name=TICKETS)

    async def write(self, *entries: directory.DirectoryEntry) -> None:
        await write_directory(self._tickets(), self._key, entries, self._tls, tls_name=TICKETS)

    def _tickets(self) -> str:
        return next(f"{pod['status']['podIP']}:7103" for pod in pods("tickets") if is_ready(pod))


def _create_certificates() -> None:
    """Secrets of one authority."""
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        for secret, name in CERTIFICATES.items():
            signed = authority.sign(name)
            files = (f"tls.crt={signed.cert}", f"tls.key={signed.key}", f"ca.crt={authority.ca}")
            kubectl("create", "secret", "generic", secret, "--type=kubernetes.io/tls", *(f"--from-file={file}" for file in files))


def _namespace(name: str) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
