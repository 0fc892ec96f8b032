"""Searches everything that Parley stores for words: databases, logs of the services, and the topics of Kafka."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pymongo
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from servicekit.kafka_records import Received, received
from stack.services import Stack

DATABASES = ("presence", "chat", "tickets", "notify")


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a document, also in files and in the names of fields."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from texts_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part)
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif isinstance(value, str):
        yield value


def found_in(stack: Stack, *words: str) -> list[str]:
    """Each collection and log file in which one of these words is, in any case of letters."""
    found = {path.name for path in stack.logs.iterdir() for word in words if word.casefold() in path.read_text().casefold()}
    with pymongo.MongoClient[dict[str, Any]](stack.env_of("tickets-1")["PARLEY_MONGO"]) as client:
        for database in DATABASES:
            for listed in client[database].list_collection_names():
                # The embedded store lists the collections of files with an underscore.
                collection = listed.replace("attachments_", "attachments.")
                # All ids but those of the pieces of files are texts.
                everything: dict[str, Any] = {} if collection.startswith("attachments.") else {"_id": {"$gt": ""}}
                for document in client[database][collection].find(everything):
                    texts = "\n".join(texts_of(document)).casefold()
                    found |= {f"{database}.{collection}: {word}" for word in words if word.casefold() in texts}
    return sorted(found)


@dataclass
class Topic:
    """`naming`: the records that have one of the words. `last`: of each key its last record. `ends`: the next offset of each partition."""

    naming: list[Received] = field(default_factory=list)
    last: dict[str, Received] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)


async def topics_naming(stack: Stack, words: Sequence[str]) -> dict[str, Topic]:
    """Reads all topics of the broker from their beginning to their end."""
    address = stack.env_of("tickets-1")["PARLEY_KAFKA"]
    admin, consumer = AIOKafkaAdminClient(bootstrap_servers=address), AIOKafkaConsumer(bootstrap_servers=address, fetch_max_wait_ms=100)
    await admin.start()
    await consumer.start()
    try:
        described = [each for each in await admin.describe_topics() if not each["topic"].startswith("__")]
        return {each["topic"]: await _read(consumer, each["topic"], len(each["partitions"]), words) for each in described}
    finally:
        await consumer.stop()
        await admin.close()


async def _read(consumer: Any, name: str, partitions: int, words: Sequence[str]) -> Topic:
    topic, assigned = Topic(), [TopicPartition(name, number) for number in range(partitions)]
    consumer.assign(assigned)
    starts, ends = await consumer.beginning_offsets(assigned), await consumer.end_offsets(assigned)
    for each in assigned:
        consumer.seek(each, starts[each])
    while [each for each in assigned if await consumer.position(each) < ends[each]]:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in map(received, records):
                topic.last[record.key] = record
                text = f"{record.key} {record.headers} {record.value.decode(errors='replace')}".casefold()
                if any(word.casefold() in text for word in words):
                    topic.naming.append(record)
    # Not `ends`: Tansu counts the last batch as one record.
    topic.ends = {each.partition: await consumer.position(each) for each in assigned}
    return topic
