"""Each record to the reader of its topic; every replica hears every one of them."""

from collections.abc import Mapping
from typing import Protocol

from servicekit.kafka_records import Received
from servicekit.metrics import Metrics


class Reader(Protocol):
    def heard(self, record: Received) -> int:
        """How many frames (or the like) followed from it; 0 when it concerned nobody here."""
        ...


class Broadcast:
    def __init__(self, readers: Mapping[str, Reader], metrics: Metrics) -> None:
        self._readers = readers
        counter = metrics.counter(
            "records_total", "Records of Kafka: those that were heard, and those that concerned a socket here", ["topic", "what"]
        )
        self._seen = {topic: counter.labels(topic, "seen") for topic in readers}
        self._used = {topic: counter.labels(topic, "forwarded") for topic in readers}

    def heard(self, record: Received) -> None:
        """Raises what decoding raises: the reader of Kafka logs and counts it, and goes on."""
        self._seen[record.topic].inc()
        if self._readers[record.topic].heard(record):
            self._used[record.topic].inc()
