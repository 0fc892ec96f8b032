"""Topics are created from one table at the start."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from servicekit.kafka_broker import Broker
from servicekit.kafka_topics import Topic, WrongPartitions, ensure_topics
from stack.engines import KafkaEngine
from tests.adapters.servicekit.kafka_story import publish
from tests.conftest import KAFKA


async def test_existing_topics_are_not_changed(kafka_url: str, topic: str) -> None:
    await ensure_topics(Broker(kafka_url), [Topic(topic)])
    await publish(kafka_url, topic, "kept")

    await ensure_topics(Broker(kafka_url), [Topic(topic), Topic(f"{topic}.other", compacted=True)])
    await ensure_topics(Broker(kafka_url), [Topic(topic)])


async def test_a_topic_with_another_number_of_partitions_is_refused(kafka_url: str, topic: str) -> None:
    await ensure_topics(Broker(kafka_url, partitions=2), [Topic(topic)])

    with pytest.raises(WrongPartitions, match=f"{topic} has 2 partitions, 4 are expected"):
        await ensure_topics(Broker(kafka_url), [Topic(topic)])


async def test_a_topic_is_created_with_its_cleanup_policy_and_retention(kafka_url: str, topic: str) -> None:
    await ensure_topics(Broker(kafka_url), [Topic(topic, retention_hours=24), Topic(f"{topic}.c", compacted=True)])

    kept = {name: await configuration_of(kafka_url, name) for name in (topic, f"{topic}.c")}
    assert kept[topic]["cleanup.policy"] == "delete"
    assert kept[topic]["retention.ms"] == "86400000"
    assert kept[f"{topic}.c"]["cleanup.policy"] == "compact"
    assert kept[f"{topic}.c"]["min.compaction.lag.ms"] == "86400000"


async def test_creating_topics_waits_for_a_broker_that_is_down(own_kafka: KafkaEngine, topic: str) -> None:
    making = asyncio.create_task(ensure_topics(Broker(own_kafka.address), [Topic(topic)]))
    done, _ = await asyncio.wait([making], timeout=0.5)
    assert not done

    own_kafka.launch()

    await asyncio.wait_for(making, 30)
    assert KAFKA is type(own_kafka)


async def configuration_of(kafka: str, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    return {entry[0]: entry[1] for resource in answer.resources for entry in resource[4]}
