"""Values: a typo, a wrong type or a combination that can't work is refused with a sentence, before anything is applied."""

import subprocess

import pytest
import yaml

from tests.deploy.rendered import CASES, CHART, HELM, Refused, container, env, helm

PROVIDER = {"id": "a", "name": "A", "desk_id": "d", "app": "tech", "issuer": "https://id.example.com", "client_id": "c"}
REFUSED = {
    "publicURL": ("https://chat.example.com", "publicURL"),
    "kafka.replicas": (3, "replicas"),
    "kafka.brokers": (["kafka"], "kafka/brokers"),
    "kafka.sasl.mechanism": ("GSSAPI", "mechanism"),
    "chat.autoscaling.socketsPerReplica": (10, "socketsPerReplica"),
    "chat.replicas": ("2", "replicas"),
    "gateway.resources": ({"limit": {}}, "limit"),
    "settings.LOG_LEVEL": ("debug", "LOG_LEVEL"),
    "settings.PARLEY_KAFKA": ("other:9092", "PARLEY_KAFKA"),
    "chat.settings.PARLEY_CHAT_KEY": ("/etc/key", "PARLEY_CHAT_KEY"),
    "signInByName": ("true", "signInByName"),
    "signIn.providers": ([{"id": "staff", "client_secret": "hush"}], "client_secret"),
    "settings.PARLEY_GATEWAY_PROVIDERS": ("/etc/providers.json", "PARLEY_GATEWAY_PROVIDERS"),
    "image.digest": ("sha256:123", "digest"),
    "publicUrl": ("chat.example.com", "publicUrl"),
}
MISSING = {
    "minimal": {
        "publicUrl": ("", "publicUrl is empty"),
        "kafka.brokers": ([], "kafka.brokers is empty"),
        "mongodb.urlSecret.name": ("", "mongodb.urlSecret.name is empty"),
        "kafka.sasl.user": ("parley", "kafka.sasl.passwordSecret.name is empty"),
        "kafka.tls.certSecret": ("client", "need kafka.tls.enabled"),
        "keys.existingSecret": ("own", "are set together"),
        "tls.enabled": (True, "tls.secrets.chat is empty"),
        "signIn.caSecret.name": ("ca", "signIn.caSecret needs signIn.providers"),
        "gatewayApi.enabled": (True, "gatewayApi.parentRefs is empty"),
    },
    "trial": {
        "kafka.brokers": (["kafka:9092"], "it refuses kafka.brokers"),
        "mongodb.urlSecret.name": ("mongodb", "it refuses mongodb.urlSecret.name"),
        "keys.existingSecret": ("own", "it refuses keys.existingSecret"),
        "tls.enabled": (True, "it refuses tls.enabled"),
        "ingress.tlsSecret": ("chat-tls", "it refuses ingress.tlsSecret"),
        "signIn.providers": ([PROVIDER], "it refuses signIn.providers"),
        "publicUrl": ("https://chat.example.com", "refuses a publicUrl with https"),
    },
}


@pytest.mark.parametrize("path", REFUSED)
def test_a_typo_or_a_wrong_type_is_refused_by_name(path: str) -> None:
    value, named = REFUSED[path]
    with pytest.raises(Refused, match=r"values don't meet the specifications of the schema") as refused:
        helm("minimal", {path: value})
    assert named in str(refused.value)


@pytest.mark.parametrize(("case", "path"), [(case, path) for case, paths in MISSING.items() for path in paths])
def test_values_that_cannot_work_together_are_refused_with_the_value_to_change(case: str, path: str) -> None:
    value, named = MISSING[case][path]
    with pytest.raises(Refused) as refused:
        helm(case, {path: value})
    assert named in str(refused.value)


def test_a_password_is_sent_only_hashed_or_encrypted() -> None:
    sasl = {"kafka.sasl.user": "parley", "kafka.sasl.passwordSecret.name": "kafka", "kafka.sasl.mechanism": "PLAIN"}
    with pytest.raises(Refused, match="PLAIN sends the password as it is"):
        helm("minimal", sasl)


@pytest.mark.parametrize("case", CASES)
def test_the_chart_lints(case: str) -> None:
    values = CHART / "ci" / f"{case}-values.yaml"
    done = subprocess.run([HELM, "lint", "--strict", CHART, "-f", values], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_value_has_an_example_or_a_default() -> None:
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(defaults) | {"global"} == set(yaml.safe_load((CHART / "values.schema.json").read_text())["properties"])


def test_tickets_and_the_gateway_have_the_same_setting_of_the_trial() -> None:  # spec 10.1
    for case, expected in (("own_secrets", "public"), ("minimal", "false")):
        assert {env(container(case, service))["PARLEY_TICKETS_TRIAL"] for service in ("tickets", "gateway")} == {expected}
