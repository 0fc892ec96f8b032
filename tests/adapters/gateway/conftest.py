"""A whole gateway on real ports. Its peers are fakes over real gRPC, and its broker is real."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from servicekit import kafka_topics as topics
from servicekit.app import App
from servicekit.kafka_broker import Broker
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Record
from servicekit.metrics import Metrics
from servicekit.settings import load
from services.gateway.config import GatewaySettings
from services.gateway.inbound.http_server import HttpServer
from services.gateway.wiring import wire
from stack.keys import key_of
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.peers import Peers

CEILING = 60.0


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    key_of(folder, "gateway")
    return folder


@pytest.fixture
async def peers(keys: Path, unique: str) -> AsyncIterator[Peers]:
    async with Peers(keys, unique) as peers:
        yield peers


@pytest.fixture
def gateway_env() -> dict[str, str]:
    """Settings of one test's gateway; a test may override the fixture."""
    return {}


@pytest.fixture
async def gateway(
    peers: Peers, keys: Path, engine_settings: dict[str, str], gateway_env: dict[str, str], tmp_path: Path
) -> AsyncIterator[App]:
    web = tmp_path / "dist"
    for name in ("tech", "portal", "signin", "missing"):
        (web / name).mkdir(parents=True)
        (web / name / "index.html").write_text(f"<title>{name}</title>")
    (web / "assets").mkdir()
    (web / "assets" / "app-1a2b.js").write_text("1")
    (web / "assets" / "app-1a2b.js.br").write_text("1 in br")
    (web / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(b"1"))
    (web / "tech" / "sw.js").write_text("2")
    (web / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    environ = {
        **engine_settings,
        **{f"PARLEY_{name}": peers.address for name in ("PRESENCE", "CHAT", "TICKETS", "NOTIFY")},
        "PARLEY_KEYS": str(keys),
        "PARLEY_GATEWAY_KEY": str(key_of(keys, "gateway")),
        "PARLEY_HTTP_PORT": "0",
        "PARLEY_GATEWAY_GRPC_ADDRESS": "127.0.0.1:0",
        "PARLEY_GATEWAY_METRICS_ADDRESS": "127.0.0.1:0",
        "PARLEY_GATEWAY_WEB": str(web),
        "PARLEY_REPLICA": "gateway-1",
        "PARLEY_GATEWAY_DRAIN_SECONDS": "0",
        "PARLEY_TICKETS_TRIAL": "public",
        **gateway_env,
    }
    async with wire(load(GatewaySettings, environ)) as app:
        await until(lambda: app.ready)
        yield app


@pytest.fixture
def url(gateway: App) -> str:
    server = next(part for part in gateway.parts if isinstance(part, HttpServer))
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
async def browser_of(url: str, peers: Peers) -> AsyncIterator[Callable[[str], Browser]]:
    """`browser_of("mia")`: a browser in which Mia is signed in."""
    async with AsyncExitStack() as open_ones:

        def opened(person_id: str) -> Browser:
            secret = peers.directory.sign_in(person_id) if person_id else ""
            made = Browser(url, person_id, secret, peers.directory.sign_ins[secret].id if secret else "")
            open_ones.push_async_callback(made.close)
            return made

        yield opened


@pytest.fixture
async def publish(kafka_url: str, engine_settings: dict[str, str]) -> AsyncIterator[Callable[..., object]]:
    """Publishes records on Kafka, as the services do."""
    idempotence = engine_settings.get("PARLEY_KAFKA_IDEMPOTENCE", "true") == "true"
    publisher = Publisher(Broker(kafka_url), idempotence, Metrics("publish"), topics=topics.TOPICS)
    await publisher.start()
    await until(lambda: publisher.ready)

    async def publish_records(*records: Record) -> None:
        await publisher.publish(records)

    yield publish_records
    await publisher.stop()


async def until(holds: Callable[[], bool], seconds: float = CEILING) -> None:
    """Waits for a condition."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
