"""Fakes of what the gateway's handlers need: sockets that store their frames, and services that respond from a dict."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from servicekit.errors import TypedError
from servicekit.identity import Caller, new_id
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from services.gateway.domain.limits import Limit, Rate, RateLimits
from services.gateway.handlers.rate_limiter import RateLimiter
from services.gateway.ports import SignedIn

NO_LIMITS = RateLimiter(RateLimits({limit: Rate(1_000_000, 1) for limit in Limit}, 1), lambda: 0.0)


@asynccontextmanager
async def loops(*runs: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Runs them as wiring does: one that fails is restarted."""
    metrics = Metrics("test")
    started = [Loop(run.__qualname__, run, metrics) for run in runs]
    for loop in started:
        await loop.start()
    yield
    for loop in started:
        await loop.stop()


class FakeSocket:
    """Stores its frames; `close` calls `on_close`, as a real socket's does."""

    def __init__(self, secret: str) -> None:
        self.id, self.secret = new_id(), secret
        self.frames: list[bytes] = []
        self.closed = 0
        self.received_at = 0.0
        self.idle = timedelta()
        self.pings = 0
        self.address, self.close_reason = "192.0.2.7", ""
        self.on_close: Callable[[FakeSocket], None] = lambda socket: None
        self.viewer: Caller
        self.expires_at: datetime
        self.shared_tickets = False

    def identify(self, who: SignedIn) -> None:
        self.viewer, self.expires_at = who.caller, who.expires_at

    def send(self, frame: bytes) -> None:
        self.frames.append(frame)

    def ping(self) -> None:
        self.pings += 1

    def close(self, code: int, reason: str = "") -> None:
        self.closed, self.close_reason = self.closed or code, reason
        self.on_close(self)


class FakeService:
    """`answers[method]` is a message, or a function of the request. A call raises `down` when it is set, and waits while `hangs` is set."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Any, Caller | None]] = []
        self.down: TypedError | None = None
        self.hangs = asyncio.Event()

    async def call(self, method: str, request: Any, by: Caller | None = None) -> Any:
        self.asked.append((method, request, by))
        await asyncio.sleep(0)
        await until(lambda: not self.hangs.is_set())
        if self.down:
            raise self.down
        answer = self.answers[method]
        return answer(request) if callable(answer) else answer

    def stream(self, method: str, request: Any, by: Caller) -> Any:
        raise NotImplementedError(method)


async def until(holds: Callable[[], bool]) -> None:
    """Waits for a condition, 60 s at most."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.002)
