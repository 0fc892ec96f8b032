"""The arguments with which every Kafka client connects."""

import ssl
from pathlib import Path

import pytest

from servicekit.kafka_broker import Broker
from tests.fakes.certificates import Authority


@pytest.mark.parametrize(
    ("broker", "protocol"),
    [
        (Broker("h:1"), "PLAINTEXT"),
        (Broker("h:1", tls=True), "SSL"),
        (Broker("h:1", user="parley", password="hush"), "SASL_PLAINTEXT"),
        (Broker("h:1", user="parley", password="hush", tls=True), "SASL_SSL"),
    ],
)
def test_the_protocol_follows_from_tls_and_user(broker: Broker, protocol: str) -> None:  # spec 12.1
    arguments = broker.connection()

    assert (arguments["bootstrap_servers"], arguments["security_protocol"]) == ("h:1", protocol)
    assert ("ssl_context" in arguments) == broker.tls
    signs_in = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": "parley", "sasl_plain_password": "hush"} if broker.user else {}
    assert {name: value for name, value in arguments.items() if name.startswith("sasl_")} == signs_in


def test_tls_checks_the_name_by_the_given_authority_only(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    client = authority.sign("client")

    context = Broker("h:1", tls=True, ca=authority.ca, cert=client.cert, cert_key=client.key).connection()["ssl_context"]

    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert [dict(found["subject"][0])["commonName"] for found in context.get_ca_certs()] == ["Test ca"]


def test_a_password_is_not_part_of_a_repr() -> None:
    assert "hush" not in repr(Broker("h:1", user="parley", password="hush"))
