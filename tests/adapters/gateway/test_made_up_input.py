"""Random bytes and bodies to the browsers' port: none blocks the loop, stays in memory, or gets a 5xx or a response without a reason."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import urlsplit

import pytest

from servicekit.app import App
from servicekit.errors import Kind, Unavailable
from stack.unlimited import UNLIMITED
from tests.adapters.gateway import made_up
from tests.adapters.gateway.bounded import Input, must_be_bounded
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.peers import Peers
from tests.adapters.gateway.raw import Answer, Raw, answers_in

# The error of a method that the fakes lack: it shows that the request reached its service.
LACKING = "The fake has no such method."


@pytest.fixture(autouse=True)
def nothing_failed(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Asserts that the gateway logged no error."""
    yield
    assert "request_failed" not in capsys.readouterr().out
    assert [record.getMessage() for record in caplog.records if record.name.startswith(("uvicorn", "asyncio"))] == []


@pytest.fixture
def gateway_env() -> dict[str, str]:
    # With a rate limit, a refusal would not depend on the input.
    return dict(UNLIMITED)


@pytest.fixture(autouse=True)
def fakes_are_brief(peers: Peers, monkeypatch: pytest.MonkeyPatch) -> None:
    # The fakes lack methods, and the logging of that by their gRPC server takes longer than everything measured here.
    monkeypatch.setattr("servicekit.grpc_server._internal", lambda error, method: Unavailable(LACKING))
    # The calls that the fakes record are not memory of the gateway.
    monkeypatch.setattr(peers.chat, "calls", deque(maxlen=1))
    monkeypatch.setattr(peers.tickets, "asked", deque(maxlen=1))
    monkeypatch.setattr(peers.notify, "calls", deque(maxlen=1))


def must_give_a_reason(status: int, body: bytes) -> None:
    """Asserts that a refusal has our error format. The only allowed 5xx is the 503 for a method that the fakes lack."""
    if status < 400:
        return
    error = json.loads(body)["error"]
    assert error.keys() == {"kind", "code", "field", "message", "details"} and error["kind"] in set(Kind) and error["message"], error
    assert status < 500 or (status, error["message"]) == (503, LACKING), (status, error)


def must_be_clean(answer: Answer, sent: bytes) -> None:
    """Asserts the same for a response to any bytes, which the parser and the static files may refuse with other bodies."""
    if not answer.body:
        assert answer.status < 400 or b"HEAD " in sent or (answer.status in (400, 408, 431) and answer.fields["connection"] == "close")
    elif answer.fields.get("content-type") == "application/json":
        must_give_a_reason(answer.status, answer.body)
    else:
        assert answer.status in (101, 200, 206, 400, 404, 416), answer


async def test_any_bytes_are_bounded_and_refused_cleanly(gateway: App, url: str, browser_of: Callable[[str], Browser]) -> None:  # spec 10.9
    random, port = made_up.seeded(), urlsplit(url).port or 0
    signed_in = {
        browser.app: [f"Cookie: parley_{browser.app}={browser.secret}", f"Parley-Sign-In: {browser.sign_in_id}"]
        for browser in map(browser_of, ("ava", "mia"))
    }
    seen: Counter[int] = Counter()

    def sending(made: made_up.MadeUp) -> Callable[[], Awaitable[object]]:
        async def send() -> None:
            async with Raw(port) as raw:
                for part in made.parts:
                    await raw.send(part)
                    await asyncio.sleep(0)
                received = await raw.until_silent(0.2)
            for answer in answers_in(received):
                must_be_clean(answer, b"".join(made.parts))
                seen[answer.status] += 1

        return send

    inputs = [made_up.request(random, signed_in) for _ in range(3 * made_up.EXAMPLES)]
    await must_be_bounded([([part[:80] for part in made.parts], made.size, sending(made)) for made in inputs])
    assert seen[503], "some signed-in requests reached a service"


async def test_any_body_on_every_route_is_bounded_and_refused_cleanly(browser_of: Callable[[str], Browser]) -> None:  # spec 10.9
    random = made_up.seeded()
    browsers = {"tech": browser_of("ava"), "portal": browser_of("mia")}
    names = {"session_id": "s1", "ticket_id": "t1", "person_id": "mia", "delivery_id": "s1:waiting:mia:0"}
    names |= {"webhook_id": "w1", "reply_id": "r1"}

    # Of all routes, also where few of them are tried.
    writes = [(app, route, route.path.format(**names)) for app, route in made_up.writes()]

    def sending(app: str, verb: str, path: str, body: bytes) -> Callable[[], Awaitable[object]]:
        async def send() -> None:
            answer = await browsers[app].api(verb, path, content=body)
            must_give_a_reason(answer.status_code, answer.content)

        return send

    inputs: list[Input] = []
    for number in range(made_up.EXAMPLES):
        app, route, path = writes[number % len(writes)]
        body = made_up.body(random, route)
        inputs.append(((path, body[:200]), len(body), sending(app, route.verb, path, body)))
    await must_be_bounded(inputs)
