"""`prepare` creates all topics and indexes, and a service that may not create them waits for it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import IndexModel
from structlog.testing import capture_logs

from servicekit import mongo as servicekit_mongo
from servicekit.back_ends import BackEndSettings
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_topic_settings import report_replicas
from servicekit.kafka_topics import CHAT, GROUP_TOPICS, TICKETS, TOPICS, dead_letters
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from servicekit.preparation import CannotPrepare, prepare
from servicekit.settings import load
from stack.engines import ApacheKafka, KafkaEngine, StoreEngine
from stack.services import ROOT
from tests.adapters.conftest import Database
from tests.conftest import KAFKA
from tests.fakes.waiting import until

INDEXES = {"chat": {"log": [IndexModel([("session_id", 1), ("revision", 1)])]}}
DEAD = {dead_letters(topic, group).name for group, topics in GROUP_TOPICS.items() for topic in topics}


@pytest.fixture
def environ(own_kafka: KafkaEngine, store_engine: StoreEngine, mongo_prefix: str) -> dict[str, str]:
    """The variables of `prepare`. The broker is not started."""
    return {**own_kafka.settings, **store_engine.settings, "PARLEY_MONGO_PREFIX": mongo_prefix}


@pytest.fixture
async def admin(own_kafka: KafkaEngine) -> AsyncIterator[AIOKafkaAdminClient]:
    own_kafka.start()
    admin = AIOKafkaAdminClient(bootstrap_servers=own_kafka.address)
    await admin.start()
    yield admin
    await admin.close()


@pytest.fixture
async def database_of_chat(store_engine: StoreEngine, mongo_prefix: str) -> AsyncIterator[Database]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(store_engine.url)
    yield client[f"{mongo_prefix}chat"]
    client.close()


async def partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    return {found["topic"]: len(found["partitions"]) for found in await admin.describe_topics()}


def run(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services", "prepare", *arguments]
    return subprocess.run(command, env={"PATH": os.environ["PATH"], **environ}, cwd=ROOT, capture_output=True, text=True, timeout=60)


async def test_the_command_creates_all_topics_and_indexes_and_a_repeat_changes_nothing(
    environ: dict[str, str], admin: AIOKafkaAdminClient
) -> None:  # spec 12.1
    for _ in range(2):
        ended = run({**environ, "PARLEY_KAFKA_PARTITIONS": "3"})
        assert ended.returncode == 0, ended.stderr

    assert await partitions(admin) == dict.fromkeys([*(topic.name for topic in TOPICS), *DEAD], 3)
    for service, collection in (("chat", "log"), ("tickets", "ticket_log"), ("presence", "people")):
        store = Mongo(environ["PARLEY_MONGO"], environ["PARLEY_MONGO_PREFIX"], service)
        assert len(await store.database[collection].index_information()) > 1, service
        await store.stop()


def test_the_command_exits_with_one_line_for_an_invalid_setting_and_for_a_broker_that_is_down(environ: dict[str, str]) -> None:
    ended = run({**environ, "PARLEY_KAFKA_PARTITIONS": "none"})
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("PARLEY_KAFKA_PARTITIONS is 'none'. It must be ")

    ended = run(environ, "--wait", "0")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"Kafka at {environ['PARLEY_KAFKA']} has not created the topics: ")


async def test_partitions_are_never_removed_and_added_only_on_request(environ: dict[str, str], admin: AIOKafkaAdminClient) -> None:
    await admin.create_topics([NewTopic(CHAT.name, 3, 1)])
    settings = {number: load(BackEndSettings, {**environ, "PARLEY_KAFKA_PARTITIONS": str(number)}) for number in (2, 5)}

    with pytest.raises(CannotPrepare, match=f"{CHAT.name} has 3 partitions and never loses any. Set PARLEY_KAFKA_PARTITIONS to 3"):
        await prepare(settings[2], {}, add_partitions=True, wait=10)
    with pytest.raises(CannotPrepare, match=f"{CHAT.name} has 3 partitions, PARLEY_KAFKA_PARTITIONS is 5. Stop all services"):
        await prepare(settings[5], {}, add_partitions=False, wait=10)
    assert (await partitions(admin))[CHAT.name] == 3

    if KAFKA is ApacheKafka:  # Tansu adds no partitions
        await prepare(settings[5], {}, add_partitions=True, wait=10)

        async def added() -> bool:
            return (await partitions(admin))[CHAT.name] == 5

        await until(added)


async def test_existing_topics_get_their_retention_and_other_replicas_are_reported(
    environ: dict[str, str], admin: AIOKafkaAdminClient
) -> None:  # spec 12.1
    other = {"retention.ms": "60000", "cleanup.policy": "delete", "max.message.bytes": "123456"}
    await admin.create_topics([NewTopic(CHAT.name, 4, 1, topic_configs=other)])
    settings = load(BackEndSettings, environ)
    asked = ConfigResource(ConfigResourceType.TOPIC, CHAT.name, other)

    async def found() -> dict[str, str]:
        (answer,) = await admin.describe_configs([asked])
        return {entry[0]: entry[1] for entry in answer.resources[0][4]}

    for changed in ([CHAT.name], []):
        with capture_logs() as logs:
            await prepare(settings, {}, add_partitions=False, wait=10)
        if KAFKA is ApacheKafka:
            assert [line["topic"] for line in logs if line["event"] == "topic_changed"] == changed
            await until(lambda: _equals(found, {**other, **CHAT.configuration}))
        else:  # Tansu tells no settings
            assert [line["event"] for line in logs] == ["topics_not_compared"]

    with capture_logs() as logs:
        await report_replicas(admin, [CHAT, TICKETS], 3)
    reported = [(line["topic"], line["replicas"], line["wanted"]) for line in logs if line["event"] == "topic_has_other_replicas"]
    assert sorted(reported) == [(CHAT.name, [1], 3), (TICKETS.name, [1], 3)]


async def _equals(get: Callable[[], Awaitable[dict[str, str]]], wanted: dict[str, str]) -> bool:
    return await get() == wanted


async def test_a_publisher_that_may_not_create_topics_waits_for_them(
    environ: dict[str, str], admin: AIOKafkaAdminClient, metrics: Metrics
) -> None:
    settings = load(BackEndSettings, {**environ, "PARLEY_PREPARE": "false"})
    publisher = Publisher(settings.broker, settings.kafka_idempotence, metrics, topics=TOPICS)
    with capture_logs() as logs:
        await publisher.start()
        await until(lambda: any(CHAT.name in line.get("missing", "") for line in logs))
    assert not publisher.ready
    assert await partitions(admin) == {}

    await prepare(load(BackEndSettings, environ), {}, add_partitions=False, wait=10)

    await until(lambda: publisher.ready, 20)
    await publisher.stop()


async def test_old_indexes_are_dropped_on_request_and_only_those_of_own_collections(
    own_kafka: KafkaEngine, environ: dict[str, str], database_of_chat: Database
) -> None:  # spec 12.1
    own_kafka.start()
    await database_of_chat["log"].create_indexes([IndexModel([("desk_id", 1), ("session_id", 1)])])
    await database_of_chat["others"].create_indexes([IndexModel([("desk_id", 1)])])

    async def fields(collection: str) -> list[list[str]]:
        found = await database_of_chat[collection].index_information()
        return sorted([name for name, _ in index["key"]] for index in found.values())

    settings = load(BackEndSettings, environ)
    for drop, left in (
        (False, [["_id"], ["desk_id", "session_id"], ["session_id", "revision"]]),
        (True, [["_id"], ["session_id", "revision"]]),
    ):
        await prepare(settings, INDEXES, add_partitions=False, drop_old_indexes=drop, wait=30)
        assert await fields("log") == left
    assert await fields("others") == [["_id"], ["desk_id"]]


async def test_a_store_that_may_not_create_indexes_waits_for_them_by_name(store_engine: StoreEngine, mongo_prefix: str) -> None:
    store = Mongo(store_engine.url, mongo_prefix, "chat", INDEXES["chat"], creates_indexes=False, ping_seconds=0.1)
    await store.start()
    await until(lambda: "index" in store.waits_for)
    assert store.waits_for == "the index log.session_id_1_revision_1, which `python -m services prepare` creates"
    assert not store.ready

    await servicekit_mongo.create_indexes(store.database, INDEXES["chat"])

    await until(lambda: store.ready)
    await store.stop()
