"""The five services as templates/_service.tpl renders them."""

import pytest

from stack.replicas import DEFAULT_GRPC_PORTS, DEFAULT_METRICS_PORTS, SERVICES
from tests.deploy.rendered import container, env, kinds, one

SERVER_SERVICES = [service for service in SERVICES if service != "gateway"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_on_its_ports_and_runs_its_module(service: str) -> None:
    found, prefix = container("minimal", service), f"PARLEY_{service.upper()}"
    assert found["args"] == [f"services.{service}"]
    given, ports = env(found), {port["name"]: port["containerPort"] for port in found["ports"]}
    assert given[f"{prefix}_GRPC_ADDRESS"] == f"0.0.0.0:{ports['grpc']}" == f"0.0.0.0:{DEFAULT_GRPC_PORTS[service]}"
    assert given[f"{prefix}_METRICS_ADDRESS"] == f"0.0.0.0:{ports['metrics']}" == f"0.0.0.0:{DEFAULT_METRICS_PORTS[service]}"


@pytest.mark.parametrize("service", SERVICES)
def test_probes_ask_whether_it_runs_and_readiness_whether_it_can_work(service: str) -> None:  # spec 12.1
    found = container("minimal", service)
    paths = {probe: found[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
    assert paths == {
        "startup": {"path": "/live", "port": "metrics"},
        "liveness": {"path": "/live", "port": "metrics"},
        "readiness": {"path": "/ready", "port": "metrics"},
    }


@pytest.mark.parametrize("service", SERVER_SERVICES)
def test_callers_see_every_replica(service: str) -> None:
    spec = one("minimal", "Service", service)["spec"]
    assert spec["clusterIP"] == "None"
    (port,) = spec["ports"]
    for caller in SERVICES:
        assert env(container("minimal", caller))[f"PARLEY_{service.upper()}"] == f"live-parley-{service}:{port['port']}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_rollout_and_a_drain_keep_replicas(service: str) -> None:  # spec 12.1
    deployment = one("minimal", "Deployment", service)["spec"]
    assert deployment["replicas"] == 2
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    budget = one("minimal", "PodDisruptionBudget", service)["spec"]
    assert (budget["minAvailable"], budget["selector"]) == (1, deployment["selector"])
    pod = deployment["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] >= 30 + int(env(container("minimal", service))["PARLEY_STOP_DELAY"])
    assert [each["topologyKey"] for each in pod["topologySpreadConstraints"]] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    assert all(each["labelSelector"] == deployment["selector"] for each in pod["topologySpreadConstraints"])


def test_the_gateway_scales_by_sockets_and_the_others_by_cpu() -> None:
    gateway = one("everything", "HorizontalPodAutoscaler", "gateway")["spec"]
    expected = {"metric": {"name": "parley_gateway_http_connections"}, "target": {"type": "AverageValue", "averageValue": "1500"}}
    assert gateway["metrics"] == [{"type": "Pods", "pods": expected}]
    assert (gateway["minReplicas"], gateway["maxReplicas"]) == (3, 9)
    (metric,) = one("everything", "HorizontalPodAutoscaler", "chat")["spec"]["metrics"]
    assert metric["resource"] == {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    # An upgrade must not set back what the autoscaler chose.
    assert "replicas" not in one("everything", "Deployment", "chat")["spec"]
    assert "HorizontalPodAutoscaler" not in kinds("minimal")


def test_kafka_and_mongodb_are_reached_with_what_the_values_name() -> None:
    given = env(container("everything", "chat"))
    assert given["PARLEY_KAFKA"] == "kafka-0.example.com:9093,kafka-1.example.com:9094"
    assert (given["PARLEY_KAFKA_TLS"], given["PARLEY_KAFKA_SASL"], given["PARLEY_KAFKA_USER"]) == ("true", "SCRAM-SHA-512", "parley")
    assert given["PARLEY_KAFKA_PASSWORD"] == {"secretKeyRef": {"name": "kafka-user", "key": "password"}}
    assert given["PARLEY_MONGO"] == {"secretKeyRef": {"name": "mongodb", "key": "uri"}}
    assert given["PARLEY_OTLP_HEADERS"] == {"secretKeyRef": {"name": "collector", "key": "api-key"}}
    volumes = {each["name"]: each for each in one("everything", "Deployment", "chat")["spec"]["template"]["spec"]["volumes"]}
    assert volumes["mongodb-cert"]["secret"]["items"] == [{"key": "tls-combined.pem", "path": "tls.pem"}]
    assert volumes["kafka-ca"]["secret"] == {"secretName": "kafka-ca", "items": [{"key": "ca.pem", "path": "ca.crt"}]}
    mounts = {each["name"]: each["mountPath"] for each in container("everything", "chat")["volumeMounts"]}
    for variable, volume, file in (
        ("PARLEY_KAFKA_CA", "kafka-ca", "ca.crt"),
        ("PARLEY_KAFKA_CERT", "kafka-cert", "tls.crt"),
        ("PARLEY_KAFKA_CERT_KEY", "kafka-cert", "tls.key"),
        ("PARLEY_MONGO_CA", "mongodb-ca", "ca.crt"),
        ("PARLEY_MONGO_CERT", "mongodb-cert", "tls.pem"),
        ("PARLEY_OTLP_CA", "traces-ca", "ca.crt"),
    ):
        assert given[variable] == f"{mounts[volume]}/{file}"
    plain = env(container("minimal", "chat"))
    assert not {name for name in plain if name.startswith(("PARLEY_KAFKA_TLS", "PARLEY_KAFKA_USER", "PARLEY_KAFKA_CERT", "PARLEY_OTLP"))}


def test_the_gateway_keeps_no_data_so_it_gets_no_url_of_the_store() -> None:
    assert not {name for name in env(container("everything", "gateway")) if name.startswith("PARLEY_MONGO")}
    assert "mongodb-cert" not in {each["name"] for each in container("everything", "gateway")["volumeMounts"]}


def test_a_services_own_settings_win_over_those_of_all() -> None:
    gateway, chat = env(container("everything", "gateway")), env(container("everything", "chat"))
    assert (gateway["PARLEY_LOG_LEVEL"], chat["PARLEY_LOG_LEVEL"]) == ("warning", "debug")
    assert gateway["PARLEY_GATEWAY_BEAT_SECONDS"] == "5"


@pytest.mark.parametrize(("case", "secret"), [("everything", "live-parley-chat-tls"), ("own_secrets", "chat-tls")])
def test_calls_between_services_use_certificates(case: str, secret: str) -> None:  # spec 10.3
    volumes = {each["name"]: each for each in one(case, "Deployment", "chat")["spec"]["template"]["spec"]["volumes"]}
    assert volumes["tls"]["secret"]["secretName"] == secret
    given = env(container(case, "chat"))
    files = {"PARLEY_TLS_CERT": "tls.crt", "PARLEY_TLS_KEY": "tls.key", "PARLEY_TLS_CA": "ca.crt"}
    assert all(given[variable] == f"/etc/parley/tls/{file}" for variable, file in files.items())
    assert not [name for name in env(container("minimal", "chat")) if name.startswith("PARLEY_TLS")]


def test_a_certificate_names_what_callers_call() -> None:
    for service in SERVICES:
        certificate = one("everything", "Certificate", service)["spec"]
        assert f"live-parley-{service}" in certificate["dnsNames"] and f"live-parley-{service}.support.svc" in certificate["dnsNames"]
        assert certificate["usages"] == ["server auth", "client auth"]
        assert certificate["issuerRef"]["name"] == "parley-ca"


def test_a_pod_restarts_when_a_secret_in_its_environment_changes() -> None:
    annotations = one("everything", "Deployment", "chat")["spec"]["template"]["metadata"]["annotations"]
    assert len(annotations["checksum/secrets"]) == 64 and annotations["example.com/team"] == "support"


def test_nodes_are_chosen_by_the_values() -> None:
    pod = one("everything", "Deployment", "notify")["spec"]["template"]["spec"]
    assert (pod["nodeSelector"], pod["priorityClassName"]) == ({"example.com/pool": "apps"}, "high")
    assert pod["topologySpreadConstraints"][0]["whenUnsatisfiable"] == "DoNotSchedule"
    assert pod["imagePullSecrets"] == [{"name": "registry"}]
