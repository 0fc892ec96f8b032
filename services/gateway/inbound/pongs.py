"""Answers to pings: few enough that they fill no buffer, however many pings come."""

import asyncio
from collections.abc import Callable

PONG_EVERY = 1.0


class Pongs:
    """One a second at most. What comes meanwhile is answered together, by the latest ping's payload, as the standard allows."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._ping: bytes | None = None
        self._pausing: asyncio.TimerHandle | None = None

    def pinged(self, payload: bytes) -> None:
        """At most 125 bytes, as every control frame."""
        self._ping = payload
        if self._pausing is None:
            self._answer()

    def stop(self) -> None:
        """No answer goes out any more. A repeat changes nothing."""
        self._ping = None
        if self._pausing is not None:
            self._pausing.cancel()
            self._pausing = None

    def _answer(self) -> None:
        self._pausing = None
        if self._ping is not None:
            payload, self._ping = self._ping, None
            self._pausing = asyncio.get_running_loop().call_later(PONG_EVERY, self._answer)
            self._send(payload)
