"""Where a message's time goes: the mean of each hop between two reads of the metrics that the services export.

*queue*: in chat, until the command is decided. *commit*: a batch in the store. *to Kafka*: from the decision until Kafka has the record,
so the commit is part of it. *to sockets*: from publishing the record until the gateway has written it to the sockets. *answer*: from the
page's frame until the gateway has chat's answer.
"""

import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

from stack.services import Stack

# Column -> the name of a histogram of milliseconds, without the prefix of all, and a label that it must have.
HOPS: Mapping[str, tuple[str, str]] = {
    "queue ms": ("chat_queue_seconds", ""),
    "commit ms": ("chat_commit_seconds", ""),
    "to Kafka ms": ("chat_relay_lag_seconds", ""),
    "to sockets ms": ("gateway_delivery_seconds", "parley.chat.v1"),
    "answer ms": ("gateway_post_seconds", "accepted"),
}
BATCH = "chat_commit_batch_entries", ""
Histogram = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Hops:
    """The sum and the count of each histogram since the services started."""

    totals: Mapping[Histogram, tuple[float, float]]

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Reads the metrics of every replica of chat and gateway."""
        found = [_totals(replica.metrics) for replica in stack.replicas.values() if replica.service in ("chat", "gateway")]
        named = (*HOPS.values(), BATCH)
        return cls({one: _plus(*(totals.get(one, (0.0, 0.0)) for totals in found)) for one in named})

    def since(self, before: Self) -> dict[str, str]:
        """A row of formatted cells: the mean of each hop, and of the entries that were committed together."""
        hops = {column: f"{self._mean(one, before) * 1000:.1f}" for column, one in HOPS.items()}
        return {**hops, "entries a commit": f"{self._mean(BATCH, before):.1f}"}

    def _mean(self, one: Histogram, before: Self) -> float:
        (total, count), (total_before, count_before) = self.totals[one], before.totals[one]
        return (total - total_before) / max(1.0, count - count_before)


def _totals(address: str) -> dict[Histogram, tuple[float, float]]:
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
        page = answer.read().decode()
    totals: dict[Histogram, tuple[float, float]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            name, _, part = sample.name.removeprefix("parley_").rpartition("_")
            if part in ("sum", "count"):
                for label in {"", *sample.labels.values()}:
                    added = (sample.value, 0.0) if part == "sum" else (0.0, sample.value)
                    totals[name, label] = _plus(totals.get((name, label), (0.0, 0.0)), added)
    return totals


def _plus(*pairs: tuple[float, float]) -> tuple[float, float]:
    return sum(total for total, _ in pairs), sum(count for _, count in pairs)
