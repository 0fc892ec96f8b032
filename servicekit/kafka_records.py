"""What goes into a topic and what comes out of it. Headers are text on both sides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """One thing to say. Records of one key keep their order. An empty value is an empty value, not a deletion."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


# Not frozen: a broadcast makes one for each record, and a frozen one costs three times as much.
@dataclass(slots=True)
class Received:
    """One record as it was heard; `offset` counts within (topic, partition)."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    headers: dict[str, str]


def received(raw: Any) -> Received:
    """From aiokafka's own record. Bytes that are no UTF-8 come out with replacement marks; a missing value as b"", of a header as ""."""
    key = raw.key.decode("utf-8", "replace") if raw.key else ""
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in raw.headers}
    return Received(raw.topic, raw.partition, raw.offset, key, raw.value or b"", headers)
