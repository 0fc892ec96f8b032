"""A page without a browser: tests, bench and smoke tests act as a person with it, over the same HTTP and WebSocket API as the web apps.

It follows spec 3.7 as the apps do: subscribe first, then fetch; apply the next revision, ignore older ones, fetch on a gap; retry a
command without a response, with the same id.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from stack.conversation import Conversation, Post
from stack.page_cards import Cards
from stack.page_socket import PageSocket
from stack.signed_in import PAUSE, ApiRefused

Json = dict[str, Any]
TIMEOUT = 30.0
OFFLINE = "PRESENCE_OFFLINE"


class Page(PageSocket):
    """One tab of one person. `async with Page(url, "portal", "mia") as page` signs in, connects and fetches the start state."""

    def __init__(self, http_url: str, app: str, person_id: str, cookie: str = "") -> None:
        super().__init__(http_url, app, person_id, cookie)
        self.me: Json = {}
        self._cards = Cards()
        self.alerts: dict[str, Json] = {}
        self.sessions: dict[str, Conversation] = {}
        self.presence: dict[str, str] = {}
        self.went_offline: list[str] = []  # people whom this page was shown as present, and then as offline
        self._watched: list[str] = []
        self.frames: list[Json] = []  # all but beats and entries, for tests to inspect
        self.confirms = True  # whether it reports notifications as received, as the apps do
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._busy: set[asyncio.Task[None]] = set()
        self._defect: BaseException | None = None  # of a fetch
        self._list_fetches = 0
        # For each session that is being fetched: whether it must be fetched once more.
        self._fetching: dict[str, bool] = {}

    async def __aenter__(self) -> Self:
        if not self.cookie:
            await self.sign_in()
        self._tasks = [asyncio.create_task(self.stay_connected())]
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
        """Waits until `holds()`, which is checked after each frame; fails with `what` after `seconds`, and at once if a fetch failed for
        another reason than a refusal."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    if self._defect:
                        raise RuntimeError(f"{self.person_id} could not fetch, and waits for: {what}") from self._defect
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

    def watch(self, *person_ids: str) -> None:
        """Asks for the presence of these people, also after each reconnect."""
        self._watched = list(person_ids)
        self.send({"t": "watchPeople", "personIds": self._watched})

    def post(self, session_id: str, text: str, internal: bool = False, files: Sequence[str] = ()) -> Post:
        """Queues a message, with the ids of its files, or an internal note. `await post.accepted` returns its revision. A session has one
        in flight at a time."""
        conversation = self.session(session_id)
        post = conversation.queue(text, internal, files)
        self._send_next(conversation)
        return post

    # ---- frames

    def on_frame(self, frame: Json) -> None:
        kind = frame["t"]
        if kind == "entry":
            self._entry(frame["entry"])
        elif kind == "posted":
            self._answered(frame["sessionId"], frame["commandId"], revision=frame["revision"])
        elif kind == "serverBeat":
            self.send({"t": "beat"})  # as the apps do
        else:
            self.frames.append(frame)
            self._rare(kind, frame)
        self._changed.set()

    def _rare(self, kind: str, frame: Json) -> None:
        match kind:
            case "welcome" | "refetch":
                if kind == "welcome":
                    self.welcomed()
                    if self._watched:
                        self.watch(*self._watched)
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
                for one in frame["presences"]:
                    before = self.presence.get(one["personId"], OFFLINE)
                    self.presence[one["personId"]] = one["presence"]
                    if one["presence"] == OFFLINE != before:
                        self.went_offline.append(one["personId"])
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
        self._cards.written(entry)
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
        except ApiRefused as refused:
            # The person may not see it any more; the gateway refuses its posts.
            if refused.status != 404:
                raise
        finally:
            del self._fetching[session_id]
        self._changed.set()

    def _soon(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._busy.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        # A refusal, as after the end of a sign-in, is what a test may wait for.
        if not isinstance(error, ApiRefused):
            self._defect = error
        for conversation in self.sessions.values():
            conversation.broken(error)
        self._changed.set()
