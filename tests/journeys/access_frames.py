"""Frames about a chat of the owner with the admin, from the pages of all callers and to them."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from stack.page import OFFLINE, Page
from stack.signed_in import ApiRefused
from tests.contract import access_page as page
from tests.fakes.waiting import until
from tests.journeys.access_asks import NOTE

Json = dict[str, Any]
Effect = Callable[[], bool | Awaitable[bool]]
FROM, TO = "Frame from a page", "Frame to a page"
NOT_SIGNED_IN = 4401
STATE = {"permission": "NOTIFICATION_PERMISSION_GRANTED", "browserId": "b", "soundAllowed": True}


class RecordingPage(Page):
    """A page that keeps all frames, entries too."""

    def __init__(self, http_url: str, app: str, person_id: str) -> None:
        super().__init__(http_url, app, person_id)
        self.received: list[Json] = []

    def on_frame(self, frame: Json) -> None:
        self.received.append(frame)
        # Page takes `posted` for the answer to a message of its own outbox.
        if frame["t"] != "posted":
            super().on_frame(frame)

    def about(self, kind: str, *ids: str) -> list[Json]:
        """The frames of this kind that name one of these ids."""
        return [frame for frame in self.received if frame["t"] == kind and any(id in str(frame) for id in ids)]

    def has_received(self, kind: str, *ids: str) -> bool:
        return bool(self.about(kind, *ids))

    async def answer(self, frame: Json, answers: Callable[[Json], bool]) -> Json:
        """Sends the frame; returns the first later frame that answers it."""
        after = len(self.received)
        self.send(frame)
        await self.until(lambda: any(map(answers, self.received[after:])), f"the answer to {frame['t']}", seconds=60)
        return next(filter(answers, self.received[after:]))

    async def caught_up(self) -> None:
        """Returns when the gateway has read all that was sent, and this page all that was written to it: a refusal comes at once."""
        await self.answer({"t": "none"}, lambda frame: frame["t"] == "refused" and not frame["commandId"])


class OwnersChat:
    """`pages`: caller -> page, all of one gateway, because typing is sent to the pages of one gateway only."""

    def __init__(self, pages: dict[str, RecordingPage]) -> None:
        self._pages, self._owner, self._admin = pages, pages["owner"], pages["admin"]
        self._id = self._ticket_id = self._delivery_id = ""

    async def begin(self) -> None:
        """Opens the chat, which alerts engineers, and has the admin join it."""
        for one in self._pages.values():
            one.send({"t": "pageState", **STATE})
        opened = await self._done(self._owner, "/chats", text="Printer is on fire")
        self._id = opened["session"]["card"]["sessionId"]
        self._ticket_id = (await self._done(self._owner, "/tickets", summary="VPN drops", text="Every afternoon."))["ticket"]["id"]
        for column in self._may("alertRaised"):
            for kind in ("alertRaised", "notification"):
                await self._wait(column, kind)
        await self._done(self._admin, f"/sessions/{self._id}/join", mode="JOIN_MODE_TAKE")
        for one in (self._owner, self._admin):
            await until(partial(one.has_received, "card", "STATUS_HANDLED"))
        await until(self._notified)

    def _may(self, kind: str) -> list[str]:
        """The callers who have a page here and whom such a frame reaches."""
        return [column for column in page.may(TO, kind) if column in self._pages]

    async def _notified(self) -> bool:
        """Sends the admin's page a notification; False while presence does not have the page yet."""
        connection_id = self._admin.about("welcome", "")[-1]["connectionId"]
        try:
            self._delivery_id = (await self._admin.api("POST", "/test-notification", {"connectionId": connection_id}))["deliveryId"]
        except ApiRefused:
            return False
        return True

    async def sent(self, kind: str, column: str, *, may: bool) -> str:
        """Sends a frame from the caller's page and returns its cell. Waits for its effect only if the caller `may` send it."""
        one = self._pages[column]
        if kind in ("post", "note"):
            return await self._post(kind, one)
        frame, effect = self._frame(kind, one)
        if kind == "followSessions" and not may:
            await one.answer({"t": kind, **frame}, lambda frame: frame["t"] == "digest")
        one.send({"t": kind, **frame})
        if may:
            await until(effect)
        for each in dict.fromkeys((one, self._owner, self._admin)):
            await each.caught_up()
        held = effect()
        return "yes" if (held if isinstance(held, bool) else await held) else "none"

    def _frame(self, kind: str, one: RecordingPage) -> tuple[Json, Effect]:
        """The frame's fields, and what holds once it has had its effect."""
        refusals = len(one.about("refused", ""))

        async def clicked() -> bool:
            shown = await self._admin.retried(lambda: self._admin.api("GET", f"/deliveries/{self._delivery_id}"))
            return bool(shown["delivery"].get("clickedAt"))

        def own(kind: str, other: RecordingPage, field: Callable[[Json], Any]) -> bool:
            return any(field(frame) == one.person_id for frame in other.about(kind, self._id))

        other = self._admin if one is self._owner else self._owner
        match kind:
            case "followSessions":
                return {"sessionIds": [self._id]}, lambda: any(self._id in frame["sessions"] for frame in one.about("digest", ""))
            case "watchPeople":
                return {"personIds": [self._owner.person_id]}, lambda: self._shows_owner(one)
            case "typing":
                return {"sessionId": self._id}, lambda: own(kind, other, lambda frame: frame["person"]["id"])
            case "viewTicket":
                return {"ticketId": self._ticket_id}, lambda: one.has_received("ticketViewers", self._ticket_id)
            case "delivered":
                frame = {"sessionId": self._id, "revision": 1}
                return frame, lambda: own("read", other, lambda frame: frame["personId"] if frame.get("delivered") else "")
            case "read":
                return {"sessionId": self._id, "revision": 1}, lambda: own(kind, one, lambda frame: frame["personId"])
            case "delivery":
                return {"deliveryId": self._delivery_id, "outcome": "DELIVERY_OUTCOME_CLICKED"}, clicked
            case _:
                # It is about the page alone; at most the gateway refuses it, before the frame after it.
                return STATE if kind == "pageState" else {}, lambda: len(one.about("refused", "")) <= refusals + 1

    async def _post(self, kind: str, one: RecordingPage) -> str:
        """404 only if the refusal is that for a chat that does not exist."""
        seen = []
        for id in (self._id, self._id[::-1]):
            frame = {"t": kind, "sessionId": id, "commandId": f"{kind}-{id}", "text": NOTE if kind == "note" else "Hello"}
            answer = await one.answer(frame, partial(_answers, frame))
            seen.append("" if answer["t"] == "posted" else str(answer["refusal"]).replace(id, "ID"))
        if seen[0] == seen[1]:
            return "404" if "'not_found'" in seen[0] else seen[0]
        return "no" if "'permission_denied'" in seen[0] else seen[0] or "yes"

    async def end(self) -> None:
        """Causes the frames that were not sent yet, and waits for those that are due."""
        frame = {"t": "post", "sessionId": self._id, "commandId": "last", "text": "Done."}
        await self._admin.answer(frame, partial(_answers, frame))
        for column in self._may("notification"):
            await self._wait(column, "notification")
        await self._done(self._admin, f"/sessions/{self._id}/complete", none={})
        for row in page.rows(TO):
            for column in self._pages:
                if row.cells[column] == "yes":
                    await self._wait(column, row.name, row.part)
        for one in self._pages.values():
            await one.caught_up()

    def shown(self, column: str, kind: str, part: str = "") -> bool:
        """Whether the caller's page was sent such a frame about the chat or the ticket, or one that shows the owner's presence. With a
        `part`: one with the text of an internal note."""
        if part:
            return self._pages[column].has_received(kind, NOTE)
        if kind == "presence":
            return self._shows_owner(self._pages[column])
        return self._pages[column].has_received(kind, *(id for id in (self._id, self._ticket_id) if id))

    def _shows_owner(self, one: RecordingPage) -> bool:
        """Somebody who does not exist is offline, and so is somebody of another desk."""
        return one.presence.get(self._owner.person_id, OFFLINE) != OFFLINE

    async def _wait(self, column: str, kind: str, part: str = "") -> None:
        await self._pages[column].until(lambda: self.shown(column, kind, part), f"{kind} about the chat", seconds=60)

    async def _done(self, one: RecordingPage, path: str, **fields: Any) -> Json:
        return await one.retried(lambda: one.api("POST", path, {"commandId": f"c{path}"[:64], **fields}))


async def without_sign_in(url: str, app: str, frame: Json) -> str:
    """The cell of a browser without a cookie: what its socket is answered when it sends the frame."""
    try:
        async with connect(f"{url.replace('http', 'ws', 1)}/{app}/socket", additional_headers={"Origin": url}) as socket:
            await socket.send(json.dumps(frame))
            return f"sent {await socket.recv()!r}"
    except InvalidStatus as refused:
        return str(refused.response.status_code)
    except ConnectionClosed as closed:
        return "401" if closed.rcvd and closed.rcvd.code == NOT_SIGNED_IN else str(closed)


def _answers(post: Json, frame: Json) -> bool:
    """Whether the frame is the answer to the post."""
    return frame["t"] in ("posted", "refused") and frame["commandId"] == post["commandId"]
