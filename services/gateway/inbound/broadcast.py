"""Each record to the reader of its topic; every replica hears every one of them."""

from collections.abc import Callable, Mapping
from typing import Protocol

from servicekit import tracing
from servicekit.kafka_records import Received
from servicekit.metrics import Metrics


class Reader(Protocol):
    def consume(self, record: Received) -> int:
        """How many frames (or the like) followed from it; 0 when it concerned nobody here."""
        ...


class Broadcast:
    """`lost` takes the desk of a record that could not be handled: what it said is missing on that desk's pages."""

    def __init__(self, readers: Mapping[str, Reader], lost: Callable[[str], None], metrics: Metrics) -> None:
        self._readers, self._lost = readers, lost
        counter = metrics.counter(
            "records_total", "Records of Kafka: those that were consume, and those that concerned a socket here", ["topic", "what"]
        )
        self._seen = {topic: counter.labels(topic, "seen") for topic in readers}
        self._used = {topic: counter.labels(topic, "forwarded") for topic in readers}

    def consume(self, record: Received) -> None:
        """Raises what decoding raises: the reader of Kafka logs and counts it, and goes on."""
        self._seen[record.topic].inc()
        delivering = tracing.begin(f"deliver {record.topic}", record.headers.get(tracing.HEADER, ""))
        try:
            used = self._readers[record.topic].consume(record)
        except Exception:
            self._lost(record.headers.get("desk", ""))
            raise
        if used:
            self._used[record.topic].inc()
            # What concerns nobody here is no part of its click's story.
            delivering.end()
