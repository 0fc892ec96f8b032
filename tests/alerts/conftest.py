"""All of Parley under Prometheus, with what the faults need: a store that can be made slow, a full gateway, an identity provider that is
down."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stack.ports import HOST
from stack.services import Stack
from stack.unlimited import UNLIMITED
from tests.alerts.slow_store import SlowStore, slow_store
from tests.alerts.watching import Watch, prometheus
from tests.conftest import KAFKA, STORE
from tests.journeys.desk import TestDesk

# Connections that the second gateway takes. Nobody is connected to it.
FEW = 4
# A record that is retried blocks its partition, so more of them make more tries.
PARTITIONS = 8
# The id of the identity provider; nothing listens at its address.
PROVIDER = "down"


class FaultyStack(Stack):
    """Chat reaches the store through a proxy, the first gateway has an identity provider, and the second one takes few connections."""

    store_of_chat: SlowStore

    def env_of(self, name: str) -> dict[str, str]:
        variables = super().env_of(name)
        if name == "chat-1":
            url = variables["PARLEY_MONGO"]
            return {**variables, "PARLEY_MONGO": url.replace(f"{HOST}:{self._store_port()}", f"{HOST}:{self.store_of_chat.port}")}
        if name == "gateway-1":
            return {
                **variables,
                "PARLEY_GATEWAY_PUBLIC_URL": self.http_url,
                "PARLEY_GATEWAY_PROVIDERS": str(self.data_dir / "providers.json"),
            }
        # Without a trusted proxy one address may have only half of the connections, which the alert does not count.
        full = {"PARLEY_GATEWAY_MAX_CONNECTIONS": str(FEW), "PARLEY_GATEWAY_TRUST_PROXY": "true"}
        return {**variables, **full} if name == "gateway-2" else variables

    def _store_port(self) -> int:
        assert self.store is not None
        return self.store.port


@pytest.fixture
def stack(tmp_path: Path, free_port: int) -> Iterator[FaultyStack]:
    env = {**UNLIMITED, "PARLEY_TICKETS_TRIAL": "true", "PARLEY_NOTIFY_WEBHOOK_ALLOW": HOST, "PARLEY_KAFKA_PARTITIONS": str(PARTITIONS)}
    stack = FaultyStack(tmp_path / "parley", kafka=KAFKA, store=STORE, counts={"gateway": 2}, env=env)
    stack.data_dir.mkdir(parents=True)
    provider = {"id": PROVIDER, "name": "Staff", "desk_id": "any", "app": "tech", "issuer": f"http://{HOST}:1", "client_id": "parley"}
    (stack.data_dir / "providers.json").write_text(json.dumps([provider]))
    with slow_store(stack._store_port()) as stack.store_of_chat, stack:
        yield stack


@pytest.fixture
def watch(stack: FaultyStack, tmp_path: Path) -> Iterator[Watch]:
    with prometheus(stack, tmp_path / "prometheus") as watch:
        yield watch


@pytest.fixture
async def desk(stack: FaultyStack, unique: str) -> AsyncIterator[TestDesk]:
    desk = TestDesk(stack, unique)
    await desk.make()
    yield desk
    await desk.close()
