"""What an adapter such as prometheus-adapter does in a real cluster: it serves one metric of the gateways' pods to autoscalers."""

import json
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from servicekit.clock import SystemClock
from tests.cluster.deployed import NAMESPACE, Json, is_ready, kubectl, pods
from tests.cluster.samples import total

GROUP, VERSION, METRIC = "custom.metrics.k8s.io", "v1beta2", "parley_gateway_http_connections"
NODE_IP, PORT = "10.200.0.2", 9443
MANIFEST = Path(__file__).with_suffix(".yaml")


@contextmanager
def socket_metric() -> Iterator[None]:
    """The API server passes requests for custom metrics on to this process."""
    server = _Server((NODE_IP, PORT), _Answers)
    server.socket = _tls().wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    kubectl("apply", "-f", MANIFEST, namespace="default")
    try:
        yield
    finally:
        kubectl("delete", "-f", MANIFEST, namespace="default")
        server.shutdown()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: the API server also opens connections that it closes without reading the answer."""


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.partition("?")[0].endswith(f"/{METRIC}"):
            self._answer({"kind": "MetricValueList", "items": [_item(pod) for pod in pods("gateway") if is_ready(pod)]})
        else:
            resource = {"name": f"pods/{METRIC}", "namespaced": True, "kind": "MetricValueList", "singularName": "", "verbs": ["get"]}
            self._answer({"kind": "APIResourceList", "groupVersion": f"{GROUP}/{VERSION}", "resources": [resource]})

    def _answer(self, body: Json) -> None:
        api = "v1" if body["kind"] == "APIResourceList" else f"{GROUP}/{VERSION}"
        data = json.dumps({"apiVersion": api, "metadata": {}, **body}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the autoscaler asks every five seconds."""


def _item(pod: Json) -> Json:
    described = {"kind": "Pod", "apiVersion": "v1", "namespace": NAMESPACE, "name": pod["metadata"]["name"]}
    now = SystemClock().now().strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"describedObject": described, "metric": {"name": METRIC}, "timestamp": now, "value": str(int(total(pod, METRIC)))}


def _tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        cert, key = Path(folder) / "tls.crt", Path(folder) / "tls.key"
        made = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=socket-metric")
        subprocess.run([*made, "-keyout", key, "-out", cert], check=True, capture_output=True)
        context.load_cert_chain(cert, key)
    return context
