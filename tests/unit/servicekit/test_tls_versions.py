"""Connections with TLS have version 1.2 or 1.3, and a cipher suite with forward secrecy and authenticated encryption."""

import asyncio
import re
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from servicekit.errors import Unavailable
from servicekit.grpc_client import call, channel
from servicekit.grpc_tls import TlsFiles
from servicekit.identity import TokenSigner
from servicekit.kafka_broker import Broker
from servicekit.metrics import Metrics
from tests.fakes.certificates import Authority
from tests.unit.servicekit.echo import Echo, Servers, unary

ROOT = Path(__file__).parents[3]
STRONG = re.compile(r"TLS_(AES|CHACHA20)|ECDHE.*(GCM|CHACHA20)")
# OpenSSL of a client or server that has everything old allowed.
EVERYTHING = "ALL:@SECLEVEL=0"

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    authority = Authority(tmp_path / "tls")
    return TlsFiles(*authority.sign("echo"), authority.ca)


def context_of(files: TlsFiles, side: int, newest: ssl.TLSVersion, ciphers: str) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.load_verify_locations(files.ca)
    context.load_cert_chain(files.cert, files.key)
    context.set_alpn_protocols(["h2"])
    context.set_ciphers(ciphers)
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    return context


async def suite(address: str, context: ssl.SSLContext) -> str:
    """The cipher suite on which client and server agree. Raises OSError if there is none."""
    host, _, port = address.rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context)
    name = writer.get_extra_info("cipher")[0]
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return str(name)


async def test_a_service_takes_new_versions_and_strong_suites_alone(server_of: Servers, echo: Echo, files: TlsFiles) -> None:  # spec 10.3
    server = server_of(echo, tls=files)
    await server.start()
    for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        assert STRONG.match(await suite(server.address, context_of(files, ssl.PROTOCOL_TLS_CLIENT, newest, EVERYTHING)))
    refused = {ssl.TLSVersion.TLSv1_1: EVERYTHING, ssl.TLSVersion.TLSv1_2: "ALL:!AESGCM:!CHACHA20:!AESCCM:@SECLEVEL=0"}
    for newest, ciphers in refused.items():
        with pytest.raises(OSError):
            await suite(server.address, context_of(files, ssl.PROTOCOL_TLS_CLIENT, newest, ciphers))


async def test_a_service_calls_none_that_has_old_versions_alone(gateway: TokenSigner, files: TlsFiles) -> None:  # spec 10.3
    seen = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.set()
        writer.close()

    old = context_of(files, ssl.PROTOCOL_TLS_SERVER, ssl.TLSVersion.TLSv1_1, EVERYTHING)
    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=old)
    async with server, channel(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", gateway, Metrics("client"), files) as line:
        with pytest.raises(Unavailable):
            await call(unary(line), b"who", timeout=2)
    assert not seen.is_set()  # it is called after the handshake


def test_connections_to_kafka_providers_and_webhooks_take_neither_old_versions_nor_weak_suites() -> None:
    made = ssl.create_default_context()
    assert made.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert [suite["name"] for suite in made.get_ciphers() if suite["strength_bits"] < 128 or suite["kea"] == "kx-rsa"] == []
    assert Broker("broker:9093", tls=True).connection()["ssl_context"].minimum_version >= ssl.TLSVersion.TLSv1_2
    # All others are made in the same way, and none is weakened afterwards.
    sources = [path.read_text() for folder in ("services", "servicekit") for path in (ROOT / folder).rglob("*.py")]
    assert [
        text for text in sources if re.search(r"SSLContext\(|_create_unverified|set_ciphers|m\w+_version =|CERT_NONE|check_hostname", text)
    ] == []
