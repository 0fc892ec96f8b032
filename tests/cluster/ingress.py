"""Contour and its Envoy: an ingress controller that serves the Gateway API too. They run on the node, not in pods."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx

from tests.cluster.deployed import HOST, NAMESPACE, Json, apply, call, kubectl, until

# The ports of Envoy for 80 and 443 of the Gateway: Contour adds 8000 to those that only root may open.
BY_ROUTE, BY_INGRESS = f"http://{HOST}:8080", f"https://{HOST}:8443"
GATEWAY = "public"


def define() -> None:
    """The Gateway's kind, and what else Contour reads. Needed before an HTTPRoute is made."""
    program = shutil.which("contour")
    assert program, "the node has Contour"
    for file in (Path(program).parents[1] / "crds").iterdir():
        # On a node that was kept they are there. A client-side apply would not fit into their annotations.
        kubectl("apply", "--server-side", "-f", file)
    kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=60s")


def open_gateway() -> None:
    """The Gateway with the ports that the Ingress and the HTTPRoute use."""
    api = "gateway.networking.k8s.io/v1"
    named: Json = {"metadata": {"name": GATEWAY}}
    apply({"apiVersion": api, "kind": "GatewayClass", **named, "spec": {"controllerName": "projectcontour.io/gateway-controller"}})
    tls = {"tls": {"certificateRefs": [{"name": "public-tls"}]}}
    listeners = [{"name": "http", "port": 80, "protocol": "HTTP"}, {"name": "https", "port": 443, "protocol": "HTTPS", **tls}]
    apply({"apiVersion": api, "kind": "Gateway", **named, "spec": {"gatewayClassName": GATEWAY, "listeners": listeners}})


@contextmanager
def contour(folder: Path) -> Iterator[None]:
    """Both URLs are served when the context begins. Logs go to `folder`."""
    open_gateway()
    (folder / "contour.yaml").write_text(f"gateway: {{gatewayRef: {{name: {GATEWAY}, namespace: {NAMESPACE}}}}}\n")
    xds = ("--xds-address=127.0.0.1", "--xds-port=8001")
    call("contour", "bootstrap", folder / "envoy.json", *xds, f"--admin-address={folder}/admin.sock")
    serve = ("contour", "serve", *xds, "--insecure", f"--kubeconfig={os.environ['KUBECONFIG']}", "--disable-leader-election")
    envoy = ("envoy", "-c", folder / "envoy.json", "--service-cluster", NAMESPACE, "--service-node", "node1", "--concurrency", "1")
    with ExitStack() as running:
        for command in ((*serve, f"--config-path={folder}/contour.yaml"), envoy):
            log = running.enter_context((folder / f"{command[0]}.log").open("wb"))
            process = running.enter_context(subprocess.Popen(command, stdout=log, stderr=log))
            running.callback(process.kill)
        for url in (BY_ROUTE, BY_INGRESS):
            until(partial(_serves, url), f"{url} leads to a gateway")
        yield


def _serves(url: str) -> bool:
    try:
        return httpx.get(f"{url}/sign-in/", verify=False).is_success
    except httpx.TransportError:
        return False
