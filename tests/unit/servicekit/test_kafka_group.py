"""A member of a group joins whatever silence its broker allows."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import InvalidSessionTimeoutError

from servicekit import kafka_group
from servicekit.kafka_broker import Broker
from servicekit.kafka_group import GroupReader
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_topics import Topic
from servicekit.metrics import Metrics
from tests.fakes.waiting import until

# The default of group.min.session.timeout.ms of Apache Kafka.
LEAST_MS = 6_000


class Consumer:
    """Refuses a session timeout below LEAST_MS, as the group coordinator of Apache Kafka does; else it is assigned no partitions."""

    def __init__(self, session_timeout_ms: int) -> None:
        self._client, self._on_connection_closed = self, lambda line, reason: None
        self._fetcher = SimpleNamespace(_fetch_max_wait_ms=1, _fetcher_timeout=0.2, _proc_fetch_request=None)
        self._coordinator = SimpleNamespace(generation=1)
        self._accepted, self._listener = session_timeout_ms >= LEAST_MS, None

    def subscribe(self, topics: list[str], listener: Any) -> None:
        self._listener = listener

    async def start(self) -> None: ...

    async def getmany(self, timeout_ms: int, max_records: int) -> dict[Any, Any]:
        if not self._accepted:
            raise InvalidSessionTimeoutError
        await self._listener.on_partitions_assigned([])  # type: ignore[attr-defined]
        await asyncio.sleep(timeout_ms / 1000)
        return {}

    async def stop(self) -> None: ...


@pytest.mark.parametrize(("fetch_wait", "offered"), [(0.01, [2_000, 4_000, 8_000]), (0.2, [4_000, 8_000]), (0.5, [10_000])])
async def test_a_member_offers_a_longer_silence_until_the_broker_accepts_it(
    fetch_wait: float, offered: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def new_consumer(kafka: Broker, wait: float, size: int, *, session_timeout_ms: int, **more: Any) -> Consumer:
        tried.append(session_timeout_ms)
        return Consumer(session_timeout_ms)

    async def topics_exist(kafka: Broker, topics: Any) -> None: ...

    monkeypatch.setattr(kafka_group, "new_consumer", new_consumer)
    monkeypatch.setattr(kafka_group, "ensure_topics", topics_exist)
    metrics, broker = Metrics("test"), Broker("127.0.0.1:1")

    async def handle(record: Any) -> None: ...

    reader = GroupReader(broker, fetch_wait, "group", [Topic("t")], handle, metrics, publisher=Publisher(broker, False, metrics))
    await reader.start()
    await until(lambda: reader.ready)
    await reader.stop()

    assert tried == offered
