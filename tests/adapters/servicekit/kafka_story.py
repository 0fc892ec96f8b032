"""Publishes and reads records with aiokafka, without servicekit."""

import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from servicekit.kafka_records import Received, received


async def publish(kafka: str, topic: str, *values: str, key: str = "a") -> None:
    """Publishes each value as one record."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    for value in values:
        await producer.send_and_wait(topic, value.encode(), key=key.encode())
    await producer.stop()


async def read(kafka: str, topic: str, count: int) -> list[Received]:
    """Returns the first `count` records of a topic, or all that arrived within 60 s."""
    found: list[Received] = []
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest", fetch_max_wait_ms=10)
    await consumer.start()
    ends = time.monotonic() + 60
    while len(found) < count and time.monotonic() < ends:
        for records in (await consumer.getmany(timeout_ms=100)).values():
            found += [received(record) for record in records]
    await consumer.stop()
    return found
