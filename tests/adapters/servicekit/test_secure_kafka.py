"""Apache Kafka that accepts only TLS with client certificates and SCRAM. Tansu has neither, so this runs with `make test-real`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from servicekit.back_ends import BackEndSettings
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Record
from servicekit.kafka_topics import Topic
from servicekit.metrics import Metrics
from servicekit.preparation import CannotPrepare, prepare
from servicekit.settings import load
from stack.engines import ApacheKafka
from stack.ports import HOST, is_free
from tests.conftest import KAFKA
from tests.fakes.certificates import Authority, Signed
from tests.fakes.waiting import until

pytestmark = pytest.mark.skipif(KAFKA is not ApacheKafka, reason="the embedded broker has neither TLS nor SASL; see make test-real")


class SecureKafka(ApacheKafka):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.authority = Authority(folder)
        self.client, server = self.authority.sign("client"), self.authority.sign("kafka")
        self.store = folder / "server.pem"
        self.store.write_text(Path(server.key).read_text() + Path(server.cert).read_text())
        self.format_options = ("--add-scram", "SCRAM-SHA-512=[name=parley,password=hush]")

    def properties(self, controller: int) -> dict[str, str]:
        return {
            **super().properties(controller),
            "listeners": f"SASL_SSL://{self.address},CONTROLLER://{HOST}:{controller}",
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "SASL_SSL",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
                'org.apache.kafka.common.security.scram.ScramLoginModule required username="parley" password="hush";'
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.store),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.authority.ca,
            "listener.name.sasl_ssl.ssl.client.auth": "required",
        }

    def answers(self) -> bool:
        return not is_free(self.port)

    def settings_with(self, **changed: str) -> BackEndSettings:
        environ = {
            "PARLEY_KAFKA": self.address,
            "PARLEY_KAFKA_TLS": "true",
            "PARLEY_KAFKA_CA": self.authority.ca,
            "PARLEY_KAFKA_CERT": self.client.cert,
            "PARLEY_KAFKA_CERT_KEY": self.client.key,
            "PARLEY_KAFKA_USER": "parley",
            "PARLEY_KAFKA_PASSWORD": "hush",
            "PARLEY_MONGO": "mongodb://127.0.0.1/",
        }
        return load(BackEndSettings, {**environ, **changed})


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafka]:
    engine = SecureKafka(tmp_path_factory.mktemp("secure"))
    engine.start()
    yield engine
    engine.stop()


async def test_a_record_is_published_and_consumed_with_a_certificate_and_a_password(kafka: SecureKafka, topic: str) -> None:  # spec 12.1
    broker, metrics = kafka.settings_with().broker, Metrics("test")
    values: list[bytes] = []
    await prepare(kafka.settings_with(), {}, add_partitions=False, wait=30)
    publisher = Publisher(broker, True, metrics, topics=[Topic(topic)])
    reader = BroadcastReader(broker, 0.1, [Topic(topic)], lambda record: values.append(record.value), lambda: None, metrics)
    await publisher.start()
    await reader.start()
    await until(lambda: reader.ready and publisher.ready, 20)

    await publisher.publish([Record(topic, "k", b"secret")])

    await until(lambda: values == [b"secret"])
    await reader.stop()
    await publisher.stop()


@pytest.mark.parametrize("changed", [{"PARLEY_KAFKA_PASSWORD": "wrong"}, {"PARLEY_KAFKA_CERT": "", "PARLEY_KAFKA_CERT_KEY": ""}])
async def test_a_wrong_password_or_no_certificate_is_refused_without_printing_a_password(
    kafka: SecureKafka, changed: dict[str, str]
) -> None:
    with pytest.raises(CannotPrepare, match=r"Kafka at .* has not created the topics: ") as raised:
        await prepare(kafka.settings_with(**changed), {}, add_partitions=False, wait=0)
    assert not any(word in str(raised.value) for word in ("hush", "wrong"))


async def test_a_certificate_of_another_authority_is_refused(kafka: SecureKafka, tmp_path: Path) -> None:
    stranger: Signed = Authority(tmp_path, "stranger").sign("client")
    settings = kafka.settings_with(PARLEY_KAFKA_CERT=stranger.cert, PARLEY_KAFKA_CERT_KEY=stranger.key)
    with pytest.raises(CannotPrepare):
        await prepare(settings, {}, add_partitions=False, wait=0)
