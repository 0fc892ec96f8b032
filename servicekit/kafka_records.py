"""Records as they are published and as they are consumed. Headers are text on both sides."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """A record to publish. Records of one key keep their order. An empty value does not delete the key."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


# Not frozen, because a broadcast creates one per record and a frozen one costs three times as much.
@dataclass(slots=True)
class Received:
    """A consumed record; `offset` counts within (topic, partition), `at_ms` is when it was published, by its publisher's clock."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    headers: dict[str, str]
    at_ms: int = 0

    def age(self) -> float:
        """Seconds since it was published; 0 if the publisher's clock is ahead, or the time is not known."""
        return max(time.time() - self.at_ms / 1000, 0) if self.at_ms > 0 else 0


def received(raw: Any) -> Received:
    """Converts aiokafka's record. Invalid UTF-8 becomes replacement characters; a missing value is b"", and "" for a header."""
    key = raw.key.decode("utf-8", "replace") if raw.key else ""
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in raw.headers}
    return Received(raw.topic, raw.partition, raw.offset, key, raw.value or b"", headers, raw.timestamp)
