"""Network policies: made from files/calls.yaml, which lists exactly the calls that the services are set up for."""

from typing import Any

import pytest

from servicekit.settings import described
from stack.replicas import SERVICES
from stack.settings_doc import settings_class_of
from tests.deploy.calls import CALLS, listed, made
from tests.deploy.rendered import kinds, one


@pytest.mark.parametrize("service", SERVICES)
def test_the_list_of_calls_is_what_the_services_settings_name(service: str) -> None:
    named = {variable for variable, _ in described(settings_class_of(service))}
    assert set(CALLS[service]) == {other for other in SERVICES if f"PARLEY_{other.upper()}" in named}


def test_calls_are_read_from_the_metrics_of_who_makes_them() -> None:
    """As tests/journeys and tests/cluster do, which compare them with the list."""
    load = {"method": "/parley.chat.v1.ChatService/GetSession"}
    series = [
        ("gateway", "parley_gateway_grpc_client_seconds_count", {**load, "status": "ok"}),
        ("tickets", "parley_tickets_grpc_client_streams_total", {"method": "/parley.chat.v1.ChatService/DownloadFile"}),
        ("presence", "parley_presence_grpc_client_seconds_count", load),
        # Calls that it answers, and metrics of something else.
        ("chat", "parley_chat_grpc_server_seconds_count", load),
        ("chat", "parley_chat_ready", {}),
    ]
    assert made(series) == {("gateway", "chat"), ("tickets", "chat"), ("presence", "chat")}
    assert made(series) - listed() == {("presence", "chat")}
    with pytest.raises(KeyError):
        made([("chat", "parley_chat_grpc_client_seconds_count", {"method": "/parley.chat.v1.ChatService/Unheard"})])


def components(rule: dict[str, Any], side: str) -> set[str]:
    return {peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for peer in rule.get(side, []) if "podSelector" in peer}


def rules(case: str, service: str, side: str) -> dict[str, list[dict[str, Any]]]:
    """The rules by their first port."""
    found: dict[str, list[dict[str, Any]]] = {}
    for rule in one(case, "NetworkPolicy", service)["spec"][side]:
        found.setdefault(str(rule["ports"][0]["port"]), []).append(rule)
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_called_by_its_callers_only_and_calls_only_the_listed(service: str) -> None:
    callers = {caller for caller, called in CALLS.items() if service in called}
    if service != "gateway":
        (rule,) = rules("minimal", service, "ingress")["grpc"]
        assert components(rule, "from") == callers
        assert len(rule["from"]) == len(callers)
    called = [components(rule, "to") for rule in rules("minimal", service, "egress").get("grpc", [])]
    assert called == [{name} for name in CALLS[service]]
    assert one("minimal", "NetworkPolicy", service)["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_other_peers_are_those_of_the_values() -> None:
    monitoring = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    assert rules("everything", "chat", "ingress")["metrics"][0]["from"] == monitoring
    assert "from" not in rules("minimal", "chat", "ingress")["metrics"][0]
    assert {"namespaceSelector": {"matchLabels": {"team": "crm"}}} in rules("everything", "chat", "ingress")["grpc"][0]["from"]
    (http,) = rules("everything", "gateway", "ingress")["http"]
    assert components(http, "from") == {"check"}


def test_a_service_reaches_kafka_the_store_and_what_the_settings_name() -> None:
    def ports(service: str) -> set[int]:
        return {each["port"] for each in one("everything", "NetworkPolicy", service)["spec"]["egress"][-1]["ports"]}

    assert ports("chat") == {9093, 9094, 27017, 4317}
    assert ports("gateway") == {9093, 9094, 4317, 443, 8443}
    assert ports("notify") == {9093, 9094, 27017, 4317, 443}


def test_network_policies_can_be_left_out() -> None:
    assert "NetworkPolicy" not in kinds("own_secrets") | kinds("trial")
