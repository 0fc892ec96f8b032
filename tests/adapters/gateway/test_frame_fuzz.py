"""Any bytes on a socket take linear time and leave nothing in memory (spec 10.9)."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from services.gateway.outbound import socket_writer
from stack.unlimited import UNLIMITED
from tests.adapters.gateway import made_up
from tests.adapters.gateway.bounded import must_be_bounded
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.raw_socket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawSocket, frame

Open = Callable[[str], Browser]
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
    "sessionIds",
    "browserId",
    "\ud800",
    "\0",
    "é",
    "1e999",
    "[",
    "{",
]


@pytest.fixture
def gateway_env() -> dict[str, str]:
    # In this test every frame is parsed.
    return dict(UNLIMITED)


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
            whole = {"t": chance.choice(["post", "typing", "watchPeople", "followSessions", "pageState", "delivery", "beat", "x"])}
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
    """In half of the cases only the content of the frames is invalid."""
    odd = chance.random() < 0.5
    parts = []
    for _ in range(chance.choice([1, 1, 3, 30])):
        opcode = chance.choice([TEXT] * 6 + [CONTINUATION, BINARY, CLOSE, PING, PONG, chance.randrange(16)] * odd)
        payload = any_text(chance) if opcode < 8 else chance.randbytes(chance.choice([0, 1, 2, 125, 126]))
        length = chance.choice([None] * 9 + [0, 2**16, 2**40, 2**63 - 1, len(payload) + 1] * odd)
        whole, masked = (chance.random() < 0.9, chance.random() < 0.95) if odd else (True, True)
        parts.append(frame(opcode, payload, fin=whole, length_in_head=length, masked=masked))
    sent = bytearray(b"".join(parts))
    if sent and odd and chance.random() < 0.4:
        sent[chance.randrange(len(sent))] ^= 1 << chance.randrange(8)
    return bytes(sent)


async def send_all(mia: Browser, sent: bytes) -> None:
    """Sends all bytes to the gateway and reads its frames, until it is silent or the connection is closed."""
    socket = await RawSocket.open(mia)
    await socket.until(TEXT, b"welcome")
    await socket.send(sent)
    # A ping is answered after everything before it was read, unless it is inside an incomplete frame.
    await socket.send(frame(PING, b"end"))
    with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
        async with asyncio.timeout(0.1):
            await socket.until(PONG, b"end")
    socket.abort()


async def test_bytes_on_a_socket_do_not_block_the_loop_or_stay_in_memory(
    browser_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 10.9
    monkeypatch.setattr(socket_writer, "CLOSE_WITHIN", 0.05)
    mia, chance = browser_of("mia"), made_up.seeded()

    def sending(sent: bytes) -> Callable[[], Awaitable[object]]:
        return lambda: send_all(mia, sent)

    sents = [any_frames(chance) for _ in range(made_up.EXAMPLES)]
    await must_be_bounded([(sent[:200], len(sent), sending(sent)) for sent in sents])
    # The gateway still works.
    page = await mia.page()
    await page.send({"t": "post", "sessionId": "s", "commandId": "c", "text": "words"})
    await page.receive("posted")
