"""The socket of a page without a browser, which reconnects by itself."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from stack.signed_in import PAUSE, SignedIn

Json = dict[str, Any]


class _Connection(WSListener):
    """One WebSocket connection; passes on its text frames."""

    def __init__(self, received: Callable[[Json], None]) -> None:
        self._received = received
        self.close_code = 0

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self._received(json.loads(frame.get_payload_as_bytes()))
        elif frame.msg_type == WSMsgType.CLOSE:
            code = frame.get_close_code()
            self.close_code = code if isinstance(code, int) else code.value
            transport.disconnect()


class PageSocket(SignedIn):
    """A signed-in person with a socket. `on_frame` gets the frames of all its connections."""

    def __init__(self, http_url: str, app: str, person_id: str, cookie: str = "") -> None:
        super().__init__(http_url, app, person_id, cookie)
        self.connects = 0
        self.close_codes: list[int] = []
        self.absences: list[float] = []  # seconds from each lost connection to the next welcome
        self._lost_at: float | None = None
        self._active_at = time.monotonic()  # opening a page counts as activity
        self._state: Json = {}  # the page state that was reported last; sent again after each welcome
        self._transport: WSTransport | None = None

    def on_frame(self, frame: Json) -> None:
        raise NotImplementedError

    def send(self, frame: Json | str | bytes) -> bool:
        """Sends a frame unchanged. Returns False if the page is not connected."""
        if isinstance(frame, dict) and frame.get("t") == "activity":
            self._active_at = time.monotonic()
        if self._transport is None:
            return False
        data = frame if isinstance(frame, bytes) else (frame if isinstance(frame, str) else json.dumps(frame)).encode()
        self._transport.send(WSMsgType.TEXT, data)
        return True

    def report(self, *, permission: str = "default", browser_id: str = "", **state: Any) -> None:
        """Reports the page's state: the fields of PageState, false or empty by default; `permission` as granted. Each call replaces the
        state, which is sent again after a reconnect."""
        fields = {_camel(name): value for name, value in state.items()}
        named = {
            "permission": f"NOTIFICATION_PERMISSION_{permission.upper()}",
            "browserId": browser_id or f"browser of {self.person_id}"[:64],
        }
        self._state = {"t": "pageState", **named, **fields}
        self.send(self._state)

    def cut(self) -> None:
        """Drops the connection without a close frame; the page reconnects by itself."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def welcomed(self) -> None:
        """Called for each welcome."""
        if self._lost_at is not None:
            self.absences.append(time.monotonic() - self._lost_at)
            self._lost_at = None

    async def stay_connected(self) -> None:
        url = f"{self.url.replace('http', 'ws', 1)}/{self.app}/socket"
        headers = {"Cookie": f"parley_{self.app}={self.cookie}", "Origin": self.url}
        while True:
            socket = _Connection(self.on_frame)
            address = f"{url}?idle={time.monotonic() - self._active_at:.0f}&sign_in={self.sign_in_id}"
            try:
                transport, _ = await ws_connect(lambda socket=socket: socket, address, extra_headers=headers, max_frame_size=1 << 24)
                self._transport = transport
                self.connects += 1
                if self._state:
                    self.send(self._state)  # the gateway reads it after its welcome
                await transport.wait_disconnected()
            except (OSError, WSError, TimeoutError):
                pass
            self._transport = None
            if self.connects:
                self._lost_at = self._lost_at or time.monotonic()
            self.close_codes.append(socket.close_code)
            await asyncio.sleep(PAUSE)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))
