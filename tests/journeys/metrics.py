"""The metrics that the stack's processes export."""

import asyncio
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from stack.services import Stack


@dataclass(frozen=True)
class Sample:
    name: str
    labels: Mapping[str, str]
    value: float


async def samples(stack: Stack, name: str) -> list[Sample]:
    """All samples of a replica, such as `chat-1`. Raises OSError while it is down."""
    return await asyncio.to_thread(lambda: list(_read(stack.replicas[name].metrics)))


def _read(address: str) -> Iterator[Sample]:
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield Sample(sample.name, sample.labels, sample.value)
