"""How long a client may take for a request's head and body, and to read an answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

HEAD, BODY = "head", "body"
# In a scope's extensions: a function that gives what is missing of the request's body this many seconds. The application calls it when it
# has checked who sends the body.
MORE_TIME = "parley.more_time"


@dataclass(frozen=True, slots=True)
class Times:
    """In seconds. `answer`: until the write buffer has drained, once it is full or the connection is to be closed."""

    head: float
    body: float
    answer: float


class HttpTimers:
    """The two timers of one connection. `late` is called when the watched part of a request took too long, `unread` when an answer was
    not read in time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, times: Times, late: Callable[[], None], unread: Callable[[], None]) -> None:
        self._loop, self._times, self._late, self._unread = loop, times, late, unread
        self._watched: tuple[str, int] | None = None
        self._request: asyncio.TimerHandle | None = None
        self._answer: asyncio.TimerHandle | None = None

    def watch(self, part: str, number: int) -> None:
        """Starts the timer of the part (HEAD or BODY) of this request, if it is not the watched one already."""
        if (part, number) == self._watched:
            return
        self.stop_watching()
        self._watched = (part, number)
        self._request = self._loop.call_later(self._times.body if part == BODY else self._times.head, self._late)

    def extensions(self, number: int) -> dict[str, Any]:
        """Of the scope of this request."""
        return {MORE_TIME: partial(self._give, number)}

    def _give(self, number: int, seconds: float) -> None:
        """Does nothing when the body is complete."""
        if self._request is not None and self._watched == (BODY, number):
            self._request.cancel()
            self._request = self._loop.call_later(seconds, self._late)

    def stop_watching(self) -> None:
        self._watched = None
        if self._request is not None:
            self._request.cancel()
            self._request = None

    def limit_answer(self) -> None:
        """Starts the timer of the answer that the client must read, unless it runs already."""
        if self._answer is None:
            self._answer = self._loop.call_later(self._times.answer, self._unread)

    def answer_was_read(self) -> None:
        if self._answer is not None:
            self._answer.cancel()
            self._answer = None

    def stop(self) -> None:
        self.stop_watching()
        self.answer_was_read()
