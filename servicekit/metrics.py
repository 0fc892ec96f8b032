"""Prometheus metrics of one service, in its own registry, so that a test process can run several services."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.registry import Collector

M = TypeVar("M", bound=MetricWrapperBase)
# Label values -> count; the key is () without labels.
Counts = Mapping[tuple[str, ...], int]

# Seconds, from a call within one machine to the longest deadline of a call.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Up to what an outage of half an hour leaves behind.
AGES = (*SECONDS, 30.0, 120.0, 600.0, 1800.0)


class Metrics:
    """Creates metrics named `parley_<service>_<name>`. A second call with a name returns the same metric."""

    def __init__(self, service: str) -> None:
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        self.service = service
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._made: dict[str, MetricWrapperBase] = {}

    def counter(self, name: str, text: str, labels: Sequence[str] = ()) -> Counter:
        """`name` ends in _total."""
        return self._once(Counter, name, text, labels)

    def counter_of(self, name: str, text: str, counts: Callable[[], Counts], labels: Sequence[str] = ()) -> None:
        """Exports counts that are kept elsewhere, and read when Prometheus scrapes: for what happens many times for each message, where
        `Counter.inc` costs much more than an addition. Call it once for a name. `name` ends in _total."""
        self.registry.register(_CountsKeptElsewhere(f"parley_{self.service}_{name}", text, counts, labels))

    def gauge(self, name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        return self._once(Gauge, name, text, labels)

    def histogram(self, name: str, text: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS) -> Histogram:
        """`name` ends in its unit, _seconds or _bytes."""
        return self._once(Histogram, name, text, labels, buckets=buckets)

    def page(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)

    def _once(self, kind: type[M], name: str, text: str, labels: Sequence[str], **more: Any) -> M:
        if name not in self._made:
            self._made[name] = kind(f"parley_{self.service}_{name}", text, labels, registry=self.registry, **more)
        found = self._made[name]
        if not isinstance(found, kind):
            raise TypeError(f"{name} is already a {type(found).__name__}")
        return found


class _CountsKeptElsewhere(Collector):
    def __init__(self, name: str, text: str, counts: Callable[[], Counts], labels: Sequence[str]) -> None:
        self._name, self._text, self._counts, self._labels = name, text, counts, labels

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily(self._name, self._text, labels=self._labels)
        for values, count in self._counts().items():
            family.add_metric(values, count)
        yield family
