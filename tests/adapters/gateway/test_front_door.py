"""The bounds of the browsers' port: headers, bodies, pipelines, connections, unread responses; none of them fills the log."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from servicekit.app import App
from services.gateway.inbound.http_connection import PIECE
from tests.adapters.gateway.bounded import must_not_block, must_not_hold
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.conftest import until
from tests.adapters.gateway.made_up import chunked
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.raw import GET, Raw, statuses

Open = Callable[[str], Browser]
POST = b"POST /sign-in/api/sign-in HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n"


@pytest.fixture
def port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


@pytest.fixture
def gateway_env() -> dict[str, str]:
    return {"PARLEY_GATEWAY_MAX_CONNECTIONS": "24"}


# Only for tests of the times: a machine that stops for a moment must not end the connections of the others.
short_times = pytest.mark.parametrize(
    "gateway_env", [{f"PARLEY_GATEWAY_{name}_SECONDS": "1" for name in ("HEAD", "BODY", "ANSWER")}], ids=["short times"]
)


def refusals(gateway: App, reason: str) -> float:
    return gateway.metrics.registry.get_sample_value("parley_gateway_http_refusals_total", {"reason": reason}) or 0.0


HEADS = {
    "an endless header": [b"GET / HTTP/1.1\r\nX: ", *[b"a" * 16_384] * 100],
    "endless headers": [b"GET / HTTP/1.1\r\n", *[b"X-Filler: aaaaaaaaaaaaaaaa\r\n" * 600] * 100],
    "an endless path": [b"GET /", *[b"a" * 16_384] * 100],
    "small headers": [b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 250],
    "complete headers that are too large": [b"GET / HTTP/1.1\r\nX: " + b"a" * 33_000 + b"\r\n\r\n"],
    "an endless trailer": [POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: ", *[b"a" * 16_384] * 100],
}


@pytest.mark.parametrize("name", HEADS)
async def test_headers_above_the_limit_are_refused_before_they_are_stored(gateway: App, port: int, name: str) -> None:  # spec 10.9
    async with Raw(port) as raw:
        for data in HEADS[name]:
            await raw.send(data)
        assert set(statuses(await raw.rest())) <= {431}
    assert refusals(gateway, "head_size") == 1


async def test_large_headers_within_the_limit_are_served(port: int) -> None:
    async with Raw(port) as raw:
        await raw.send(GET[:-2] + b"Cookie: " + b"a" * 30_000 + b"\r\n\r\n")
        assert await raw.answers(1) == [200]


@short_times
async def test_headers_and_bodies_have_a_timeout(gateway: App, port: int) -> None:  # spec 10.9
    async def slow(first: bytes, each: bytes) -> list[int]:
        async with Raw(port) as raw:
            await raw.send(first)
            answered = asyncio.create_task(raw.rest())
            while not answered.done():
                await raw.send(each)
                await asyncio.wait([answered], timeout=0.05)
            return statuses(await answered)

    assert await slow(b"GET / HTTP/1.1\r\n", b"a: b\r\n") == [408]
    assert await slow(POST + b"Content-Length: 60000\r\n\r\n", b" ") == [408]
    assert await slow(b"", b"") == []
    assert await slow(GET, b"\r\n") == [200], "blank lines between requests do not extend the timeout"
    assert (refusals(gateway, "head_time"), refusals(gateway, "body_time")) == (1, 1)


async def test_a_body_in_chunks_of_one_byte_is_passed_on_in_few_pieces(
    port: int, browser_of: Open, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 10.9
    pieces: list[bytes] = []
    hand_on = HttpToolsProtocol.on_body

    def noted(connection: HttpToolsProtocol, body: bytes) -> None:
        pieces.append(body)
        hand_on(connection, body)

    monkeypatch.setattr(HttpToolsProtocol, "on_body", noted)
    ava = browser_of("ava")
    opened = [f"Cookie: parley_tech={ava.secret}", f"Parley-Sign-In: {ava.sign_in_id}", "Transfer-Encoding: chunked"]
    head = "\r\n".join(["PATCH /tech/api/tickets/t1 HTTP/1.1", "Host: x", "Origin: http://x", *opened, "", ""]).encode()
    summary = "words" * 4_000
    data = head + chunked(b'{"summary":"%b"}' % summary.encode())

    async def send() -> None:
        async with Raw(port) as raw:
            # The bytes after it belong to the next request.
            await raw.send(data + GET)
            assert await raw.answers(2) == [200, 200]

    await send()
    assert peers.tickets.asked[-1][1].summary == summary
    assert len(pieces) <= 2 * len(data) / PIECE
    await must_not_block("chunks of one byte", len(summary), send)


async def test_pipelined_requests_are_answered_in_order_and_bounded(gateway: App, port: int) -> None:  # spec 10.9
    async with Raw(port) as raw:
        await raw.send(GET * 10 + b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await raw.answers(11) == [200] * 10 + [404]
        # Paused requests continue, including a body that arrives after the requests before it.
        await raw.send(GET * 3 + POST + b"Content-Length: 2\r\n\r\n{")
        await raw.answers(3)
        await raw.send(b"}")
        assert await raw.answers(1) == [400]

    async def flood() -> None:
        async with Raw(port) as raw:
            reading = asyncio.create_task(raw.rest())
            for _ in range(20):
                await raw.send(GET * 5_000)
            assert len(statuses(await reading)) <= 17

    await must_not_block("a pipeline", 20 * 5_000 * len(GET), flood)
    await must_not_hold("a pipeline", len(GET) * 5_000, flood)
    assert refusals(gateway, "pipeline") >= 2


async def idle(held: AsyncExitStack, port: int, count: int, address: str) -> list[Raw]:
    """Opens connections that got a response and send no further request."""
    opened = [await held.enter_async_context(Raw(port, address)) for _ in range(count)]
    for raw in opened:
        await raw.send(GET)
        assert await raw.answers(1) == [200]
    return opened


async def test_an_address_gets_half_of_the_connections_and_then_503(gateway: App, port: int, browser_of: Open) -> None:  # spec 10.9
    page = await browser_of("mia").page()
    async with AsyncExitStack() as held:
        await idle(held, port, 11, "127.0.0.1")
        for _ in range(30):
            # The answer comes before the request. A request that arrives after the close resets the connection, and the answer is lost.
            async with Raw(port) as refused:
                received = await refused.rest()
                assert statuses(received) == [503] and b"retry-after" in received
        async with httpx.AsyncClient(base_url=f"http://{gateway.probes.address}") as probes:
            assert (await probes.get("/live")).status_code == (await probes.get("/ready")).status_code == 200
            assert "parley_gateway_http_connections 12.0" in (await probes.get("/metrics")).text
        assert refusals(gateway, "address_connections") == 30
    # The page's socket counts and stays open; a new connection is accepted after it closes.
    await page.connection.close()
    await until(lambda: gateway.metrics.registry.get_sample_value("parley_gateway_http_connections") == 0)
    async with Raw(port) as raw:
        await raw.send(GET)
        assert await raw.answers(1) == [200]


async def test_idle_connections_are_closed_when_the_port_is_full(gateway: App, port: int, browser_of: Open) -> None:  # spec 10.9
    page = await browser_of("mia").page()
    async with AsyncExitStack() as held:
        opened = [*await idle(held, port, 11, "127.0.0.1"), *await idle(held, port, 12, "127.0.0.2")]
        silent = [await held.enter_async_context(Raw(port, f"127.0.1.{number}")) for number in range(20)]
        await until(lambda: refusals(gateway, "idle") == 20)
        assert [await raw.rest() for raw in opened[:20]] == [b""] * 20
        for address in ("127.0.0.1", "127.0.0.3"):
            async with Raw(port, address) as new:
                await new.send(GET)
                assert await new.answers(1) == [200]
        assert refusals(gateway, "connections") == 0 and len(silent) == 20
    await page.connection.close()
    await until(lambda: gateway.metrics.registry.get_sample_value("parley_gateway_http_connections") == 0)


async def test_a_burst_on_a_full_port_closes_the_oldest_connections(gateway: App, port: int) -> None:  # spec 10.9
    async with AsyncExitStack() as held:
        opened = await idle(held, port, 4, "127.0.0.1")
        # All are accepted in one turn of the event loop, which the gateway shares.
        burst = [socket.create_connection(("127.0.0.1", port), source_address=(f"127.0.1.{number}", 0)) for number in range(40)]
        assert [await raw.rest() for raw in opened] == [b""] * 4
        await until(lambda: refusals(gateway, "idle") == 4 + 40 - 24)
        assert refusals(gateway, "connections") == 0
        for number, each in enumerate(burst):
            each.setblocking(False)
            newest = number >= 40 - 24
            reader, writer = await asyncio.open_connection(sock=each)
            writer.write(GET)
            assert (b" 200 " in await reader.readline()) == newest, number
            writer.transport.abort()
    await until(lambda: gateway.metrics.registry.get_sample_value("parley_gateway_http_connections") == 0)


@short_times
async def test_a_connection_that_does_not_read_its_response_is_closed(gateway: App, port: int, tmp_path: Path) -> None:  # spec 10.9
    (tmp_path / "dist" / "assets" / "large.js").write_bytes(b"1" * 30_000_000)
    async with Raw(port) as raw:
        raw._writer.transport.pause_reading()  # type: ignore[attr-defined]
        await raw.send(b"GET /assets/large.js HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: refusals(gateway, "answer_time") == 1)
    await until(lambda: gateway.metrics.registry.get_sample_value("parley_gateway_http_connections") == 0)


GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01",
    b"\0" * 50,
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"SSH-2.0-x\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\n\r\n",
    GET[:-2] + b"Host: y\r\n\r\n",
    POST + b"Content-Length: x\r\n\r\n",
    POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
]


@short_times
async def test_neither_garbage_nor_a_closed_connection_is_logged_as_a_failure(
    gateway: App, port: int, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], peers: Peers, browser_of: Open
) -> None:  # spec 10.9
    caplog.set_level(logging.INFO)
    capsys.readouterr()
    for data in GARBAGE:
        async with Raw(port) as raw:
            await raw.send(data)
            assert set(statuses(await raw.rest())) <= {400, 404, 405, 408}, data
    async with Raw(port) as raw:
        await raw.send(GET[:-2] + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert statuses(await raw.rest()) == [200]
    assert refusals(gateway, "malformed") >= 8
    cookie = f"Cookie: parley_portal={browser_of('mia').secret}\r\n".encode()
    for data in (POST + b"Content-Length: 9\r\n\r\n{", GET * 12, b"GET /portal/api/start HTTP/1.1\r\nHost: x\r\n" + cookie + b"\r\n"):
        async with Raw(port) as raw:
            await raw.send(data)
            await asyncio.sleep(0)
            raw.abort()
    await until(lambda: gateway.metrics.registry.get_sample_value("parley_gateway_http_connections") == 0)
    assert [record.getMessage() for record in caplog.records if record.name.startswith(("uvicorn", "asyncio"))] == []
    assert "failed" not in capsys.readouterr().out


async def test_a_refused_path_is_not_cached(url: str) -> None:  # spec 10.7, 10.9
    async with httpx.AsyncClient(base_url=url) as http:
        for path in (f"/{'a' * 300}", "/tech" + "/a" * 2_000, "/tech/api/nothing", "/portal/api/start", "/nothing", f"/assets/{'a' * 190}"):
            answer = await http.get(path)
            assert answer.status_code in (401, 404), path
            assert answer.headers["cache-control"] == "no-store", path
            assert "geolocation=()" in answer.headers["permissions-policy"]
        assert (await http.request("BREW", "/tech/api/start")).headers["cache-control"] == "no-store"
