"""Any bytes on a socket (spec 10.9): seeded, and more of them with `make fuzz`. Whatever comes costs linear time, and nothing stays."""

import asyncio
import gc
import json
import random
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from hypothesis import settings

from services.gateway.inbound import page_socket
from stack.unlimited import UNLIMITED
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.raw_socket import BINARY, CEILING, CLOSE, CONTINUATION, PING, PONG, TEXT, RawSocket, frame

Open = Callable[[str], Browser]
# 25, and 1,250 with --hypothesis-profile=long.
INPUTS = settings.default.max_examples // 4 if settings.default else 25
PER_INPUT, PER_BYTE = 0.05, 1e-6
WORDS = [
    "t",
    "post",
    "beat",
    "typing",
    "sessionId",
    "commandId",
    "text",
    "watchPeople",
    "personIds",
    "\ud800",
    "\0",
    "é",
    "1e999",
    "[",
    "{",
]


@pytest.fixture
def gateway_env() -> dict[str, str]:
    # Here every frame is to be looked at.
    return dict(UNLIMITED)


@pytest.fixture
async def longest_gap() -> AsyncIterator[Callable[[], float]]:
    """For how long the loop did nothing else, at most, since it was last asked; it is the gateway's loop too. In seconds of this thread's
    own, for the machine has others to serve."""
    longest, last = 0.0, time.thread_time()

    async def tick() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.001)
            now = time.thread_time()
            longest, last = max(longest, now - last), now

    def asked() -> float:
        nonlocal longest
        answer, longest = longest, 0.0
        return answer

    task = asyncio.create_task(tick())
    yield asked
    task.cancel()


def any_json(chance: random.Random, depth: int = 0) -> object:
    kind = chance.randrange(6 if depth < 4 else 3)
    if kind == 0:
        return chance.choice(WORDS) * chance.choice([1, 1, 50])
    if kind in (1, 2):
        return chance.choice([None, True, -1, 2**70, 1e300, ""])
    if kind == 3:
        return [any_json(chance, depth + 1) for _ in range(chance.choice([0, 2, 600 if depth == 1 else 3]))]
    return {chance.choice(WORDS): any_json(chance, depth + 1) for _ in range(4)}


def any_text(chance: random.Random) -> bytes:
    match chance.randrange(5):
        case 0:
            whole = {"t": chance.choice(["post", "typing", "watchPeople", "followSessions", "beat", "x"])}
            return json.dumps(whole | {chance.choice(WORDS): any_json(chance) for _ in range(3)}).encode()
        case 1:
            return json.dumps(any_json(chance)).encode("utf-8", "surrogatepass")
        case 2:
            opened = chance.choice([b"[", b'{"t":', b'{"a":[', b'"\\u', b" ", b"\\", b'{"t":"post","text":"'])
            return opened * (chance.choice([10, 1000, 60_000]) // len(opened))
        case 3:
            return chance.randbytes(chance.choice([1, 125, 126, 60_000]))
        case _:
            return b'{"t":"beat"}'


def any_frames(chance: random.Random) -> bytes:
    parts = []
    for _ in range(chance.choice([1, 1, 3, 30])):
        opcode = chance.choice([TEXT] * 6 + [CONTINUATION, BINARY, CLOSE, PING, PONG, chance.randrange(16)])
        payload = any_text(chance) if opcode < 8 else chance.randbytes(chance.choice([0, 1, 2, 125, 126]))
        says = chance.choice([None] * 9 + [0, 2**16, 2**40, 2**63 - 1, len(payload) + 1])
        parts.append(frame(opcode, payload, fin=chance.random() < 0.9, says=says, masked=chance.random() < 0.95))
    sent = bytearray(b"".join(parts))
    if sent and chance.random() < 0.2:
        sent[chance.randrange(len(sent))] ^= 1 << chance.randrange(8)
    return bytes(sent)


async def talk(mia: Browser, sent: bytes) -> None:
    """All of it is sent and read by the gateway, and what it answers is read, until it is quiet or the connection has ended."""
    socket = await RawSocket.open(mia)
    await socket.until(TEXT, b"welcome")
    await socket.send(sent)
    # A ping is answered when everything before it was read; a frame that is not whole swallows it.
    await socket.send(frame(PING, b"end"))
    with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
        async with asyncio.timeout(0.1):
            await socket.until(PONG, b"end")
    socket.gone()


async def falls_below(size: int) -> bool:
    """Whether so little is held once the gateway has noticed that the connection is gone."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CEILING):
            while True:
                gc.collect()
                if tracemalloc.get_traced_memory()[0] < size:
                    return True
                await asyncio.sleep(0.01)
    return False


async def test_no_bytes_on_a_socket_block_the_loop_or_stay_in_memory(
    browser_of: Open, longest_gap: Callable[[], float], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:  # spec 10.9
    monkeypatch.setattr(page_socket, "CLOSE_WITHIN", 0.05)
    mia, chance = browser_of("mia"), random.Random(8)
    await talk(mia, frame(TEXT, b'{"t":"beat"}'))
    # What is there already need not be looked through again and again.
    gc.collect()
    gc.freeze()
    request.addfinalizer(gc.unfreeze)
    for number in range(INPUTS):
        sent = any_frames(chance)
        gaps: list[float] = []
        bound = PER_INPUT + PER_BYTE * len(sent)
        # What looks suspicious is tried again.
        while not gaps or (gaps[-1] >= bound and len(gaps) < 3):
            tracemalloc.start()
            await asyncio.sleep(0.005)
            longest_gap()
            await talk(mia, sent)
            gaps.append(longest_gap())
            assert await falls_below(2 * len(sent) + 64 * 1024), (number, sent[:200])
            tracemalloc.stop()
        assert min(gaps) < bound, (number, sent[:200])
    # And the gateway goes on.
    page = await mia.page()
    await page.send({"t": "post", "sessionId": "s", "commandId": "c", "text": "words"})
    await page.heard("posted")
