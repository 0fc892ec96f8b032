"""Bounds on memory and frames per socket (spec 10.9): unfinished frames, sockets without a sign-in, unread pongs."""

import asyncio
import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from servicekit.app import App
from services.gateway.inbound import page_socket
from services.gateway.inbound.websocket import MAX_MESSAGE
from services.gateway.outbound.socket_writer import PONG_EVERY
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.conftest import until
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.raw_socket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawSocket, frame

Open = Callable[[str], Browser]
MIB = 1024 * 1024
BOUND = 100_000
POST = {"t": "post", "sessionId": "s", "commandId": "c", "text": "words"}


@pytest.fixture
def gateway_env() -> dict[str, str]:
    return {"PARLEY_GATEWAY_SEND_BOUND": str(BOUND)}


@pytest.fixture
def held(gateway: App) -> Iterator[Callable[[], int]]:
    """Returns a function that gives the bytes allocated in this process, with the gateway, since the start of the test."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    yield lambda: tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()


def closes(gateway: App, code: str) -> float:
    return gateway.metrics.registry.get_sample_value("parley_gateway_closes_total", {"code": code}) or 0


def open_sockets(gateway: App) -> float:
    return gateway.metrics.registry.get_sample_value("parley_gateway_connections", {"app": "portal"}) or 0


async def flood(socket: RawSocket, data: bytes, size: int) -> None:
    """Sends `size` bytes, or until the connection is closed."""
    for _ in range(size // len(data)):
        if not await socket.send(data):
            return


async def test_a_frame_with_a_size_above_the_limit_is_refused_before_it_is_buffered(
    gateway: App, browser_of: Open, held: Callable[[], int]
) -> None:  # spec 10.9
    mia = browser_of("mia")
    sockets = [await RawSocket.open(mia) for _ in range(8)]
    for socket in sockets:
        await socket.until(TEXT, b"welcome")
        await socket.send(frame(TEXT, length_in_head=4 * MIB))
        assert await socket.close_code() == 1009
    await asyncio.gather(*(flood(socket, b"x" * 16_384, 3 * MIB) for socket in sockets))
    await asyncio.gather(*(socket.wait_closed() for socket in sockets))
    assert held() < 2 * MIB
    await until(lambda: open_sockets(gateway) == 0)


async def test_unfinished_frames_hold_at_most_twice_their_size(browser_of: Open, held: Callable[[], int]) -> None:  # spec 10.9
    mia, size = browser_of("mia"), 60_000
    sockets = [await RawSocket.open(mia) for _ in range(20)]
    for socket in sockets:
        await socket.until(TEXT, b"welcome")
    before = held()
    for socket in sockets:
        await socket.send(frame(TEXT, b"x" * size, length_in_head=64_000))
        # Silence closes it; a complete frame of another socket shows that all bytes of this one were read.
    page = await mia.page()
    await page.send(POST)
    await page.receive("posted")
    assert held() - before < len(sockets) * (2 * size + 64 * 1024)


async def test_many_small_frames_do_not_grow_the_buffer(browser_of: Open, held: Callable[[], int]) -> None:  # spec 10.9
    socket = await RawSocket.open(browser_of("mia"))
    await socket.until(TEXT, b"welcome")
    before = held()
    await flood(socket, frame(TEXT, b'{"t":"beat"}') * 1000, MIB)
    await socket.send(frame(TEXT, json.dumps(POST).encode()))
    assert held() - before < 128 * 1024


async def test_frames_of_a_socket_without_a_sign_in_are_not_read(
    gateway: App, browser_of: Open, held: Callable[[], int]
) -> None:  # spec 10.9
    sockets = [await RawSocket.open(browser_of("mia"), signed_in=False) for _ in range(10)]
    for socket in sockets:
        assert await socket.close_code() == 4401
    await asyncio.gather(*(flood(socket, frame(TEXT, b"x" * 60_000, length_in_head=64_000), MIB) for socket in sockets))
    await asyncio.gather(*(socket.wait_closed() for socket in sockets))
    assert held() < 2 * MIB


async def test_nothing_is_read_before_the_person_is_identified_and_that_time_is_bounded(
    browser_of: Open, peers: Peers, gateway: App, held: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 10.9
    monkeypatch.setattr(page_socket, "ADMIT_WITHIN", 0.5)
    peers.directory.hangs.clear()
    socket = await RawSocket.open(browser_of("mia"))
    await flood(socket, frame(TEXT, b'{"t":"beat"}') * 1000, 2 * MIB)
    assert await socket.close_code() in (4503, 1006)
    assert closes(gateway, "4503") == 1
    assert held() < 512 * 1024
    assert not gateway.metrics.registry.get_sample_value("parley_gateway_frames_in_total", {"kind": "Beat"})


async def test_pings_are_answered_at_most_once_a_second_including_the_last(browser_of: Open) -> None:  # spec 10.9
    socket = await RawSocket.open(browser_of("mia"))
    began = asyncio.get_running_loop().time()
    for number in range(500):
        await socket.send(frame(PING, b"%d" % number))
    frames = await socket.until(PONG, b"499")
    pongs = [payload for opcode, payload in frames if opcode == PONG]
    assert len(pongs) <= 2 + (asyncio.get_running_loop().time() - began) / PONG_EVERY


async def test_pings_of_a_page_that_does_not_read_use_no_memory(browser_of: Open, held: Callable[[], int]) -> None:  # spec 10.9
    sockets = [await RawSocket.open(browser_of("mia")) for _ in range(4)]
    before = held()
    await asyncio.gather(*(flood(socket, frame(PING, b"x" * 125) * 100, 3 * MIB) for socket in sockets))
    assert held() - before < BOUND


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (frame(TEXT, b'{"t":"beat"}', masked=False), 1002),
        (frame(3), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(PING, fin=False), 1002),
        (frame(TEXT, length_in_head=2**63 - 1), 1009),
        (frame(CLOSE, b"\x03"), 1002),
        (frame(CONTINUATION, b'{"t":"beat"}'), 1002),
        (frame(CONTINUATION, b'{"t"', fin=False), 1002),
        (frame(CONTINUATION), 1002),
        (frame(TEXT, b'{"t":', fin=False) + frame(TEXT, b'"beat"}'), 1002),
        (frame(TEXT, fin=False) + frame(TEXT, b'{"t":"beat"}'), 1002),
        (frame(TEXT, b'{"t":', fin=False) + frame(BINARY, b'"beat"}'), 1002),
        (frame(TEXT, b'{"t":"bea', fin=False) + frame(CONTINUATION, b't"}') + frame(CONTINUATION, b"x"), 1002),
        *[(frame(TEXT | rsv, b'{"t":"beat"}'), 1002) for rsv in (0x40, 0x20, 0x10, 0x70)],
        (frame(PING | 0x40), 1002),
        (frame(TEXT, b'{"t":"bea', fin=False) + frame(CONTINUATION | 0x10, b't"}'), 1002),
    ],
)
async def test_nothing_is_read_after_an_invalid_frame(
    gateway: App, browser_of: Open, held: Callable[[], int], broken: bytes, code: int
) -> None:  # spec 10.9
    socket = await RawSocket.open(browser_of("mia"))
    await socket.until(TEXT, b"welcome")
    await socket.send(broken)
    assert await socket.close_code() == code
    assert closes(gateway, "protocol") == 1
    await flood(socket, b"x" * 16_384, 2 * MIB)
    await socket.wait_closed()
    assert held() < 2 * MIB
    await until(lambda: open_sockets(gateway) == 0)


async def test_a_message_in_fragments_with_a_ping_between_them_is_read(browser_of: Open) -> None:
    socket = await RawSocket.open(browser_of("mia"))
    await socket.until(TEXT, b"welcome")
    post = json.dumps(POST).encode()
    parts = [frame(TEXT, fin=False), frame(CONTINUATION, post[:9], fin=False), frame(PING, b"now"), frame(CONTINUATION, post[9:])]
    for _ in range(2):
        await socket.send(b"".join(parts))
        await socket.until(TEXT, b"posted")


async def test_a_frame_slightly_above_the_limit_gets_our_own_close_code(browser_of: Open) -> None:
    socket = await browser_of("mia").page()
    await socket.send(json.dumps({**POST, "text": "x" * (MAX_MESSAGE - 200)}))
    assert await socket.closed() == 4400
