"""One session as a page without a browser holds it, with the queue of the person's own messages."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


class Post:
    """One message or internal note. `accepted` results in its revision or raises PostRefused."""

    def __init__(self, session_id: str, text: str, internal: bool = False, files: Sequence[str] = ()) -> None:
        self.command_id = os.urandom(9).hex()
        self.text = text
        self.queued_at = time.perf_counter()
        self.accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        ids = {"sessionId": session_id, "commandId": self.command_id, "previousCommandId": ""}
        self.frame: Json = {"t": "note" if internal else "post", **ids, "text": text, "traceparent": traceparent()}
        if files:
            self.frame["fileIds"] = list(files)


def traceparent() -> str:
    """A new trace (W3C). A page starts one for each command."""
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"


class PostRefused(Exception):
    """The server refused a message with an error that a retry can't change; `refusal` is gateway.proto's Refusal."""

    def __init__(self, refusal: Json) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class Conversation:
    """Entries without gaps from revision 1, and a queue of the person's own posts, of which one at a time is in flight."""

    def __init__(self, id: str, person_id: str) -> None:
        self.id, self.person_id = id, person_id
        self.entries: list[Json] = []
        self.duplicates = 0
        self._queue: deque[Post] = deque()
        self._in_flight = False
        self._last_accepted = ""

    @property
    def revision(self) -> int:
        return len(self.entries)

    @property
    def messages(self) -> list[tuple[str, str]]:
        """(sender's id, text) in order."""
        posted = [
            (entry["by"]["id"], event["messagePosted"]) for entry in self.entries for event in entry["events"] if "messagePosted" in event
        ]
        return [(by, message["text"]) for by, message in posted]

    @property
    def notes(self) -> list[tuple[str, str]]:
        """(writer's id, text) of the internal notes in order."""
        written = [(entry, event["noteWritten"]) for entry in self.entries for event in entry["events"] if "noteWritten" in event]
        return [(entry["by"]["id"], note["text"]) for entry, note in written]

    @property
    def kinds(self) -> list[str]:
        """The names of all events, in order."""
        return [name for entry in self.entries for event in entry["events"] for name in event]

    def apply(self, entry: Json) -> bool:
        """Returns False if entries before this one are missing. Ignores an entry that is already applied."""
        if entry["revision"] <= self.revision:
            self.duplicates += 1
            return True
        if entry["revision"] > self.revision + 1:
            return False
        self.entries.append(entry)
        return True

    def queue(self, text: str, internal: bool = False, files: Sequence[str] = ()) -> Post:
        post = Post(self.id, text, internal, files)
        self._queue.append(post)
        return post

    def next_post(self) -> Post | None:
        if self._in_flight or not self._queue:
            return None
        self._queue[0].frame["previousCommandId"] = self._last_accepted
        return self._queue[0]

    def sent(self) -> None:
        self._in_flight = True

    def resend(self) -> None:
        self._in_flight = False

    def waits_for(self, command_id: str) -> bool:
        return bool(self._queue) and self._queue[0].command_id == command_id

    def answered(self, command_id: str, revision: int) -> None:
        if self.waits_for(command_id):
            post = self._queue.popleft()
            self._in_flight, self._last_accepted = False, command_id
            if not post.accepted.done():
                post.accepted.set_result(revision)

    def failed(self, command_id: str, refusal: Json) -> None:
        if self.waits_for(command_id):
            post = self._queue.popleft()
            self._in_flight = False
            if not post.accepted.done():
                post.accepted.set_exception(PostRefused(refusal))

    def broken(self, error: BaseException) -> None:
        """Its posts fail with the error: the page sends nothing more."""
        while self._queue:
            post = self._queue.popleft()
            if not post.accepted.done():
                post.accepted.set_exception(error)
        self._in_flight = False
