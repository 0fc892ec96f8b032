"""Ways into the gateway, and objects for Prometheus and Grafana."""

import json

import pytest
import yaml

from tests.deploy.rendered import CHART, kinds, objects, one


def test_an_ingress_leads_the_public_host_to_the_gateway() -> None:
    ingress = one("everything", "Ingress", "")
    (rule,) = ingress["spec"]["rules"]
    assert rule["host"] == "chat.example.com"
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": one("everything", "Service", "gateway")["metadata"]["name"], "port": {"name": "http"}}
    assert ingress["spec"]["tls"] == [{"hosts": ["chat.example.com"], "secretName": "chat-tls"}]
    assert ingress["metadata"]["annotations"] == {"example.com/timeout": "60"}


def test_a_route_of_the_gateway_api_does_the_same() -> None:
    route = one("own_secrets", "HTTPRoute", "")["spec"]
    assert (route["parentRefs"], route["hostnames"]) == ([{"name": "public", "namespace": "gateways"}], ["chat.example.com"])
    # Without a limit of time, because a large file takes long on a slow line.
    assert route["rules"] == [{"backendRefs": [{"name": "live-parley-gateway", "port": 8080}], "timeouts": {"request": "0s"}}]
    service = one("own_secrets", "Service", "gateway")
    assert service["spec"]["type"] == "LoadBalancer" and service["metadata"]["annotations"] == {"example.com/internal": "true"}


@pytest.mark.parametrize("kind", ["Ingress", "HTTPRoute", "PodMonitor", "PrometheusRule", "ConfigMap", "Certificate"])
def test_what_needs_another_program_is_left_out_by_default(kind: str) -> None:
    assert kind not in kinds("minimal")


def test_prometheus_scrapes_the_services_and_labels_them() -> None:
    monitor = one("everything", "PodMonitor", "")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    (expression,) = monitor["spec"]["selector"]["matchExpressions"]
    assert expression["values"] == ["presence", "chat", "tickets", "notify", "gateway"]
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] == "metrics" and endpoint["relabelings"][0]["targetLabel"] == "service"


def test_the_alerts_are_those_of_the_files() -> None:
    files = sorted((CHART / "files" / "alerts").glob("*.yaml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    assert groups and one("everything", "PrometheusRule", "")["spec"]["groups"] == groups


def test_each_dashboard_is_a_configmap_for_grafanas_sidecar() -> None:
    maps = [each for each in objects("everything") if each["kind"] == "ConfigMap" and "grafana_dashboard" in each["metadata"]["labels"]]
    files = {file.name: json.loads(file.read_text()) for file in (CHART / "files" / "dashboards").glob("*.json")}
    assert files and {name: json.loads(text) for each in maps for name, text in each["data"].items()} == files
    assert all(each["metadata"]["labels"]["grafana_dashboard"] == "1" for each in maps)
