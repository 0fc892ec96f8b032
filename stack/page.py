"""A page without a browser: tests, bench and smoke tests act as a person with it, over the same HTTP and WebSocket API as the web apps.

It follows spec 3.7 as the apps do: subscribe first, then fetch; apply the next revision, ignore older ones, fetch on a gap; retry a
command without a response, with the same id.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from stack.conversation import Conversation, Post
from stack.page_cards import Cards
from stack.signed_in import PAUSE, SignedIn

Json = dict[str, Any]
BEAT_EVERY = 4.0
TIMEOUT = 30.0


class _Socket(WSListener):
    """One WebSocket connection; passes its text frames to the page."""

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


class Page(SignedIn):
    """One tab of one person. `async with Page(url, "portal", "mia") as page` signs in, connects and fetches the start state."""

    def __init__(self, http_url: str, app: str, person_id: str, cookie: str = "") -> None:
        super().__init__(http_url, app, person_id, cookie)
        self.me: Json = {}
        self._cards = Cards()
        self.alerts: dict[str, Json] = {}
        self.sessions: dict[str, Conversation] = {}
        self.presence: dict[str, str] = {}
        self.frames: list[Json] = []  # all but beats and entries, for tests to inspect
        self.connects = 0
        self._active_at = time.monotonic()  # opening a page counts as activity
        self.close_codes: list[int] = []
        self.confirms = True  # whether it reports notifications as received, as the apps do
        self._state: Json = {}  # the page state that was reported last; sent again after each welcome
        self._changed = asyncio.Event()
        self._transport: WSTransport | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._busy: set[asyncio.Task[None]] = set()
        self._list_fetches = 0
        # For each session that is being fetched: whether it must be fetched once more.
        self._fetching: dict[str, bool] = {}

    async def __aenter__(self) -> Self:
        if not self.cookie:
            await self.sign_in()
        self._tasks = [asyncio.create_task(self._stay_connected()), asyncio.create_task(self._beat())]
        await self.until(lambda: bool(self.me), "the page has started", seconds=30)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        tasks = [*self._tasks, *self._busy]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.cut()
        await self.close()

    @property
    def cards(self) -> dict[str, Json]:
        """Session id -> card, as this page lists them."""
        return self._cards.held

    async def until(self, holds: Callable[[], bool], what: str, seconds: float = TIMEOUT) -> None:
        """Waits until `holds()`, which is checked after each frame; fails with `what` after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    self._changed.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.25):
                            await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{self.person_id} waited {seconds:.0f} s for: {what}") from None

    def session(self, session_id: str) -> Conversation:
        """The conversation as this page holds it. A new one is followed and fetched."""
        if session_id not in self.sessions:
            self.sessions[session_id] = Conversation(session_id, self.person_id)
            self.send({"t": "followSessions", "sessionIds": list(self.sessions)})
            self._soon(self._fetch(session_id))
        return self.sessions[session_id]

    def post(self, session_id: str, text: str) -> Post:
        """Queues a message; `await post.accepted` returns its revision. A session has one message in flight at a time."""
        conversation = self.session(session_id)
        post = conversation.queue(text)
        self._send_next(conversation)
        return post

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

    # ---- the connection

    async def _stay_connected(self) -> None:
        url = f"{self.url.replace('http', 'ws', 1)}/{self.app}/socket"
        headers = {"Cookie": f"parley_{self.app}={self.cookie}", "Origin": self.url}
        while True:
            socket = _Socket(self._received)
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
            self.close_codes.append(socket.close_code)
            await asyncio.sleep(PAUSE)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY)
            self.send({"t": "beat"})

    def _received(self, frame: Json) -> None:
        kind = frame["t"]
        if kind == "entry":
            self._entry(frame["entry"])
        elif kind == "posted":
            self._answered(frame["sessionId"], frame["commandId"], revision=frame["revision"])
        elif kind != "serverBeat":
            self.frames.append(frame)
            self._rare(kind, frame)
        self._changed.set()

    def _rare(self, kind: str, frame: Json) -> None:
        match kind:
            case "welcome" | "refetch":
                self._soon(self._fetch_all())
            case "card":
                self._cards.receive(frame["card"])
            case "cardGone":
                self._cards.gone(frame["sessionId"])
            case "alertRaised":
                self.alerts[frame["alert"]["alertId"]] = frame["alert"]
            case "alertWithdrawn":
                self.alerts.pop(frame["alertId"], None)
            case "notification" if self.confirms:
                self.send({"t": "delivery", "deliveryId": frame["deliveryId"], "outcome": "DELIVERY_OUTCOME_RECEIVED"})
            case "presence":
                self.presence.update({one["personId"]: one["presence"] for one in frame["presences"]})
            case "refused" if frame.get("commandId"):
                self._refused(frame)
            case "digest":
                for moved in frame.get("grown", []):
                    self._cards.bump(moved)
                behind = [id for id, revision in frame["sessions"].items() if id in self.sessions and self.sessions[id].revision < revision]
                for id in behind:
                    self._soon(self._fetch(id))
                if not self._cards.agree(frame["cards"]):
                    self._soon(self._fetch_lists())

    def _entry(self, entry: Json) -> None:
        conversation = self.sessions.get(entry["sessionId"])
        if conversation is not None and not conversation.apply(entry):
            self._soon(self._fetch(conversation.id))

    # ---- posts

    def _send_next(self, conversation: Conversation) -> None:
        post = conversation.next_post()
        if post is not None and self.send(post.frame):
            conversation.sent()

    def _answered(self, session_id: str, command_id: str, revision: int) -> None:
        conversation = self.sessions[session_id]
        conversation.answered(command_id, revision)
        self._send_next(conversation)

    def _refused(self, frame: Json) -> None:
        for conversation in self.sessions.values():
            if conversation.waits_for(frame["commandId"]):
                if frame["refusal"]["kind"] in ("unavailable", "aborted", "deadline_exceeded", "resource_exhausted"):
                    conversation.resend()
                    asyncio.get_running_loop().call_later(PAUSE, self._send_next, conversation)
                else:
                    conversation.failed(frame["commandId"], frame["refusal"])
                    self._send_next(conversation)

    # ---- fetching

    async def _fetch_lists(self) -> None:
        self._list_fetches += 1
        mine = self._list_fetches
        self._cards.fetch_started()
        start = await self.retried(lambda: self.api("GET", "/start"))
        if mine == self._list_fetches:
            self.me = start["me"]
            self.sign_in_id = self.me["id"]
            self._cards.begin(start["cards"])
            self.alerts = {alert["alertId"]: alert for alert in start["alerts"]}
            self._changed.set()

    async def _fetch_all(self) -> None:
        await self._fetch_lists()
        if self.sessions:
            self.send({"t": "followSessions", "sessionIds": list(self.sessions)})
        for conversation in list(self.sessions.values()):
            await self._fetch(conversation.id)
            conversation.resend()
            self._send_next(conversation)
        self._changed.set()

    async def _fetch(self, session_id: str) -> None:
        if session_id in self._fetching:
            self._fetching[session_id] = True
            return
        conversation, more = self.sessions[session_id], True
        try:
            while more:
                self._fetching[session_id] = False
                answer = await self.retried(lambda: self.api("GET", f"/sessions/{session_id}?after={conversation.revision}"))
                for entry in answer["session"]["entries"]:
                    conversation.apply(entry)
                more = answer["more"] or self._fetching[session_id]
        finally:
            del self._fetching[session_id]
        self._changed.set()

    def _soon(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))
