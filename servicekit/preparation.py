"""Creates the topics and indexes of all services before they start or are upgraded. Repeating it changes nothing."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.admin import NewPartitions
from aiokafka.errors import KafkaError

from servicekit.back_ends import BackEndSettings
from servicekit.errors import Unavailable
from servicekit.kafka_broker import Broker
from servicekit.kafka_topics import GROUP_TOPICS, TOPICS, Topic, TopicsMissing, admin_of, created, dead_letters
from servicekit.logs import log
from servicekit.loop import back_off
from servicekit.mongo import Indexes, IndexRefused, Mongo, create_indexes, drop_old_indexes

# An index of a large collection takes minutes.
INDEX_SECONDS = 3600


class CannotPrepare(Exception):
    """One sentence with the reason. What was created before stays."""


async def prepare(
    settings: BackEndSettings, indexes: Mapping[str, Indexes], *, add_partitions: bool, drop_old_indexes: bool = False, wait: float
) -> None:
    """Creates all topics, and `indexes` by service. `drop_old_indexes`: drops the indexes of their collections that are not among them.
    `wait`: seconds for which a broker or store may be down. Raises CannotPrepare."""
    topics = [*TOPICS, *(dead_letters(topic, group) for group, consumed in GROUP_TOPICS.items() for topic in consumed)]
    deadline = time.monotonic() + wait
    await _prepare_topics(settings.broker, topics, add_partitions, deadline)
    for service, of_service in indexes.items():
        await _prepare_indexes(settings, service, of_service, drop_old_indexes, deadline)


async def _prepare_topics(kafka: Broker, topics: Sequence[Topic], add_partitions: bool, deadline: float) -> None:
    tries = 0
    while True:
        try:
            async with admin_of(kafka) as admin:
                found = await created(admin, kafka, topics)
                await _check_or_add(admin, kafka, found, add_partitions)
            return
        except (TopicsMissing, KafkaError, OSError, TimeoutError) as error:
            # Errors of the broker, such as a replication factor that it can't reach, are texts about topics.
            await _wait_or_give_up(
                f"Kafka at {kafka.addresses} has not created the topics: {type(error).__name__} {error}", tries, deadline
            )
        tries += 1


async def _check_or_add(admin: Any, kafka: Broker, found: Mapping[str, int], add_partitions: bool) -> None:
    if large := {name: count for name, count in found.items() if count > kafka.partitions}:
        name, count = next(iter(large.items()))
        raise CannotPrepare(f"The topic {name} has {count} partitions and never loses any. Set PARLEY_KAFKA_PARTITIONS to {count}.")
    small = {name: count for name, count in found.items() if count < kafka.partitions}
    if small and not add_partitions:
        name, count = next(iter(small.items()))
        raise CannotPrepare(
            f"The topic {name} has {count} partitions, PARLEY_KAFKA_PARTITIONS is {kafka.partitions}. Stop all services, then repeat with"
            " --add-partitions: more partitions move keys, so a running service would publish and consume elsewhere."
        )
    if small:
        await admin.create_partitions({name: NewPartitions(kafka.partitions) for name in small})


async def _prepare_indexes(settings: BackEndSettings, service: str, indexes: Indexes, drop_old: bool, deadline: float) -> None:
    store = Mongo(settings.mongo, settings.mongo_prefix, service, ca=settings.mongo_ca, socket_seconds=INDEX_SECONDS)
    tries = 0
    try:
        while True:
            try:
                await create_indexes(store.database, indexes)
                for name in await drop_old_indexes(store.database, indexes) if drop_old else ():
                    log.info("index_dropped", service=service, index=name)
                return
            except IndexRefused as error:
                raise CannotPrepare(f"MongoDB refuses an index of {service}: {error}") from error
            except Unavailable as error:
                await _wait_or_give_up(f"MongoDB has not created the indexes of {service}: {error.__cause__}", tries, deadline)
            tries += 1
    finally:
        await store.stop()


async def _wait_or_give_up(reason: str, tries: int, deadline: float) -> None:
    if time.monotonic() >= deadline:
        raise CannotPrepare(" ".join(reason.split()))
    await back_off(tries)
