"""Made-up bytes and bodies at the browsers' port: none blocks the loop, stays in memory, or is answered by an error of ours.

`make test` sends a few of a fixed seed; `make fuzz` sends thousands of a fresh one, which it prints.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from random import Random, SystemRandom
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

from servicekit.app import App
from servicekit.errors import Unavailable
from services.gateway.inbound.call_routes import CallRoute
from tests.adapters.gateway import made_up
from tests.adapters.gateway.bounded import must_not_block_each, must_not_hold_each
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.raw import Raw

LONG = settings().max_examples > 1_000
SEED = SystemRandom().randrange(2**32) if LONG else 8
EXAMPLES = settings().max_examples if LONG else 30
AT_ONCE = 5
Input = tuple[object, int, Callable[[], Awaitable[object]]]


async def judge(inputs: Sequence[Input]) -> None:
    print(f"seed {SEED}")
    for start in range(0, len(inputs), AT_ONCE):
        some = inputs[start : start + AT_ONCE]
        await must_not_block_each(some)
        await must_not_hold_each(some)


@pytest.fixture(autouse=True)
def nothing_failed(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """An error of ours leaves a line in the log."""
    yield
    assert "request_failed" not in capsys.readouterr().out
    assert [record.getMessage() for record in caplog.records if record.name.startswith(("uvicorn", "asyncio"))] == []


async def test_bytes_of_any_kind(gateway: App, url: str) -> None:  # spec 10.9
    random, port = Random(SEED), urlsplit(url).port or 0

    def sending(made: made_up.MadeUp) -> Callable[[], Awaitable[object]]:
        async def send() -> None:
            async with Raw(port) as line:
                for part in made.parts:
                    await line.send(part)
                    await asyncio.sleep(0)
                received = await line.until_silent(0.2)
            assert b"Internal Server Error" not in received, (made.parts, received[:500])

        return send

    inputs = [made_up.request(random) for _ in range(EXAMPLES)]
    await judge([([part[:80] for part in made.parts], made.size, sending(made)) for made in inputs])


async def test_bodies_of_any_kind_at_every_route(
    browser_of: Callable[[str], Browser], peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 10.9
    # The fakes lack methods, and what their gRPC server logs of that takes longer than all that is measured here.
    monkeypatch.setattr("servicekit.grpc_server._internal", lambda error, method: Unavailable("The fake has no such method."))
    # And what they remember of their calls is not the gateway's memory.
    monkeypatch.setattr(peers.chat, "calls", deque(maxlen=1))
    monkeypatch.setattr(peers.tickets, "asked", deque(maxlen=1))
    random = Random(SEED)
    browsers = {"tech": browser_of("ava"), "portal": browser_of("mia")}
    names = {"session_id": "s1", "ticket_id": "t1", "person_id": "mia"}

    def sending(app: str, route: CallRoute, body: bytes) -> Callable[[], Awaitable[object]]:
        async def send() -> None:
            answer = await browsers[app].api(route.verb, route.path.format(**names), content=body)
            assert answer.text != "Internal Server Error", (route.path, body[:500])

        return send

    inputs: list[Input] = []
    for number in range(EXAMPLES):
        app, route = made_up.writes()[number % len(made_up.writes())]
        body = made_up.body(random, route)
        inputs.append(((route.path, body[:200]), len(body), sending(app, route, body)))
    await judge(inputs)
