"""What every replica hears of parley.presence.v1, by kind; what nobody here reads is passed over undecoded."""

from collections.abc import Mapping
from typing import Protocol

from servicekit.kafka_records import Received


class Reader(Protocol):
    def consume(self, record: Received) -> None:
        """Never waits."""
        ...

    def jumped(self) -> None:
        """Something may have been missed."""
        ...


class PresenceTopic:
    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self._readers = readers

    def consume(self, record: Received) -> None:
        """Raises what decoding raises: the reader of Kafka logs and counts it, and goes on."""
        if reader := self._readers.get(record.headers.get("kind", "")):
            reader.consume(record)

    def jumped(self) -> None:
        for reader in self._readers.values():
            reader.jumped()
