"""Keys and a clock for tests of identity and calls, and an echo server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer
from servicekit.grpc_tls import TlsFiles
from servicekit.identity import TokenSigner, TokenVerifier
from servicekit.metrics import Metrics
from stack.keys import key_of
from tests.fakes.clock import TurnedClock
from tests.unit.servicekit.echo import NAME, Echo, Servers


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def gateway(keys: Path, clock: TurnedClock) -> TokenSigner:
    return TokenSigner(key_of(keys, "gateway"), clock)


@pytest.fixture
def verifier(keys: Path, clock: TurnedClock) -> TokenVerifier:
    keys.mkdir(exist_ok=True)
    return TokenVerifier(keys, clock)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("test")


@pytest.fixture
async def echo() -> Echo:
    return Echo()


@pytest.fixture
async def server_of(verifier: TokenVerifier, metrics: Metrics) -> AsyncIterator[Servers]:
    made: list[GrpcServer] = []

    def make(echo: Echo, address: str = "127.0.0.1:0", tls: TlsFiles | None = None) -> GrpcServer:
        made.append(GrpcServer(address, verifier, metrics, services=[(NAME, echo.add)], tls=tls))
        return made[-1]

    yield make
    for server in made:
        await server.stop()


@pytest.fixture
async def server(server_of: Servers, echo: Echo) -> GrpcServer:
    server = server_of(echo)
    await server.start()
    return server


@pytest.fixture
async def line(server: GrpcServer, keys: Path, clock: TurnedClock) -> AsyncIterator[Any]:
    async with channel(server.address, TokenSigner(key_of(keys, "chat"), clock), Metrics("client")) as open_line:
        yield open_line
